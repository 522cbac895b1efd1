"""Finds personal data and secrets in text with high precision; replaces them by stable placeholders.

Every match of a pattern is checked against the rules of its format (checksums, registered prefixes,
number plans), so that version numbers, hashes, ports and example addresses of technical documentation
stay unchanged. All patterns have bounded repetitions and begin at a boundary, so the search is linear
even on hostile input. Names and street addresses are not searched for.
"""

from collections.abc import Callable, Iterator

from caseplane.core.privacy import contacts, credentials, numbers
from caseplane.core.privacy.redaction import PiiKind, PiiSpan, Redacted, replace
from caseplane.core.text import TextSource

Finder = Callable[[str, TextSource], Iterator[tuple[int, int]]]

# In order of precedence: of two overlapping matches, the earlier kind wins.
_FINDERS: tuple[tuple[PiiKind, Finder], ...] = (
    (PiiKind.secret, credentials.private_keys),
    (PiiKind.jwt, credentials.jwts),
    (PiiKind.secret, credentials.tokens),
    (PiiKind.password, credentials.passwords),
    (PiiKind.email, contacts.emails),
    (PiiKind.iban, numbers.ibans),
    (PiiKind.card, numbers.cards),
    (PiiKind.ssn, numbers.social_security_numbers),
    (PiiKind.phone, contacts.phones),
    (PiiKind.ip, contacts.addresses),
)


def detect_pii(text: str, *, source: TextSource = TextSource.message) -> list[PiiSpan]:
    """Spans of personal data and credentials, in order, without overlaps."""
    taken = bytearray(len(text))
    spans: list[PiiSpan] = []
    for kind, find in _FINDERS:
        for start, end in find(text, source):
            if taken.find(1, start, end) == -1:
                taken[start:end] = b"\x01" * (end - start)
                spans.append(PiiSpan(kind, start, end))
    return sorted(spans, key=lambda span: span.start)


def redact(text: str, *, source: TextSource = TextSource.message) -> Redacted:
    """The text with each such span replaced by its kind in brackets, such as `[email]`.

    Redacting a redacted text changes nothing.
    """
    return replace(text, detect_pii(text, source=source))
