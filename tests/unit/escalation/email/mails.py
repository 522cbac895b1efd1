"""Mails as programs write them, in the shapes that trackers of help desks report."""

import base64
from collections.abc import Sequence

from caseplane.escalation.connectors.email.addresses import OwnAddress
from caseplane.escalation.connectors.email.models import EmailSettings
from caseplane.escalation.connectors.email.reading import read_mail
from caseplane.escalation.connectors.mail import IncomingMail, Unread

SUPPORT = "support@acme.example"
KEY = b"k" * 32
OWN = OwnAddress(SUPPORT, KEY)
HEAD = {
    "From": "Kim Lee <kim@customer.example>",
    "To": SUPPORT,
    "Subject": "Printer",
    "Message-ID": "<one@customer.example>",
    "Date": "Tue, 01 Dec 2026 09:00:00 +0000",
    "MIME-Version": "1.0",
}


def settings(**more: object) -> EmailSettings:
    return EmailSettings.model_validate({"address": SUPPORT, "smtp_url": "smtp://smtp.acme.example", **more})


def mail(body: str | bytes = "", /, **headers: str | None) -> bytes:
    """A mail's bytes; header names with `_` for `-`, None leaves one out."""
    named = HEAD | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value is not None)
    content = body.encode() if isinstance(body, str) else body
    return (
        head.encode("utf-8", "surrogateescape")
        + b"\r\n"
        + content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    )


def parts(*each: bytes, boundary: str = "b1") -> bytes:
    """The body of a multipart mail."""
    mark = b"--" + boundary.encode()
    return b"".join(mark + b"\n" + part + b"\n" for part in each) + mark + b"--\n"


def part(kind: str, content: bytes | str, **headers: str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"Content-Type: {kind}\n{head}\n".encode() + raw


def attached(kind: str, name: str, content: bytes) -> bytes:
    return part(
        kind,
        base64.encodebytes(content),
        Content_Transfer_Encoding="base64",
        Content_Disposition=f'attachment; filename="{name}"',
    )


def read(raw: bytes, **more: object) -> IncomingMail:
    found = read_mail(raw, settings=settings(**more), own=OWN, size_bytes=len(raw))
    assert isinstance(found, IncomingMail), found
    return found


def unread(raw: bytes) -> Unread:
    found = read_mail(raw, settings=settings(), own=OWN, size_bytes=len(raw))
    assert isinstance(found, Unread), found
    return found


def names(found: IncomingMail) -> Sequence[str]:
    return [each.name for each in found.files]
