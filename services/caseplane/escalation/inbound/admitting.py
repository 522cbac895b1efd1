"""Takes mails in: each once, and only those that a person wrote open or continue a conversation."""

import hashlib
from dataclasses import asdict
from datetime import timedelta

from caseplane.core.ids import new_id
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connectors.mail import (
    Bounce,
    IncomingMail,
    MailAccount,
    described,
    human_size,
)
from caseplane.escalation.context import Work
from caseplane.escalation.events import MAIL_RECEIVED, MailReceived
from caseplane.escalation.inbound.repository import InboundEvents
from caseplane.escalation.mail.models import MailThread
from caseplane.escalation.mail.replying import keep_participants, queue_mail
from caseplane.escalation.mail.repository import Mails
from caseplane.escalation.mail.threading import thread_for
from caseplane.escalation.outbox.models import DeliveryState
from caseplane.escalation.outbox.repository import Deliveries
from caseplane.text.cleaning.history import without_history

LONGEST_ID = 200
MOST_PER_HOUR = 20
"""Mails of ours to one address; beyond, two programs answer each other."""
NO_WORDS = "(The mail has no text.)"
TOO_LARGE = "Your e-mail has {size} and was not read, because we take at most {most}. Please send it again without large files."


async def admit(work: Work, connection: Connection, account: MailAccount, mail: IncomingMail) -> None:
    """Take a mail in, once, however often and in whichever folder it is found."""
    new = await work.repo(InboundEvents).note(
        connection_id=connection.id,
        event_id=event_id_of(mail.message_id),
        via="poll",
        outcome="ignored",
        created_at=work.now,
    )
    if not new:
        return
    outcome, detail = await _take(work, connection, account, mail)
    event = await work.repo(InboundEvents).of(connection.id, event_id_of(mail.message_id))
    event.outcome, event.detail = outcome, detail
    if outcome == "dead":
        event.payload = {"message_id": mail.message_id, "from": mail.sender.address, "subject": mail.subject}


def event_id_of(message_id: str) -> str:
    """The mail's id in the list of what came in."""
    return message_id if len(message_id) <= LONGEST_ID else hashlib.sha256(message_id.encode()).hexdigest()


async def _take(
    work: Work, connection: Connection, account: MailAccount, mail: IncomingMail
) -> tuple[str, str | None]:
    if mail.bounce is not None:
        return await _note_bounce(work, connection, mail.bounce)
    if mail.automatic is not None:
        return "ignored", mail.automatic
    if mail.forged is not None:
        return "dead", mail.forged
    if await _loops(work, connection, mail):
        return (
            "dead",
            f"{mail.sender.address} got {MOST_PER_HOUR} mails within an hour: two programs answer each other.",
        )
    thread, new = await thread_for(work, connection, account, mail)
    if mail.too_large:
        return await _refuse(work, connection, thread, mail)
    keep_participants(thread, [mail.sender, *mail.others], now=work.now)
    await work.tx.flush()
    await _hand_on(work, connection, thread, mail, new=new)
    return "applied", None


async def _loops(work: Work, connection: Connection, mail: IncomingMail) -> bool:
    since = work.now - timedelta(hours=1)
    sent = await work.repo(Mails).addressed_since(connection.id, mail.sender.address, since)
    return sent >= MOST_PER_HOUR


async def _hand_on(
    work: Work, connection: Connection, thread: MailThread, mail: IncomingMail, *, new: bool
) -> None:
    """Write the mail down, and have the conversation get it."""
    stored = work.repo(Mails).add(
        id=new_id(),
        connection_id=connection.id,
        thread_id=thread.id,
        direction="in",
        message_id=mail.message_id,
        sender=mail.sender.address,
        subject=mail.subject,
        body=_said(thread, mail, new=new),
        automatic=False,
        files=[asdict(each) for each in mail.files],
        created_at=work.now,
    )
    await work.tx.flush()
    await work.defer(MAIL_RECEIVED, MailReceived(thread_id=thread.id, mail_id=stored.id))


def _said(thread: MailThread, mail: IncomingMail, *, new: bool) -> str:
    """What the conversation gets: of an answer, what is new in it."""
    text = mail.text.strip() if new else without_history(mail.text).strip()
    worded = any(character.isprintable() and not character.isspace() for character in text)
    lines = [text if worded else NO_WORDS]
    if new and mail.subject and not worded:
        lines.insert(0, mail.subject)
    if mail.sender.address != thread.address:
        lines.insert(0, f"{mail.sender.name or mail.sender.address} ({mail.sender.address}) writes:")
    if mail.files:
        files = "1 file" if len(mail.files) == 1 else f"{len(mail.files)} files"
        lines.append(f"[Attached to the mail: {files}: {described(mail.files)}]")
    return "\n\n".join(lines)


async def _refuse(
    work: Work, connection: Connection, thread: MailThread, mail: IncomingMail
) -> tuple[str, str]:
    """Tell the sender of a mail that is too large."""
    limit = int(connection.settings.get("max_size_mib", 25)) << 20
    size, most = human_size(mail.size_bytes), human_size(limit)
    text = TOO_LARGE.format(size=size, most=most)
    await work.tx.flush()
    await queue_mail(work, connection, thread, text=text, automatic=True)
    return "dead", f"The mail of {mail.sender.address} has {size}, more than {most}; its sender was told."


async def _note_bounce(work: Work, connection: Connection, bounce: Bounce) -> tuple[str, str]:
    """Mark the delivery of a mail that came back as dead, so that people see it among the others."""
    said = f"{bounce.status} {bounce.reason}".strip()
    sent = await work.repo(Mails).sent_as(connection.id, bounce.message_id)
    delivery = await work.repo(Deliveries).of_mail(sent.id) if sent else None
    if delivery is None:
        return "ignored", f"A mail that is not ours came back: {said}"
    if not bounce.final:
        return "ignored", f"A mail of ours is late: {said}"
    delivery.state, delivery.last_error = DeliveryState.dead, f"The mail came back: {said}"
    delivery.updated_at = work.now
    return "applied", f"A mail of ours came back: {said}"
