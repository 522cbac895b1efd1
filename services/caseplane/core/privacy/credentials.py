"""Credentials: keys, tokens, passwords."""

import re
from collections.abc import Iterator

from caseplane.core.text import TextSource

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 16_000
_KEY_SAMPLE = 200
_MIN_KEY_CHARACTERS = 40  # of an elliptic key; a shorter one is an example with "..."

_JWT = re.compile(r"(?<![\w.-])eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{8,2000}(?![\w-])")

# Prefixes of keys, in the forms that their issuers publish for scanners.
_TOKEN = re.compile(
    r"(?<![\w-])(?:"
    r"sk-[\w-]{16,200}|[sr]k_(?:live|test)_\w{16,200}|whsec_[\w+/=]{16,200}"  # OpenAI, Stripe
    r"|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{30,255}|glpat-[\w-]{20,100}"  # GitHub, GitLab
    r"|xox[abeoprs]-[\w-]{10,250}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,500}"
    r"|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,60}|pypi-[\w-]{30,250}|SG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|cp[a-z]_[\w-]{16,200}"  # our own
    r")(?![\w-])"
)
_NAMED_TOKEN = re.compile(
    r"(?<![^\W_])(?:api|access|secret|auth|private|client)[ _-]?(?:access[ _-]?)?(?:key|token|secret)"
    r"[\"']?(?:\s{0,3}[:=]\s{0,3}|\s(?:is|ist)\s)[\"'`]?([\w+/=.~-]{12,500})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?:authorization:\s{0,3})?bearer\s{1,3}([\w+/=.~-]{16,2000})", re.IGNORECASE)

_LABEL = (
    r"(?:password|passwd|passphrase|passcode|passwort|kennwort|mot de passe|contrase[ñn]a|senha"
    r"|wachtwoord|пароль|密码|パスワード)"
)
_ASSIGNED = re.compile(
    rf"(?<![^\W_]){_LABEL}[\"']?\s{{0,3}}[:=：]\s{{0,3}}([\"'`]?)([^\s\"'`]{{4,128}})",  # noqa: RUF001 - a full-width colon is what Chinese text has
    re.IGNORECASE,
)
_STATED = re.compile(
    rf"(?<![^\W_]){_LABEL}\s(?:is|was|ist|lautet|est|es|è|é)\s([\"'`]?)([^\s\"'`]{{4,128}})",
    re.IGNORECASE,
)
_IN_URL = re.compile(r"://[^\s/:@\"'<>]{1,64}:([^\s/@\"'<>]{3,128})@")
# A placeholder, not a secret: <your-key>, ${KEY}, {{ key }}, $(cmd), ****, ...
_STAND_IN = re.compile(
    r"[<\[{$%*]|x{3,}|\.{3}|your|example|placeholder|change.?me|redacted|secret|token|^password"
    r"|^(?:true|false|null|none|string|required|optional|undefined)$",
    re.IGNORECASE,
)


def private_keys(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """Private keys in PEM form."""
    for match in _KEY_BEGINS.finditer(text):
        limit = match.end() + _LONGEST_KEY
        end = text.find("-----END", match.end(), limit)
        closing = text.find("-----", end + 8, end + 80) if end != -1 else -1
        sample_end = min(end if end != -1 else limit, match.end() + _KEY_SAMPLE)
        body = text[match.end() : sample_end]
        if sum(character.isalnum() for character in body) >= _MIN_KEY_CHARACTERS:
            yield match.start(), min(closing + 5 if closing != -1 else limit, len(text))


def jwts(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """JSON web tokens, by the shape of their first part."""
    for match in _JWT.finditer(text):
        yield match.span()


def tokens(text: str, _: TextSource) -> Iterator[tuple[int, int]]:
    """Keys with an issuer's prefix, and values that the text names as a key."""
    for match in _TOKEN.finditer(text):
        yield match.span()
    for pattern in (_NAMED_TOKEN, _BEARER):
        for match in pattern.finditer(text):
            if _looks_random(match[1]):
                yield match.span(1)


def passwords(text: str, source: TextSource) -> Iterator[tuple[int, int]]:
    """Values that the text names as a password, and passwords in URLs."""
    for match in _ASSIGNED.finditer(text):
        value = match[2].rstrip(".,;)")
        # Manuals often contain `password: admin`; from a customer it is a real password.
        trusted = source is TextSource.message or _mixed(value)
        if len(value) >= 4 and trusted and not _STAND_IN.search(value):
            yield match.start(2), match.start(2) + len(value)
    for match in _STATED.finditer(text):
        value = match[2].rstrip(".,;!?)")
        if len(value) >= 4 and (match[1] or _mixed(value)) and not _STAND_IN.search(value):
            yield match.start(2), match.start(2) + len(value)
    for match in _IN_URL.finditer(text):
        if not _STAND_IN.search(match[1]) and match[1].lower() not in ("pass", "pwd", "passwd"):
            yield match.span(1)


def _mixed(value: str) -> bool:
    """Whether it mixes letters with digits or signs, unlike an ordinary word."""
    letters = any(character.isalpha() for character in value)
    return letters and any(not character.isalpha() and character not in "-_/." for character in value)


def _looks_random(value: str) -> bool:
    return (
        any(character.isdigit() for character in value)
        and any(character.isalpha() for character in value)
        and not _STAND_IN.search(value)
    )
