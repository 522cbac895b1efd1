"""Routes for our other services only; the gateway does not forward `/internal`."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime

from caseplane.core.auth import AdminCaller
from caseplane.core.clock import utcnow
from caseplane.core.errors import NotFoundError
from caseplane.escalation.schemas import CaseDigest, HandoffPacket, MessageDigest
from caseplane.orchestrator.api import O
from caseplane.orchestrator.handoffs import build_packet, search_of
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import CaseCounts

internal = APIRouter(prefix="/internal/sessions", include_in_schema=False)


@internal.get("/counts")
async def counts(since: AwareDatetime, until: AwareDatetime, who: AdminCaller, o: O) -> CaseCounts:
    """How many conversations began, and ended for good, from `since` up to `until`."""
    settled = utcnow() - o.settings.reopen_window
    async with o.db.tenant(who.tenant) as tx:
        found = await ConversationRepository(tx, who.tenant).counts(since, until, settled=settled)
    return CaseCounts.model_validate(found)


@internal.get("/{session_id}/handoffs/{event_id}")
async def handoff(session_id: UUID, event_id: UUID, who: AdminCaller, o: O) -> HandoffPacket:
    """The packet of an escalation, with everything said since."""
    async with o.db.tenant(who.tenant) as tx:
        repo = ConversationRepository(tx, who.tenant)
        session = await repo.sessions.get(session_id)
        event = await repo.event(event_id)
        if event.session_id != session_id or event.type != "escalation":
            raise NotFoundError(f"There is no escalation {event_id} of session {session_id}.")
        retrieval = await search_of(repo, event)
        return build_packet(session, await repo.messages(session_id), event, retrieval)


@internal.get("/{session_id}/messages/{message_id}")
async def message(session_id: UUID, message_id: UUID, who: AdminCaller, o: O) -> MessageDigest:
    """One message."""
    async with o.db.tenant(who.tenant) as tx:
        found = await ConversationRepository(tx, who.tenant).message(message_id)
    if found.session_id != session_id:
        raise NotFoundError(f"There is no message {message_id} in session {session_id}.")
    return MessageDigest(
        message_id=found.id,
        role=found.role,
        content=found.content,
        created_at=found.created_at,
    )


@internal.get("/{session_id}/cases/{case_id}")
async def case(session_id: UUID, case_id: UUID, who: AdminCaller, o: O) -> CaseDigest:
    """One case summary."""
    async with o.db.tenant(who.tenant) as tx:
        found = await ConversationRepository(tx, who.tenant).cases.get(case_id)
    if found.session_id != session_id:
        raise NotFoundError(f"There is no case {case_id} of session {session_id}.")
    return CaseDigest(
        case_id=found.id,
        summary=found.summary,
        resolution=found.resolution,
        tags=found.tags,
        references=found.refs,
    )
