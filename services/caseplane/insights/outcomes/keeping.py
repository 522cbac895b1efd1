"""Reads a conversation or a ticket as it is now, and writes what became of it into the ledger."""

from typing import Any
from uuid import UUID, uuid5

from caseplane.core.auth import Principal
from caseplane.escalation.schemas import TicketDigest
from caseplane.insights.context import Insights, Work
from caseplane.insights.gaps.collecting import collect
from caseplane.insights.outcomes.repository import CaseDecisions, CaseResolutions, Cases, CaseTurns
from caseplane.orchestrator.schemas import SessionDigest

_OF_TICKETS = UUID("4bb2ba36-9a5f-4c26-a67c-6d9d7a1f7d0e")


async def keep_session(context: Insights, who: Principal, session_id: UUID) -> None:
    """Write a conversation's reading, and sort its open questions into gaps; nothing if it was erased. Safe to repeat."""
    digest = await context.orchestrator.digest(who, session_id)
    if digest is None:
        return
    ticket = await context.escalation.find_ticket(who, digest.ticket_id) if digest.ticket_id else None
    async with context.work(who) as work:
        await _keep_conversation(work, digest, ticket)
    await collect(context, who, digest)


async def keep_ticket(context: Insights, who: Principal, ticket_id: UUID) -> None:
    """Write a ticket's reading, with that of its conversation if it has one. Safe to repeat."""
    ticket = await context.escalation.find_ticket(who, ticket_id)
    if ticket is None or ticket.kind != "case":
        return
    if ticket.session_id is not None:
        await keep_session(context, who, ticket.session_id)
        return
    async with context.work(who) as work:
        await _keep_ticket(work, ticket)


async def _keep_conversation(work: Work, digest: SessionDigest, ticket: TicketDigest | None) -> None:
    last = digest.decisions[-1] if digest.decisions else None
    await work.repo(Cases).keep(
        digest.session_id,
        kind="conversation",
        ticket_id=digest.ticket_id,
        previous_id=digest.previous_session_id,
        channel=digest.channel,
        status=digest.status,
        resolution=digest.resolution,
        reason=digest.reason,
        method=last.method if last else None,
        policy_version=last.policy_version if last else None,
        recontacts=digest.recontacts,
        started_at=digest.started_at,
        first_reply_at=digest.first_reply_at,
        escalated_at=digest.escalated_at,
        resolved_at=digest.resolved_at,
        rating=digest.rating,
        cited=digest.cited_documents,
        seq=digest.seq,
        **_of_ticket(ticket),
    )
    case = {"case_id": digest.session_id}
    await work.repo(CaseResolutions).keep([each.model_dump() | case for each in digest.resolutions])
    await work.repo(CaseDecisions).keep([each.model_dump() | case for each in digest.decisions])
    await work.repo(CaseTurns).keep([each.model_dump() | case for each in digest.turns])


async def _keep_ticket(work: Work, ticket: TicketDigest) -> None:
    done = ticket.status.done
    status = "merged" if ticket.merged_into else "resolved" if done else "escalated"
    await work.repo(Cases).keep(
        ticket.ticket_id,
        kind="ticket",
        ticket_id=ticket.ticket_id,
        channel=ticket.channel or "desk",
        status=status,
        resolution="agent" if status == "resolved" else None,
        reason=ticket.ai_escalation_reason,
        started_at=ticket.created_at,
        first_reply_at=ticket.first_replied_at,
        escalated_at=ticket.created_at,
        resolved_at=ticket.solved_at if status == "resolved" else None,
        seq=ticket.version,
        **_of_ticket(ticket),
    )
    if status == "resolved" and ticket.solved_at is not None:
        solved = uuid5(_OF_TICKETS, f"{ticket.ticket_id}:{ticket.solved_at.isoformat()}")
        row = {
            "id": solved,
            "case_id": ticket.ticket_id,
            "kind": "agent",
            "at": ticket.solved_at,
            "undone_at": None,
        }
        await work.repo(CaseResolutions).keep([row])
    elif status == "escalated":
        await work.repo(CaseResolutions).undo(ticket.ticket_id, ticket.updated_at)


def _of_ticket(ticket: TicketDigest | None) -> dict[str, Any]:
    if ticket is None:
        return {"ticket_version": 0}
    return {
        "category": ticket.category,
        "team": ticket.team,
        "response_due_at": ticket.response_due_at,
        "response_breached_at": ticket.response_breached_at,
        "ticket_version": ticket.version,
    }
