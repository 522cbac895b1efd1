"""Routes by which conversations read mails and reply to them; the gateway does not forward `/internal`."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.escalation.mail import replying
from caseplane.escalation.mail.models import Mail, MailThread
from caseplane.escalation.mail.repository import Mails, MailThreads
from caseplane.escalation.schemas import MailDigest, MailReply
from caseplane.escalation.tickets.internal import ServiceWork

internal = APIRouter(prefix="/internal/mails", include_in_schema=False)


@internal.get("/{mail_id}", responses=problems(NotFoundError))
async def read(mail_id: UUID, work: ServiceWork) -> MailDigest:
    """A mail that came in."""
    mail = await work.repo(Mails).get(mail_id)
    return _digest(mail, await work.repo(MailThreads).get(mail.thread_id))


@internal.put("/threads/{thread_id}/replies/{message_id}", status_code=204)
async def reply(thread_id: UUID, message_id: UUID, body: MailReply, work: ServiceWork) -> None:
    """Send a conversation's message by mail, once."""
    await replying.reply(work, thread_id, message_id, body)


def _digest(mail: Mail, thread: MailThread) -> MailDigest:
    return MailDigest(
        mail_id=mail.id,
        thread_id=mail.thread_id,
        # Not the bare address: that a mail names it proves nothing about customers who are known by it elsewhere.
        customer_id=f"mailto:{thread.address}"[:200],
        subject=mail.subject,
        body=mail.body,
        created_at=mail.created_at,
    )
