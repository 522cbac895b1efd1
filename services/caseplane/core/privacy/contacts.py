"""Contact data: e-mail, telephone, IP address."""

import ipaddress
import re
from collections.abc import Iterator

import phonenumbers

from caseplane.core.text import TextSource

_EMAIL = re.compile(r"(?<![\w.%+'/-])([\w.%+'-]{1,64})@((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w-]|\.\w)")
# Mailboxes of a function, not of a person (RFC 2142 and custom), which documents need to keep.
_ROLES = frozenset(
    "abuse admin billing careers contact customerservice enquiries feedback help helpdesk hello"
    " hostmaster info inquiries jobs legal licensing mail marketing newsletter noreply no-reply"
    " notifications office orders postmaster press privacy sales security service support team"
    " webmaster".split()
)
# Parts of addresses and URLs that are not mailboxes.
_NOT_A_PERSON = frozenset("git hg svn user username your-email your.email youremail".split())
_IN_EXAMPLES = frozenset("author bar email example foo me name somebody someone test you".split())
_EXAMPLE_DOMAIN = re.compile(r"(?:^|\.)example(?:\.\w+)?$", re.IGNORECASE)

# Two alternatives: with a country code, or in national form.
_INTERNATIONAL = re.compile(r"(?<![\w.+/=-])(?<!\d )(?:\+|00)[1-9][\d ()./-]{6,20}\d(?![\w-]|\.\d)")
_AMERICAN = re.compile(
    r"(?<![\w.+/=-])(?<!\d )(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-]|\.\d)"
)
_NATIONAL = re.compile(r"(?<![\w.+/=-])(?<!\d )\(?0[1-9][\d ()/.-]{5,16}\d(?![\w-]|\.\d)")
_ABOUT_PHONES = re.compile(
    r"phone|mobile|\bcell|\btel\b|\bfon\b|\bcall|\bfax|whats ?app|\bsms\b|reach me|contact me"
    r"|ring me|text me|number is|rufnummer|telefon|handy|mobil|t[ée]l[ée]phone|portable"
    r"|tel[ée]fono|m[óo]vil|celular|llam|cellulare|telefone|bel me|電話|电话",
    re.IGNORECASE,
)
_CONTEXT_CHARACTERS = 40
_TOLL_FREE_AMERICAN = re.compile(r"\(?(?:1[-. ]\(?)?8(?:00|33|44|55|66|77|88)\D")

_IPV4 = re.compile(r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])[23][0-9a-fA-F]{3}:[0-9a-fA-F:]{2,35}(?![\w:]|\.\w)")
_ABOUT_VERSIONS = re.compile(
    r"(?:version|release|build|driver|firmware|chrome|edge|v|[a-z]+/)[\s:=]{0,3}$", re.IGNORECASE
)
_PUBLIC_SERVERS = frozenset(
    ipaddress.ip_address(address)
    for address in ("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "208.67.222.222")
)
_MADE_UP = frozenset({"1.2.3.4", "2.4.6.8", "4.3.2.1", "5.6.7.8", "9.8.7.6"})
_EXAMPLES = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


def emails(text: str, source: TextSource) -> Iterator[tuple[int, int]]:
    """Mailboxes of persons; documents keep those of functions and placeholders."""
    for match in _EMAIL.finditer(text):
        local = match[1].lower()
        if local in _NOT_A_PERSON or _is_login_of_url(text, match.start()):
            continue
        if source is TextSource.document and _is_public(local, match[2]):
            continue
        yield match.span()


def _is_public(local: str, domain: str) -> bool:
    return local in _ROLES or (local in _IN_EXAMPLES and bool(_EXAMPLE_DOMAIN.search(domain)))


def _is_login_of_url(text: str, start: int) -> bool:
    return text[start - 1 : start] == ":" and "://" in text[max(0, start - 70) : start]


def phones(text: str, source: TextSource) -> Iterator[tuple[int, int]]:
    """Telephone numbers in a number plan; documents keep free hotlines."""
    for match in _INTERNATIONAL.finditer(text):
        if _is_personal("+" + match[0].removeprefix("00").lstrip("+"), source):
            yield match.span()
    for match in _AMERICAN.finditer(text):
        obvious = "(" in match[0] or match[0].count("-") >= 2
        toll_free = source is TextSource.document and _TOLL_FREE_AMERICAN.match(match[0])
        if (obvious or _nearby(_ABOUT_PHONES, text, match.start())) and not toll_free:
            yield match.span()
    for match in _NATIONAL.finditer(text):
        digits = sum(character.isdigit() for character in match[0])
        if 8 <= digits <= 13 and _nearby(_ABOUT_PHONES, text, match.start()):
            yield match.span()


def _is_personal(number: str, source: TextSource) -> bool:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    # Possible, not valid: number plans grow, and a fictional number in an example is still a number.
    if not phonenumbers.is_possible_number(parsed):
        return False
    free = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE
    return not (free and source is TextSource.document)


def addresses(text: str, source: TextSource) -> Iterator[tuple[int, int]]:
    """Public IP addresses; private, loopback and link-local ones do not identify a person."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            version = _ABOUT_VERSIONS.search(text[max(0, match.start() - 16) : match.start()])
            in_url = text[max(0, match.start() - 4) : match.start()].endswith(("://", "//[", "@"))
            if version or (source is TextSource.document and (in_url or match[0] in _MADE_UP)):
                continue
            if _is_of_someone(match[0], source):
                yield match.span()


def _is_of_someone(text: str, source: TextSource) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if any(address.version == network.version and address in network for network in _EXAMPLES):
        return source is TextSource.message  # in a manual an example, from a customer a real address
    return address.is_global and not address.is_multicast and address not in _PUBLIC_SERVERS


def _nearby(pattern: re.Pattern[str], text: str, position: int) -> bool:
    return bool(pattern.search(text, max(0, position - _CONTEXT_CHARACTERS), position))
