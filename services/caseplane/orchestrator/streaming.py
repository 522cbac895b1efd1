"""A session's events as server-sent events, from where the client left off (`Last-Event-ID`)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from caseplane.core.auth import Principal, Role
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations import visible_session
from caseplane.orchestrator.models import Event, Message
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import MessageReply
from caseplane.orchestrator.views import PUBLIC_EVENTS, message_read, message_reply, public_payload

PAGE = 200


async def stream_events(
    o: Orchestrator, principal: Principal, session_id: UUID, *, after: int
) -> AsyncIterator[str]:
    """Every event after a sequence number, then those that come, as `text/event-stream`.

    Args:
        o: the orchestrator.
        principal: customers get what concerns them; agents everything.
        session_id: checked by the caller to be visible to the principal.
        after: the last event that the client has; 0 for all.
    """
    types = () if principal.has(Role.agent) else tuple(PUBLIC_EVENTS)
    heartbeat = o.settings.stream_heartbeat.total_seconds()
    yield f"retry: 1000\n: session {session_id}\n\n"
    with o.arrivals.watch(session_id) as watch:
        quiet_since = time.monotonic()
        while True:
            events, messages = await _load(o, principal.tenant, session_id, after, types)
            for event in events:
                yield render(event, messages, public=bool(types))
                after, quiet_since = event.seq, time.monotonic()
            if len(events) == PAGE:
                continue
            if time.monotonic() - quiet_since >= heartbeat:
                yield ": still here\n\n"
                quiet_since = time.monotonic()
            await watch.wait(heartbeat)


async def _load(
    o: Orchestrator, tenant_id: UUID, session_id: UUID, after: int, types: tuple[str, ...]
) -> tuple[list[Event], dict[str, Message]]:
    async with o.db.tenant(tenant_id) as tx:
        repo = ConversationRepository(tx, tenant_id)
        events = await repo.events(session_id, after=after, limit=PAGE, types=types)
        if not any(event.type == "message" for event in events):
            return events, {}
        said = await repo.messages(session_id, after=after, limit=PAGE)
        return events, {str(message.id): message for message in said}


def render(event: Event, messages: dict[str, Message], *, public: bool) -> str:
    """One event in the wire format; a message event carries the message itself."""
    data: dict[str, Any] = public_payload(event) if public else event.payload
    if event.type == "message":
        data = message_read(messages[event.payload["message_id"]]).model_dump(mode="json")
    body = json.dumps(data, ensure_ascii=False, default=str)  # one line: JSON escapes line breaks
    return f"id: {event.seq}\nevent: {event.type}\ndata: {body}\n\n"


async def wait_for_reply(
    o: Orchestrator, principal: Principal, session_id: UUID, message: Message, *, seconds: float
) -> tuple[MessageReply, bool]:
    """What came of a message, waiting up to `seconds` for it; and whether it is final."""
    deadline = asyncio.get_running_loop().time() + seconds
    with o.arrivals.watch(session_id) as watch:
        while True:
            async with o.db.tenant(principal.tenant) as tx:
                repo = ConversationRepository(tx, principal.tenant)
                session = await visible_session(repo, principal, session_id)
                reply, done = await message_reply(repo, session, message)
            left = deadline - asyncio.get_running_loop().time()
            if done or left <= 0:
                return reply, done
            await watch.wait(left)
