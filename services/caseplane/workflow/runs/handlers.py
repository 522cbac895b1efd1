"""Runs the workflow's jobs on tickets."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.events import (
    TICKET_CREATED,
    TICKET_RECATEGORISED,
    TicketCreated,
    TicketRecategorised,
)
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.jobs import DRAFT_TICKET, DraftTicketArgs
from caseplane.workflow.runs.replying import draft_run, give_up_draft
from caseplane.workflow.runs.rerouting import reroute
from caseplane.workflow.runs.running import CREATED, give_up, recategorised, run_ticket

handlers = Handlers[Workflow]()


@handlers.on(TICKET_CREATED)
async def ticket_created(context: Workflow, who: Principal, args: TicketCreated) -> None:
    with context.sorting.taken():
        await run_ticket(context, who, args.ticket_id, patient=True)


@handlers.on(DRAFT_TICKET)
async def draft_ticket(context: Workflow, who: Principal, args: DraftTicketArgs) -> None:
    await draft_run(context, who, args.run_id)


@handlers.on(TICKET_RECATEGORISED)
async def ticket_recategorised(context: Workflow, who: Principal, args: TicketRecategorised) -> None:
    await reroute(context, who, args.ticket_id, category=args.category, version=args.version, patient=True)


@handlers.given_up(TICKET_CREATED)
async def creation_given_up(
    context: Workflow, who: Principal, args: TicketCreated, exc: Exception | None
) -> None:
    await give_up(context, who, args.ticket_id, CREATED, exc)


@handlers.given_up(TICKET_RECATEGORISED)
async def recategorisation_given_up(
    context: Workflow, who: Principal, args: TicketRecategorised, exc: Exception | None
) -> None:
    await give_up(context, who, args.ticket_id, recategorised(args.version), exc)


@handlers.given_up(DRAFT_TICKET)
async def draft_given_up(
    context: Workflow, who: Principal, args: DraftTicketArgs, exc: Exception | None
) -> None:
    await give_up_draft(context, who, args.run_id, exc)
