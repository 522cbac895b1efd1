"""The rolling summary of a conversation, made from the redacted copies: summaries travel further than transcripts."""

from collections.abc import Sequence

from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.history import record
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.repository import Messages
from caseplane.orchestrator.conversations.schemas import MessageRole


async def refresh_summary(work: Work, session: Session) -> None:
    """Make the rolling summary again once enough was said since the last one (R000-14).

    No model writes it: this runs inside the turn's transaction, which must not wait for one.
    """
    if session.last_seq - session.summary_seq < work.context.settings.summary_every:
        return
    session.summary_current = rolling_summary(await work.repo(Messages).of(session.id))
    session.summary_seq = session.last_seq
    record(work, session, "summary", {"up_to_seq": session.summary_seq})


def rolling_summary(messages: Sequence[Message]) -> str:
    """What the conversation is about and how far it has come, in a few lines.

    Args:
        messages: the whole transcript in order; may be empty.
    """
    asked = [m for m in messages if m.role == MessageRole.customer]
    if not asked:
        return ""
    lines = [f"The customer asked: {clip(asked[0].asked_redacted)}"]
    replies = [m for m in messages if m.role in (MessageRole.assistant, MessageRole.agent)]
    lines += [_reply_line(message) for message in replies[-3:]]
    if len(asked) > 1:
        lines.append(f"The customer's latest words: {clip(asked[-1].asked_redacted)}")
    return "\n".join(lines)


def _reply_line(message: Message) -> str:
    who = "An agent replied" if message.role == MessageRole.agent else "The assistant answered"
    if message.meta.get("kind") == "clarification":
        who = "The assistant asked back"
    sources = sorted({str(c["title"]) for c in message.citations})
    shown = f" (from {', '.join(sources[:3])})" if sources else ""
    return f"{who}{shown}: {clip(message.content_redacted)}"


def clip(text: str, length: int = 300) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + "…"
