"""Changes tickets as agents want them changed."""

from uuid import UUID

from caseplane.core.versions import check_version
from caseplane.escalation.context import Work
from caseplane.escalation.events import TICKET_RECATEGORISED, TicketRecategorised
from caseplane.escalation.schemas import TicketStatus
from caseplane.escalation.tickets.access import TicketClosedError, check_assignment, hold
from caseplane.escalation.tickets.changing import TicketChangedError, change, distinct
from caseplane.escalation.tickets.finishing import check_words, speak
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.schemas import TicketPatch


async def patch_ticket(
    work: Work, ticket_id: UUID, body: TicketPatch, *, seen: frozenset[int] | None
) -> Ticket:
    """Change what an agent wants changed, if the ticket is still at a version that they saw."""
    ticket = await hold(work, ticket_id)
    check_version(ticket.version, seen, noun="ticket", error=TicketChangedError)
    values = body.model_dump(exclude_unset=True, exclude={"comment", "without_reply"})
    if ticket.status == TicketStatus.closed and values.get("status") in (None, TicketStatus.closed):
        raise TicketClosedError("Reopen the ticket first, by setting its status to open.")
    if "assigned_to" in values:
        check_assignment(work.principal, ticket.assigned_to, values["assigned_to"])
    before = ticket.category
    if "tags" in values:
        values["tags"] = distinct(values["tags"])
    if body.comment is not None:
        await speak(work, ticket, body.comment)
    await check_words(work, ticket, values.get("status"), reason=body.without_reply)
    if await change(work, ticket, actor=work.principal.subject, **values):
        await work.audit(
            "ticket.changed", target_type="ticket", target_id=ticket.id, fields=sorted(values),
            status=ticket.status,
        )  # fmt: skip
        if "category" in values and ticket.category != before:
            args = TicketRecategorised(
                ticket_id=ticket.id, category=values["category"], version=ticket.version
            )
            await work.defer(TICKET_RECATEGORISED, args)
    return ticket
