"""Runs the jobs of data sets."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.insights.context import Insights
from caseplane.insights.datasets import syncing, taking
from caseplane.insights.datasets.embedding import embed_rows
from caseplane.insights.datasets.jobs import (
    EMBED_ROWS,
    READ_FILE,
    REMOVE_FILE,
    SYNC_TICKETS,
    DatasetArgs,
    UploadArgs,
)

handlers = Handlers[Insights]()


@handlers.on(READ_FILE)
async def read_file(context: Insights, who: Principal, args: UploadArgs) -> None:
    await taking.read_file(context, who, args)


@handlers.given_up(READ_FILE)
async def give_up(context: Insights, who: Principal, args: UploadArgs, exc: Exception | None) -> None:
    await taking.give_up(context, who, args, exc)


@handlers.on(REMOVE_FILE)
async def remove_file(context: Insights, who: Principal, args: UploadArgs) -> None:
    await taking.remove_file(context, who, args)


@handlers.on(SYNC_TICKETS)
async def sync_tickets(context: Insights, who: Principal, args: DatasetArgs) -> None:
    await syncing.sync_tickets(context, who, args.dataset_id)


@handlers.on(EMBED_ROWS)
async def embed(context: Insights, who: Principal, args: DatasetArgs) -> None:
    await embed_rows(context, who, args.dataset_id)
