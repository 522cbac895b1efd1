"""Messages of conversations that never were stored."""

from datetime import UTC, datetime

from caseplane.core.ids import new_id
from caseplane.orchestrator.conversations.models import Message


def make_message(role: str, content: str, kind: str = "") -> Message:
    return Message(
        tenant_id=new_id(),
        id=new_id(),
        role=role,
        content=content,
        meta={"kind": kind},
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def said(*messages: tuple[str, str] | tuple[str, str, str]) -> list:
    made = [make_message(*each) for each in messages]
    for message in made:
        message.content_redacted = message.content
    return made
