"""The text of a mail, and its files by name.

The text is the part for people: plain if there is one, else the HTML's words. What another mail holds that is attached is
a file. Bytes are read by the charset that is named, and by what they look like where that is wrong.
"""

import codecs
import re
from collections.abc import Iterator
from email.message import Message

from charset_normalizer import from_bytes

from caseplane.escalation.connectors.email.headers import decoded, header, printable
from caseplane.escalation.connectors.mail import AttachedFile
from caseplane.text.html import html_to_text

LONGEST_TEXT = 500_000
"""Characters of a part that are read."""
MOST_FILES = 100
ENCRYPTED = "[This mail is encrypted and cannot be read here.]"
_NAMELESS = {
    "text/calendar": "invite.ics",
    "application/ms-tnef": "winmail.dat",
    "message/rfc822": "mail.eml",
}
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_MACHINES = (
    *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"),
    "application/pgp-encrypted",
)
"""Parts that only programs read."""
_ALIASES = {"cp-850": "cp850", "x-mac-roman": "mac_roman", "ansi": "cp1252", "iso-8859-8-i": "iso-8859-8"}
_PLACEHOLDER = re.compile(
    r"[^\n]{0,80}\b(?:e-?mail|mail|message|nachricht|client|programm?)\b[^\n]{0,120}\bhtml\b[^\n]{0,120}\.?",
    re.I,
)
_PICTURE = re.compile(r"\[(?:cid|image): ?[^\]\n]{1,200}\]")


def text_of(mail: Message) -> str:
    """What the mail says; empty if it says nothing in words."""
    if mail.get_content_type() in _ENCRYPTED and _is_enveloped(mail):
        return ENCRYPTED
    texts = [_text_of(part) for part in _bodies(mail)]
    return "\n\n".join(text for text in texts if text)[:LONGEST_TEXT]


def files_of(mail: Message) -> list[AttachedFile]:
    """Attachments and pictures, each with a name."""
    found: list[AttachedFile] = []
    for number, part in enumerate(_files(mail), 1):
        kind = part.get_content_type()
        found.append(AttachedFile(_name_of(part, kind, number), kind, _size_of(part)))
    return found[:MOST_FILES]


def _is_enveloped(mail: Message) -> bool:
    return str(mail.get_param("smime-type") or "").lower() != "signed-data"


def _bodies(part: Message) -> Iterator[Message]:
    """The parts that are the mail's own text, in order; of alternatives, one."""
    if not part.is_multipart():
        if _is_body(part):
            yield part
        return
    if part.get_content_maintype() != "multipart":  # another mail, which is a file here
        return
    children = [child for child in part.get_payload() if isinstance(child, Message)]
    if part.get_content_type() == "multipart/alternative":
        yield from _chosen([list(_bodies(child)) for child in children])
        return
    for child in children:
        yield from _bodies(child)


def _chosen(alternatives: list[list[Message]]) -> list[Message]:
    """Plain text, unless it only says that there is HTML."""
    plain = [each for each in alternatives if each and each[0].get_content_type() == "text/plain"]
    for each in plain:
        said = "\n".join(map(_text_of, each)).strip()
        if said and not _PLACEHOLDER.fullmatch(said):
            return each
    rich = [each for each in alternatives if each and each not in plain]
    return (rich or plain or [[]])[-1]


def _is_body(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html") and not _is_attached(part)


def _is_attached(part: Message) -> bool:
    disposition = part.get_content_disposition()
    return disposition == "attachment" or (disposition == "inline" and bool(part.get_filename()))


def _files(part: Message, *, alternative: bool = False) -> Iterator[Message]:
    kind = part.get_content_type()
    if part.get_content_maintype() == "multipart":
        children = part.get_payload() if part.is_multipart() else []
        for child in children:
            if isinstance(child, Message):
                yield from _files(child, alternative=kind == "multipart/alternative")
    elif not (_is_body(part) or kind in _MACHINES or (alternative and _is_rendering(kind))):
        yield part


def _is_rendering(kind: str) -> bool:
    """Whether an alternative is the same text in another form."""
    return kind.startswith("text/") and kind != "text/calendar"


def _name_of(part: Message, kind: str, number: int) -> str:
    named = part.get_filename()
    name = decoded(named) if named else ""
    if not name and kind == "message/rfc822" and part.is_multipart():
        inner = part.get_payload(0)
        subject = decoded(header(inner, "Subject")) if isinstance(inner, Message) else ""
        name = f"{subject[:80]}.eml" if subject else ""
    name = name.replace("/", "_").replace("\\", "_").strip()
    return name[:200] or _NAMELESS.get(kind) or f"file-{number}"


def _size_of(part: Message) -> int:
    if part.is_multipart():
        return len(part.as_bytes())
    content = part.get_payload(decode=True)
    return len(content) if isinstance(content, bytes) else 0


def _text_of(part: Message) -> str:
    content = part.get_payload(decode=True)
    text = _decoded(content, part.get_content_charset()) if isinstance(content, bytes) else ""
    text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_TEXT]
    if part.get_content_type() == "text/html":
        return html_to_text(text).strip()
    if str(part.get_param("format") or "").lower() == "flowed":
        text = _unflowed(text, joins=str(part.get_param("delsp") or "").lower() == "yes")
    return _PICTURE.sub("", text).strip()


def _decoded(content: bytes, charset: str | None) -> str:
    for named in (charset, "utf-8"):
        text = _try(content, named)
        if text is not None:
            return text
    best = from_bytes(content[:20_000]).best()
    return content.decode(best.encoding if best else "cp1252", "replace")


def _try(content: bytes, charset: str | None) -> str | None:
    name = _ALIASES.get((charset or "").lower(), charset)
    if not name:
        return None
    try:
        if name.lower() in ("us-ascii", "ascii", "unknown-8bit", "8bit") and not content.isascii():
            return None  # what it says is not so
        # Programs that say Latin-1 mean what Windows makes of it.
        return content.decode("cp1252" if codecs.lookup(name).name == "iso8859-1" else name)
    except (LookupError, ValueError):
        return None


def _unflowed(text: str, *, joins: bool) -> str:
    """Paragraphs that were broken into lines (RFC 3676), whole again."""
    lines: list[str] = []
    flowing: str | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        body = line[depth:].removeprefix(" ")
        soft = body.endswith(" ") and body != "-- "
        mark = ">" * depth + (" " if depth else "")
        if flowing == mark and body != "-- ":
            lines[-1] += body
        else:
            lines.append(mark + body)
        if soft and joins:
            lines[-1] = lines[-1][:-1]
        flowing = mark if soft else None
    return "\n".join(line.rstrip() if line.strip() != "--" else line for line in lines)
