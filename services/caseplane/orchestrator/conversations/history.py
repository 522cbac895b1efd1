"""Writes down what happens in a session, in order. The session's row must be locked."""

from typing import Any

from caseplane.core.ids import new_id
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.jobs import REPLY_BY_MAIL, ReplyByMailArgs
from caseplane.orchestrator.conversations.models import Event, Message, Session
from caseplane.orchestrator.conversations.repository import Events, Messages
from caseplane.orchestrator.conversations.schemas import REPLIES, MessageRole


def record(work: Work, session: Session, type_: str, payload: dict[str, Any]) -> Event:
    """Add an event."""
    session.last_seq += 1
    session.last_activity_at = max(session.last_activity_at, work.now)
    return work.repo(Events).add(
        id=new_id(),
        session_id=session.id,
        seq=session.last_seq,
        type=type_,
        payload=payload,
        created_at=work.now,
    )


async def say(
    work: Work,
    session: Session,
    role: MessageRole,
    content: str,
    *,
    redacted: str | None = None,
    **more: Any,
) -> Message:
    """Add a message and its event; a reply in a conversation by mail is sent.

    Args:
        work: under way.
        session: where it is said.
        role: who says it.
        content: verbatim.
        redacted: the same without personal data; None where `content` has none.
        more: further columns of the message.
    """
    message_id = new_id()
    event = record(work, session, "message", {"message_id": str(message_id), "role": role})
    message = work.repo(Messages).add(
        id=message_id,
        session_id=session.id,
        seq=event.seq,
        role=role,
        content=content,
        content_redacted=content if redacted is None else redacted,
        created_at=work.now,
        **more,
    )
    if role in REPLIES and session.mail_thread_id is not None:
        await work.defer(REPLY_BY_MAIL, ReplyByMailArgs(session_id=session.id, message_id=message_id))
    return message
