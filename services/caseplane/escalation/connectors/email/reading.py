"""Reads a mail: who wrote what to whom, in reply to what, and whether an answer may be sent."""

import hashlib
from collections.abc import Sequence
from email import message_from_bytes
from email.message import Message

from caseplane.core.telemetry import get_logger
from caseplane.escalation.connectors.email.addresses import OwnAddress
from caseplane.escalation.connectors.email.automatic import bounce_of, why_automatic
from caseplane.escalation.connectors.email.bodies import files_of, text_of
from caseplane.escalation.connectors.email.headers import decoded, header, ids, mailboxes, why_forged
from caseplane.escalation.connectors.email.models import EmailSettings
from caseplane.escalation.connectors.mail import IncomingMail, Mailbox, Unread

log = get_logger(__name__)
MOST_REFERENCES = 50
MOST_OTHERS = 20
LONGEST_SUBJECT = 500
_TO = ("To", "Cc")
_TO_ALL = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Forwarded-To", "Resent-To")


def read_mail(
    raw: bytes, *, settings: EmailSettings, own: OwnAddress, size_bytes: int, too_large: bool = False
) -> IncomingMail | Unread:
    """The mail in some bytes.

    Args:
        raw: all of it; of a mail that is too large, its head.
        settings: of the account that it came to.
        own: the account's addresses.
        size_bytes: of the whole mail.
        too_large: whether its text is left out.
    """
    mail_id = hashlib.sha256(raw).hexdigest()
    try:
        mail = message_from_bytes(raw)
        message_id = next(iter(ids(mail, "Message-ID")), "") or f"{mail_id}@made.from.content"
        sender = _answer_to(mail, own)
        if sender is None:
            return Unread(message_id, "The mail names no sender's address.")
        return _read(mail, message_id, sender, settings, own, size_bytes, too_large=too_large)
    except Exception as exc:
        log.warning("mail_unreadable", error=type(exc).__name__, exc_info=exc)
        return Unread(mail_id, f"The mail cannot be read: {type(exc).__name__}.")


def _read(
    mail: Message,
    message_id: str,
    sender: Mailbox,
    settings: EmailSettings,
    own: OwnAddress,
    size_bytes: int,
    *,
    too_large: bool,
) -> IncomingMail:
    recipients = mailboxes(mail, *_TO_ALL)
    written_by = next(iter(mailboxes(mail, "From")), sender).address
    automatic = why_automatic(mail, sender=sender.address, accepted_lists=settings.accepted_lists)
    if own.is_own(written_by):
        automatic = "It comes from the account itself."
    return IncomingMail(
        message_id=message_id,
        references=_references(mail),
        subject=decoded(header(mail, "Subject"))[:LONGEST_SUBJECT],
        sender=sender,
        others=_others(mailboxes(mail, *_TO), sender, own),
        recipients=[each.address for each in recipients],
        text="" if too_large else text_of(mail),
        files=[] if too_large else files_of(mail),
        automatic=automatic,
        bounce=bounce_of(mail),
        forged=why_forged(mail, settings.trusted_server),
        size_bytes=size_bytes,
        too_large=too_large,
    )


def _answer_to(mail: Message, own: OwnAddress) -> Mailbox | None:
    """Whom to answer: where a form sends mails in a customer's name, the customer stands in `Reply-To`."""
    candidates = [*mailboxes(mail, "Reply-To"), *mailboxes(mail, "From"), *mailboxes(mail, "Sender")]
    foreign = [each for each in candidates if not own.is_own(each.address)]
    found = next(iter(foreign or candidates), None)
    if found is None or found.name:
        return found
    named = next((each.name for each in candidates if each.address == found.address and each.name), "")
    return Mailbox(found.address, named)


def _references(mail: Message) -> list[str]:
    """Ids of the mails before, the nearest last."""
    named = [*ids(mail, "References"), *ids(mail, "In-Reply-To")]
    return list(dict.fromkeys(reversed(named)))[:MOST_REFERENCES][::-1]


def _others(copied: Sequence[Mailbox], sender: Mailbox, own: OwnAddress) -> list[Mailbox]:
    return [each for each in copied if each.address != sender.address and not own.is_own(each.address)][
        :MOST_OTHERS
    ]
