"""What a conversation sends: an escalation becomes a ticket, a message a comment, a case its summary.

Each may be sent more than once, and at once, and then changes nothing.
"""

from typing import Any
from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.escalation.context import Work
from caseplane.escalation.events import TICKET_CREATED, TicketCreated
from caseplane.escalation.schemas import (
    AuthorType,
    CaseDigest,
    HandoffPacket,
    MessageDigest,
    Priority,
    TicketStatus,
    Visibility,
)
from caseplane.escalation.tickets.announcing import announce_created
from caseplane.escalation.tickets.changing import change, distinct
from caseplane.escalation.tickets.commenting import add_comment
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Comments, Tickets


async def take_over(work: Work, ticket_id: UUID, packet: HandoffPacket) -> None:
    """Write the ticket of an escalation, or bring it up to date if the conversation came back to it."""
    tickets = work.repo(Tickets)
    await tickets.lock_numbers()  # the same packet, sent twice at once, waits here
    ticket = await tickets.find(ticket_id, lock=True, deleted=True)
    if ticket is None:
        await _create(work, ticket_id, packet)
    elif (ticket.packet or {}).get("event_id") != str(packet.event_id):
        await _come_back(work, ticket, packet)


async def _create(work: Work, ticket_id: UUID, packet: HandoffPacket) -> None:
    kind = packet.classification
    ticket = await work.repo(Tickets).create(
        ticket_id=ticket_id,
        now=work.now,
        session_id=packet.session.session_id,
        escalation_event_id=packet.event_id,
        subject=packet.subject,
        description=_describe(packet),
        status=TicketStatus.new,
        priority=(kind and kind.priority) or Priority.normal,
        requester_id=packet.customer.customer_id,
        tags=distinct(kind.tags) if kind else [],
        ai_escalation_reason=packet.reason.code,
        ai_confidence=packet.reason.confidence,
        **_kept(packet),
    )
    await announce_created(work, ticket)
    await work.defer(TICKET_CREATED, TicketCreated(ticket_id=ticket.id))


async def _come_back(work: Work, ticket: Ticket, packet: HandoffPacket) -> None:
    for name, value in _kept(packet).items():
        setattr(ticket, name, value)  # R000-29
    held = await work.repo(Tickets).hold(ticket.id)
    held.deleted_at = None
    await change(
        work,
        held,
        actor=AuthorType.customer,
        status=TicketStatus.open if TicketStatus(held.status).done else None,
        ai_escalation_reason=packet.reason.code,
        ai_confidence=packet.reason.confidence,
    )


async def follow_up(work: Work, ticket_id: UUID, message: MessageDigest) -> None:
    """Put what the customer wrote on the ticket; it opens a ticket that was done or waited for them."""
    ticket = await _hold(work, ticket_id)
    if await work.repo(Comments).of_message(ticket.id, message.message_id) is not None:
        return
    ticket.deleted_at = None  # the customer waits for an answer
    await add_comment(
        work,
        ticket,
        author_type=message.role,
        author=ticket.requester_id if message.role == AuthorType.customer else None,
        visibility=Visibility.public,
        body=message.content,
        source_message_id=message.message_id,
    )
    status = TicketStatus(ticket.status)
    if status.done or status is TicketStatus.pending:
        await change(work, ticket, actor=AuthorType.customer, status=TicketStatus.open)


async def keep_summary(work: Work, ticket_id: UUID, case: CaseDigest) -> None:
    """Put a resolved case's summary, tags and references on the ticket; an agent's own summary stays."""
    ticket = await _hold(work, ticket_id)
    if ticket.case_id == case.case_id:
        return
    known = ticket.resolution_references
    await change(
        work,
        ticket,
        actor=AuthorType.system,
        case_id=case.case_id,
        resolution_summary=ticket.resolution_summary or case.resolution or case.summary,
        resolution_references=[*known, *(each for each in case.references if each not in known)],
        tags=distinct([*ticket.tags, *case.tags]),
    )


async def _hold(work: Work, ticket_id: UUID) -> Ticket:
    """The ticket that goes on for this one, held, even if it was deleted."""
    if await work.repo(Tickets).find(ticket_id, deleted=True) is None:
        raise NotFoundError(f"There is no ticket {ticket_id}.")
    return await work.repo(Tickets).hold(ticket_id)


def _kept(packet: HandoffPacket) -> dict[str, Any]:
    evidence = [each.model_dump(mode="json") for each in packet.evidence]
    return {"evidence": evidence, "packet": packet.model_dump(mode="json")}


def _describe(packet: HandoffPacket) -> str:
    """The description that a ticket starts with: summary, why, and the conversation verbatim (R000-61)."""
    lines = [packet.context.summary, ""] if packet.context.summary else []
    lines += [f"Why a person: {packet.reason.code}. {packet.reason.rationale}".rstrip(), ""]
    lines += [f"[{m.created_at:%Y-%m-%d %H:%M} UTC] {m.role}: {m.content}" for m in packet.transcript]
    return "\n".join(lines).strip()
