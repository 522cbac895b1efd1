"""A session's events as server-sent events, from where the client left off (`Last-Event-ID`)."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from caseplane.core.auth import Principal, Role
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.models import Event, Message
from caseplane.orchestrator.conversations.replies import escalation_read
from caseplane.orchestrator.conversations.repository import Events, Messages
from caseplane.orchestrator.conversations.schemas import MessageRead

PAGE = 200
# Events of a customer's stream; the rest shows how the platform decides and is for agents.
PUBLIC_EVENTS = ("message", "status", "escalation", "resolution", "takeover")


async def stream_events(
    context: Orchestrator, principal: Principal, session_id: UUID, *, after: int
) -> AsyncIterator[str]:
    """Every event after a sequence number, then those that come, as `text/event-stream`.

    Args:
        context: whose database is read.
        principal: customers get what concerns them; agents everything.
        session_id: checked by the caller to be visible to the principal.
        after: the last event that the client has; 0 for all.
    """
    types = () if principal.has(Role.agent) else PUBLIC_EVENTS
    heartbeat = context.settings.stream_heartbeat.total_seconds()
    yield f"retry: 1000\n: session {session_id}\n\n"
    with context.arrivals.watch(session_id) as watch:
        quiet_since = time.monotonic()
        while True:
            events, messages = await _load(context, principal, session_id, after, types)
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
    context: Orchestrator, principal: Principal, session_id: UUID, after: int, types: tuple[str, ...]
) -> tuple[list[Event], dict[str, Message]]:
    async with context.work(principal) as work:
        events = await work.repo(Events).of(session_id, *types, after=after, limit=PAGE)
        if not any(event.type == "message" for event in events):
            return events, {}
        messages = await work.repo(Messages).of(session_id, after=after, limit=PAGE)
        return events, {str(message.id): message for message in messages}


def render(event: Event, messages: dict[str, Message], *, public: bool) -> str:
    """One event in the wire format; a message event carries the message itself."""
    data: dict[str, Any] = public_payload(event) if public else event.payload
    if event.type == "message":
        message = MessageRead.model_validate(messages[event.payload["message_id"]])
        data = message.model_dump(mode="json")
    body = json.dumps(data, ensure_ascii=False, default=str)  # one line: JSON escapes line breaks
    return f"id: {event.seq}\nevent: {event.type}\ndata: {body}\n\n"


def public_payload(event: Event) -> dict[str, Any]:
    """What a customer may see of an event."""
    if event.type == "escalation":
        return escalation_read(event).model_dump(mode="json")
    if event.type in ("status", "resolution", "takeover"):
        return {name: value for name, value in event.payload.items() if name not in ("by", "note")}
    return event.payload
