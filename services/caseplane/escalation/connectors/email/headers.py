"""Headers of mails, read without trust in their form."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from caseplane.escalation.connectors.mail import Mailbox

_ID = re.compile(r"<([^<>\s]{1,500})>")
_ADDRESS = re.compile(r"[^@\s<>\",;:]{1,64}@[^@\s<>\",;:]{1,253}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MOST_ADDRESSES = 200
LONGEST = 20_000
"""Characters of a header that are read."""


def headers(mail: Message, name: str) -> list[str]:
    """Values of a header as they were sent, unfolded; the topmost first."""
    return [
        re.sub(r"\r?\n(?=[ \t])", "", str(value))[:LONGEST]
        for key, value in mail.raw_items()
        if key.lower() == name.lower()
    ]


def header(mail: Message, name: str) -> str:
    """The topmost value of a header; empty if there is none."""
    return next(iter(headers(mail, name)), "")


def decoded(raw: str) -> str:
    """A header's text as people read it, on one line."""
    try:
        text = str(make_header(decode_header(_as_text(raw))))
    except (HeaderParseError, LookupError, ValueError):
        text = _as_text(raw)
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """The text without characters that cannot be stored or shown."""
    return _CONTROLS.sub("", text.encode("utf-8", "replace").decode())


def _as_text(raw: str) -> str:
    """Bytes that were sent without any encoding, which is not allowed and often done."""
    if raw.isascii():
        return raw
    sent = raw.encode("ascii", "surrogateescape") if not _is_text(raw) else raw.encode()
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("cp1252", "replace")


def _is_text(raw: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in raw)


def ids(mail: Message, name: str) -> list[str]:
    """Message ids in a header, without angle brackets."""
    found = [each for value in headers(mail, name) for each in _ID.findall(value)]
    return [printable(each.encode("ascii", "backslashreplace").decode()) for each in found]


def mailboxes(mail: Message, *names: str) -> list[Mailbox]:
    """Who stands in some headers, each address once; what is no address is left out."""
    found: dict[str, Mailbox] = {}
    values = [value for name in names for value in headers(mail, name)]
    for name, address in getaddresses([_as_text(value) for value in values])[:MOST_ADDRESSES]:
        address = _ascii(printable(address).strip().lower())
        if _ADDRESS.fullmatch(address) and address not in found:
            found[address] = Mailbox(address, decoded(name)[:200])
    return list(found.values())


def _ascii(address: str) -> str:
    """An address with its domain as servers write it; nothing if the rest needs more than ASCII, too."""
    local, _, domain = address.rpartition("@")
    try:
        return (
            address
            if address.isascii()
            else f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
        )
    except UnicodeError:
        return ""


def trusted_results(mail: Message, server: str) -> str:
    """What the tenant's own server found (RFC 8601): the topmost header that begins with its name."""
    for value in headers(mail, "Authentication-Results"):
        named, _, results = value.partition(";")
        words = named.split()
        if words and words[0].lower() == server.lower():
            return results.lower()
    return ""


def why_forged(mail: Message, server: str | None) -> str | None:
    """Why the sender cannot be who the mail says, as a trusted server found."""
    results = trusted_results(mail, server) if server else ""
    found = dict(re.findall(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.sub(r"\([^()]*\)", "", results)))
    if found.get("dmarc") == "fail":
        return f"{server} found that its sender is forged (dmarc=fail)."
    if "dmarc" not in found and found.get("spf") == "fail" and found.get("dkim", "none") != "pass":
        return f"{server} found that its sender is forged (spf=fail, no valid signature)."
    return None
