"""Runs the jobs that group rows."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.insights.clusters import running
from caseplane.insights.clusters.jobs import GROUP_ROWS, ClusteringArgs
from caseplane.insights.context import Insights
from caseplane.insights.datasets.jobs import ASSIGN_ROWS, DatasetArgs

handlers = Handlers[Insights]()


@handlers.on(GROUP_ROWS)
async def group_rows(context: Insights, who: Principal, args: ClusteringArgs) -> None:
    await running.group_rows(context, who, args)


@handlers.given_up(GROUP_ROWS)
async def give_up(context: Insights, who: Principal, args: ClusteringArgs, exc: Exception | None) -> None:
    await running.give_up(context, who, args, exc)


@handlers.on(ASSIGN_ROWS)
async def assign_rows(context: Insights, who: Principal, args: DatasetArgs) -> None:
    await running.assign_rows(context, who, args.dataset_id)
