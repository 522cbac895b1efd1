"""What the conversation sends: a handoff becomes a ticket, a follow-up a comment, a case its summary.

These are the jobs `ticket.create`, `ticket.comment` and `ticket.summary`. Each may run more than once and then
changes nothing; those of one conversation run in order.
"""

from typing import Any
from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.escalation.context import Work
from caseplane.escalation.handoff import HandoffPacket
from caseplane.escalation.models import Ticket
from caseplane.escalation.outbox import announce_created
from caseplane.escalation.repository import TicketRepository
from caseplane.escalation.schemas import CaseDigest, MessageDigest, Priority, TicketStatus
from caseplane.escalation.tickets import add_comment, change

CUSTOMER = "customer"


async def take_over(work: Work, ticket_id: UUID, packet: HandoffPacket) -> Ticket:
    """Write the ticket of an escalation, or bring it up to date if the conversation came back to it."""
    await work.repo(
        TicketRepository
    ).lock_numbers()  # a second run of this job, started too early, waits here
    ticket = await work.repo(TicketRepository).find(ticket_id, lock=True, deleted=True)
    fields = _fields(packet)
    if ticket is None:
        kind = packet.classification
        ticket = await work.repo(TicketRepository).add(
            ticket_id=ticket_id,
            now=work.now,
            session_id=packet.session.session_id,
            escalation_event_id=packet.event_id,
            subject=packet.subject,
            description=describe(packet),
            status=TicketStatus.new,
            priority=(kind and kind.priority) or Priority.normal,
            requester_id=packet.customer.customer_id,
            tags=list(dict.fromkeys(kind.tags)) if kind else [],
            **fields,
        )
        await announce_created(work, ticket)
        return ticket
    if (ticket.packet or {}).get("event_id") == str(packet.event_id):
        return ticket
    ticket.packet, ticket.evidence = packet.model_dump(mode="json"), fields["evidence"]  # R000-29
    held = await _survivor(work, ticket)
    held.deleted_at = None
    await change(
        work,
        held,
        actor=CUSTOMER,
        status=TicketStatus.open if TicketStatus(held.status).done else None,
        ai_escalation_reason=packet.reason.code,
        ai_confidence=packet.reason.confidence,
    )
    return held


async def follow_up(work: Work, ticket_id: UUID, message: MessageDigest) -> None:
    """Put what the customer wrote on the ticket; it opens a ticket that was done or waited for them."""
    ticket = await _survivor(work, await _existing(work, ticket_id))
    if await work.repo(TicketRepository).comment_of_message(ticket.id, message.message_id) is not None:
        return
    ticket.deleted_at = None  # the customer waits for an answer
    await add_comment(
        work,
        ticket,
        author_type=message.role,
        author=ticket.requester_id if message.role == CUSTOMER else None,
        visibility="public",
        body=message.content,
        source_message_id=message.message_id,
    )
    status = TicketStatus(ticket.status)
    if status.done or status is TicketStatus.pending:
        await change(work, ticket, actor=CUSTOMER, status=TicketStatus.open)


async def keep_summary(work: Work, ticket_id: UUID, case: CaseDigest) -> None:
    """Put a resolved case's summary, tags and references on the ticket; an agent's own summary stays."""
    ticket = await _survivor(work, await _existing(work, ticket_id))
    if ticket.case_id == case.case_id:
        return
    await change(
        work,
        ticket,
        actor="system",
        case_id=case.case_id,
        resolution_summary=ticket.resolution_summary or case.resolution or case.summary,
        resolution_references=_union(ticket.resolution_references, case.references),
        tags=list(dict.fromkeys([*ticket.tags, *case.tags])),
    )


async def _existing(work: Work, ticket_id: UUID) -> Ticket:
    ticket = await work.repo(TicketRepository).find(ticket_id, deleted=True)
    if ticket is None:
        raise NotFoundError(f"There is no ticket {ticket_id}.")
    return ticket


async def _survivor(work: Work, ticket: Ticket) -> Ticket:
    """The ticket that goes on for this one, held; merges meanwhile are followed."""
    current = ticket
    while True:
        held = await work.repo(TicketRepository).hold(current.id)
        if held.merged_into is None:
            return held
        current = await _existing(work, held.merged_into)


def _union(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*old, *(reference for reference in new if reference not in old)]


def _fields(packet: HandoffPacket) -> dict[str, Any]:
    return {
        "ai_escalation_reason": packet.reason.code,
        "ai_confidence": packet.reason.confidence,
        "evidence": [e.model_dump(mode="json") for e in packet.evidence],
        "packet": packet.model_dump(mode="json"),
    }


def describe(packet: HandoffPacket) -> str:
    """The description that a ticket starts with: summary, why, and the conversation verbatim (R000-61)."""
    lines = [packet.context.summary, ""] if packet.context.summary else []
    lines += [f"Why a person: {packet.reason.code}. {packet.reason.rationale}".rstrip(), ""]
    lines += [f"[{m.created_at:%Y-%m-%d %H:%M} UTC] {m.role}: {m.content}" for m in packet.transcript]
    return "\n".join(lines).strip()
