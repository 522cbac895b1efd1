"""What a customer's message gets while a person has the case: a word on what happens next, once."""

from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.notices import voice_of
from caseplane.orchestrator.conversations.repository import Messages
from caseplane.orchestrator.conversations.schemas import OWN, REPLIES, MessageRole


async def acknowledge(work: Work, session: Session) -> Message | None:
    """Say that the person has it too; None if that was said since the person took over."""
    said = await work.repo(Messages).of(session.id, *REPLIES)
    since = max((m.seq for m in said if m.meta.get("kind") in ("handoff", "takeover")), default=0)
    if any(m.seq > since and m.meta.get("notice") == "added" for m in said):
        return None
    last = next((m.content for m in reversed(said) if m.role in OWN), "")
    voice = await voice_of(work, session, last=last)
    meta = {"kind": "small_talk", "notice": "added"}
    return await say(work, session, MessageRole.system, voice.notice("added"), meta=meta)


async def introduce(work: Work, session: Session) -> Message:
    """Say who writes here: whoever asks whether this is a machine is told, also while they wait for a person."""
    said = await work.repo(Messages).of(session.id, *REPLIES)
    last = next((m.content for m in reversed(said) if m.role in OWN), "")
    voice = await voice_of(work, session, last=last)
    meta = {"kind": "small_talk", "notice": "about_assistant"}
    return await say(work, session, MessageRole.system, voice.notice("about_assistant"), meta=meta)


def mirrored(work: Work, session: Session, message: Message, reply: Message | None) -> None:
    """Note that a message was dealt with: the person has it."""
    session.answered_seq = message.seq
    outcome = "acknowledged" if reply else "mirrored"
    record(
        work,
        session,
        "turn",
        {
            "answers_seq": message.seq,
            "outcome": outcome,
            "message_id": str(reply.id) if reply else None,
            "confidence": None,
            "trace": [],
        },
    )
