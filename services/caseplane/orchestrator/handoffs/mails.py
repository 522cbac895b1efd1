"""Conversations by mail: what a customer wrote comes in, replies go out with their sources."""

from uuid import UUID

from caseplane.escalation.schemas import MailDigest, MailReply
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.messages import post_message
from caseplane.orchestrator.conversations.models import MAIL_THREAD, Message, Session
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import OWN, Channel, MessageCreate

CUT = "\n\n[The mail goes on for {count:,} more characters.]"
SOURCES = {"de": "Quellen", "es": "Fuentes", "it": "Fonti", "nl": "Bronnen", "pt": "Fontes"}
"""Elsewhere "Sources"."""


async def take_mail(work: Work, mail: MailDigest) -> None:
    """Put a mail into the conversation of its thread, which it opens if it is the first."""
    session = await work.repo(Sessions).of_mails(mail.thread_id)
    if session is None:
        session = await work.repo(Sessions).begin(
            work.now,
            session_id=mail.thread_id,
            channel=Channel.email,
            customer_id=mail.customer_id,
            meta={MAIL_THREAD: str(mail.thread_id), "subject": mail.subject},
        )
    content = _fitting(mail.body, work.context.settings.message_limit)
    await post_message(
        work, session.id, MessageCreate(content=content, client_message_id=f"mail:{mail.mail_id}")
    )


def _fitting(text: str, limit: int) -> str:
    """The text, cut to what a message may have."""
    if len(text) <= limit:
        return text
    room = limit - len(CUT) - 12
    return text[:room] + CUT.format(count=len(text) - room)


async def mail_of(work: Work, session_id: UUID, message_id: UUID) -> tuple[UUID, MailReply] | None:
    """The thread of a reply, and the reply as a mail; None if it was erased meanwhile."""
    session = await work.repo(Sessions).find(session_id)
    message = await work.repo(Messages).find(message_id)
    if session is None or message is None or session.mail_thread_id is None:
        return None
    reply = MailReply(
        content=_with_sources(message, session),
        automatic=message.role in OWN,
        created_at=message.created_at,
    )
    return session.mail_thread_id, reply


def _with_sources(message: Message, session: Session) -> str:
    named = dict.fromkeys(_named(each["title"], each["uri"]) for each in message.citations)
    if not named:
        return message.content
    label = SOURCES.get(session.language or "", "Sources")
    return "\n".join([message.content.rstrip(), "", f"{label}:", *(f"- {each}" for each in named)])


def _named(title: str, uri: str) -> str:
    return f"{title}: {uri}" if uri.startswith(("https://", "http://")) else title
