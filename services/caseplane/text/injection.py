"""Detects text that tries to command the assistant rather than to ask it or to inform readers.

A score is the probability that at least one sign is an attempt, assuming that signs are independent; each
sign is listed with its words. This is one layer of several: prompts also quote evidence as data, and the
gate passes only what the evidence says. A harmless task hidden in a document ("explain relativity") cannot
be distinguished from content, so it is not searched for.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from caseplane.core.text import TextSource
from caseplane.text.phrases import MERELY_ABOUT, PHRASES

THRESHOLD = 0.6
"""A text with at least this score counts as an attempt; the tests' notes have the measurement."""

_LONGEST_QUOTE = 120
_QUESTION_FACTOR = 0.35
_EXAMINED_AT_EACH_END = 50_000
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# The Unicode "tags" block: invisible copies of ASCII, used only to hide text from people.
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,4000}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,8000}={0,2}")
_MOST_DECODED = 20
_SPACED = re.compile(r"(?<!\w)(?:[^\W_][ .\-_*]{1,3}){8,400}[^\W_](?!\w)")


@dataclass(frozen=True)
class InjectionSignal:
    """One sign: its name, its weight in [0, 1] and its words."""

    name: str
    weight: float
    words: str


@dataclass(frozen=True)
class InjectionVerdict:
    """The probability that a text tries to command the assistant, and why."""

    score: float
    """In [0, 1]."""
    signals: tuple[InjectionSignal, ...]

    @property
    def detected(self) -> bool:
        """Whether the score reaches the threshold."""
        return self.score >= THRESHOLD


def detect_injection(text: str, *, source: TextSource = TextSource.message) -> InjectionVerdict:
    """Score a text, in linear time; of a very long one, the first and the last 50,000 characters.

    Messages are far shorter; documents should be checked by chunk.

    Args:
        text: unchanged; it is normalised here.
        source: a customer may influence the assistant's answers, a document may not.
    """
    if len(text) > 2 * _EXAMINED_AT_EACH_END:
        text = f"{text[:_EXAMINED_AT_EACH_END]}\n{text[-_EXAMINED_AT_EACH_END:]}"
    found: dict[str, InjectionSignal] = {}
    for signal in _signals(text, source):
        if signal.name not in found or found[signal.name].weight < signal.weight:
            found[signal.name] = signal
    innocent = 1.0
    for signal in found.values():
        innocent *= 1.0 - signal.weight
    ordered = sorted(found.values(), key=lambda signal: -signal.weight)
    return InjectionVerdict(round(1.0 - innocent, 4), tuple(ordered))


def _signals(text: str, source: TextSource) -> Iterator[InjectionSignal]:
    visible = _normalised(text)
    yield from _phrases(re.sub(r"[ \t\u00a0]{2,}", " ", visible), source)
    for name, hidden in _hidden(text, visible):
        inner = list(_phrases(hidden, source))
        if inner:
            heaviest = max(inner, key=lambda signal: signal.weight)
            weight = max(heaviest.weight, 0.9)
            yield InjectionSignal(name, weight, heaviest.words)
            yield heaviest
        elif name == "hidden_characters":
            yield InjectionSignal(name, 0.7, _quote(hidden))


def _phrases(text: str, source: TextSource) -> Iterator[InjectionSignal]:
    for phrase in PHRASES:
        match = phrase.pattern.search(text)
        if match is None:
            continue
        weight = phrase.weight(source)
        before = text[max(0, match.start() - 100) : match.start()]
        if phrase.questionable and MERELY_ABOUT.search(before):
            weight *= _QUESTION_FACTOR
        yield InjectionSignal(phrase.name, weight, _quote(match[0]))


def _normalised(text: str) -> str:
    """The text with compatibility forms folded, without invisible characters, with plain apostrophes."""
    folded = unicodedata.normalize("NFKC", _TAGS.sub(" ", text))
    return _INVISIBLE.sub("", folded).replace("\u2019", "'")


def _hidden(text: str, visible: str) -> Iterator[tuple[str, str]]:
    """Texts within the text: invisible, encoded, or spelled out with spaces."""
    for tags in _TAGS.finditer(text):
        yield "hidden_characters", "".join(chr(ord(c) - 0xE0000) for c in tags[0])
    for count, match in enumerate(_BASE64.finditer(visible)):
        if count == _MOST_DECODED:
            break
        try:
            padded = match[0].rstrip("=") + "=" * (-len(match[0].rstrip("=")) % 4)
            yield "encoded_text", base64.b64decode(padded, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
    for match in _SPACED.finditer(visible):
        # A wider gap separates words; without one the phrase is not detected.
        words = re.split(r"[ .\-_*]{2,3}", match[0])
        yield "spelled_out", " ".join(re.sub(r"[ .\-_*]", "", word) for word in words)


def _quote(words: str) -> str:
    short = " ".join(words.split())
    return short if len(short) <= _LONGEST_QUOTE else short[: _LONGEST_QUOTE - 1] + "…"
