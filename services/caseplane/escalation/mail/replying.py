"""Queues mails: their deliveries are tried, wait, die and are redriven like those to desks."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from caseplane.core.ids import new_id
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.mail import Mailbox, OutgoingMail
from caseplane.escalation.context import Work
from caseplane.escalation.mail.models import MailThread
from caseplane.escalation.mail.repository import Mails, MailThreads
from caseplane.escalation.outbox.models import DeliveryEvent
from caseplane.escalation.outbox.queueing import defer_attempt
from caseplane.escalation.outbox.repository import Deliveries
from caseplane.escalation.schemas import MailReply

REFERENCES = 20
MOST_COPIED = 20


async def reply(work: Work, thread_id: UUID, message_id: UUID, body: MailReply) -> None:
    """Send a conversation's message to its customer, once; nothing if the thread is gone.

    If the account was removed, the delivery dies and says so.
    """
    thread = await work.repo(MailThreads).find(thread_id, lock=True)
    if thread is None or await work.repo(Mails).of_message(message_id) is not None:
        return
    connection = await work.repo(Connections).kept(thread.connection_id)
    assert connection is not None, "a thread is deleted with its connection"
    await queue_mail(
        work,
        connection,
        thread,
        text=body.content,
        automatic=body.automatic,
        source_message_id=message_id,
    )


async def queue_mail(
    work: Work,
    connection: Connection,
    thread: MailThread,
    *,
    text: str,
    automatic: bool,
    source_message_id: UUID | None = None,
) -> None:
    """Write a mail down with its delivery."""
    mail_id = new_id()
    domain = str(connection.settings["address"]).rpartition("@")[2]
    mail = work.repo(Mails).add(
        id=mail_id,
        connection_id=connection.id,
        thread_id=thread.id,
        direction="out",
        message_id=f"{mail_id}@{domain}",
        sender="",
        subject=thread.subject,
        body=text,
        automatic=automatic,
        source_message_id=source_message_id,
        created_at=work.now,
    )
    await work.tx.flush()  # the delivery refers to it
    delivery = await work.repo(Deliveries).queue(
        connection_id=connection.id,
        mail_id=mail.id,
        session_id=thread.id,
        event=DeliveryEvent.mail,
        payload={},
        idempotency_key=mail.message_id,
        next_attempt_at=work.now if connection.enabled else None,
        created_at=work.now,
        updated_at=work.now,
    )
    if delivery is not None:
        await defer_attempt(work, delivery)


async def outgoing(work: Work, mail_id: UUID) -> OutgoingMail | None:
    """A mail as it is to be sent; None if it is gone."""
    mail = await work.repo(Mails).find(mail_id)
    thread = await work.repo(MailThreads).find(mail.thread_id) if mail else None
    if mail is None or thread is None:
        return None
    answered = await work.repo(Mails).newest_incoming(thread.id)
    known = await work.repo(Mails).ids_of(thread.id, limit=REFERENCES)
    before = [each for each in known if each not in (mail.message_id, answered)]
    return OutgoingMail(
        mail_id=mail.id,
        thread_id=thread.id,
        message_id=mail.message_id,
        references=[*before, answered] if answered else before,
        to=Mailbox(thread.address, thread.name),
        cc=[Mailbox(**each) for each in thread.copied],
        subject=thread.subject,
        text=mail.body,
        automatic=mail.automatic,
        created_at=mail.created_at,
    )


def keep_participants(thread: MailThread, newest: list[Mailbox], *, now: datetime) -> None:
    """Whom replies go to besides: all who took part, as long as they are not too many."""
    known = {each["address"]: each for each in thread.copied}
    known |= {each.address: asdict(each) for each in newest if each.address not in known}
    known.pop(thread.address, None)
    thread.copied = list(known.values())[:MOST_COPIED]
    thread.updated_at = now
