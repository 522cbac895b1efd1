"""Writes a mail: plain text, with the headers by which it is threaded, and known for what it is."""

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from caseplane.escalation.connectors.email.addresses import OwnAddress
from caseplane.escalation.connectors.email.models import EmailSettings
from caseplane.escalation.connectors.mail import Mailbox, OutgoingMail

MOST_REFERENCES = 20
WIRE = policy.SMTP.clone(max_line_length=78)


def write_mail(mail: OutgoingMail, *, settings: EmailSettings, own: OwnAddress) -> EmailMessage:
    """The mail as it is sent."""
    made = EmailMessage(policy=WIRE)
    reply_address = own.reply_address(mail.thread_id)
    made["From"] = _shown(Mailbox(own.address, settings.from_name))
    made["To"] = _shown(mail.to)
    if mail.cc:
        made["Cc"] = [_shown(each) for each in mail.cc]
    if reply_address != own.address:
        made["Reply-To"] = _shown(Mailbox(reply_address, settings.from_name))
    made["Subject"] = subject_of(mail.subject)
    made["Date"] = mail.created_at
    made["Message-ID"] = f"<{mail.message_id}>"
    if mail.references:
        made["In-Reply-To"] = f"<{mail.references[-1]}>"
        kept = [*mail.references[:1], *mail.references[1:][-MOST_REFERENCES + 1 :]]
        made["References"] = " ".join(f"<{each}>" for each in kept)
    if mail.automatic:
        made["Auto-Submitted"] = "auto-replied"
        made["X-Auto-Response-Suppress"] = "All"
    signature = f"\n\n-- \n{settings.signature.strip()}" if settings.signature.strip() else ""
    made.set_content(f"{mail.text.rstrip()}{signature}\n", charset="utf-8", cte="quoted-printable")
    return made


def subject_of(subject: str) -> str:
    """The subject of an answer: one "Re:", on one line."""
    line = " ".join(subject.split()) or "Your message"
    return line if line.lower().startswith(("re:", "aw:", "sv:", "antw:")) else f"Re: {line}"


def _shown(mailbox: Mailbox) -> Address:
    name = " ".join("".join(c if c.isprintable() else " " for c in mailbox.name).split())
    local, _, domain = mailbox.address.rpartition("@")
    return Address(name, local, domain)
