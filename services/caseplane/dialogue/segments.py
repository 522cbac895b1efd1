"""Cuts a message into the segments that punctuation, lines and emoji separate, and names each segment's act."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from caseplane.dialogue.acts import Act
from caseplane.dialogue.phrases import BY_ACT, FILLER, Phrases

LONGEST = 160
"""Characters of a segment that can be small talk; a longer one is content."""
Recognised = tuple[Act | None, str | None, bool]
"""An act, the language that its words show, and whether they are a mere filler."""
CONTENT: Recognised = (None, None, False)
_MOST_WORDS_OF_TWO = 10
_END = re.compile(r"[.!?…¿¡;:,\n|()~*_]+|\s[-–—/]+\s|[。！？，、]+")  # noqa: RUF001
_APOSTROPHE = re.compile("['’`´]")  # noqa: RUF001
_LONG_DRAWN = re.compile(r"([^\W\d_])\1{2,}")
_NO_WORD = re.compile(r"[^\w?]+|_+")
_MODIFIER = re.compile("[\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]")
_EMOJI = re.compile(
    "(?:[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff\u2640\u2642]*)+"
    r"|(?<!\w)(?:[:;=]-?[)D(P/]|<3|\^\^|xD)(?!\w)"
)
_OF_EMOJI = (
    (Act.greeting, "👋🙋"),
    (Act.failure, "👎😡😠🤬😤😞😢😭😩😫🙁☹💩❌🚫"),
    (Act.doubt, "❓❔⁉🤔😕🤨🧐🤷"),
    (Act.thanks, "🙏❤💙💚💜🧡💛🥰😍😘🤗💐"),
    (Act.acknowledgement, "👍👌✅✔☑🆗🙂😀😃😄😊😁🎉🥳💪🤝🙌👏💯😎😉"),
)
_SMILEYS = {":(": Act.failure, ":-(": Act.failure, ":/": Act.doubt, ":-/": Act.doubt, "<3": Act.thanks}


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a message.

    Attributes:
        start: of the part, in the message.
        end: one past its last character, without what separates it from the next.
        act: what it does; None if it is content.
        language: that its words show.
        filler: whether it says nothing at all ("please").
        asks: whether a question mark follows.
    """

    start: int
    end: int
    act: Act | None = None
    language: str | None = None
    filler: bool = False
    asks: bool = False


def segments(text: str) -> list[Segment]:
    """The segments of a message, in order; emoji are segments of their own."""
    found: list[Segment] = []
    at = 0
    for emoji in _EMOJI.finditer(text):
        found += _between(text, at, emoji.start())
        found.append(Segment(emoji.start(), emoji.end(), act_of_emoji(emoji[0])))
        at = emoji.end()
    found += _between(text, at, len(text))
    if not found and "?" in text:
        return [Segment(0, len(text), Act.doubt)]
    return found


def _between(text: str, start: int, end: int) -> Iterator[Segment]:
    at = start
    for mark in _END.finditer(text, start, end):
        yield from _segment(text, at, mark.start(), asks="?" in mark[0])
        at = mark.end()
    yield from _segment(text, at, end)


def _segment(text: str, start: int, end: int, *, asks: bool = False) -> Iterator[Segment]:
    part = text[start:end]
    if not any(character.isalnum() for character in part):
        return
    start += len(part) - len(part.lstrip())
    end -= len(part) - len(part.rstrip())
    for act, language, filler in _recognised_parts(normal(text[start:end])):
        yield Segment(start, end, act, language, filler, asks)


def _recognised_parts(words: str) -> list[Recognised]:
    """What a segment does; two things if nothing separates them: "ok bye"."""
    whole = recognised(words)
    if whole != CONTENT or words.count(" ") > _MOST_WORDS_OF_TWO:
        return [whole]
    for space in (at for at, character in enumerate(words) if character == " "):
        parts = [recognised(words[:space]), recognised(words[space + 1 :])]
        if CONTENT not in parts:
            return parts
    return [whole]


def normal(text: str) -> str:
    """Lower case, without accents, apostrophes, punctuation and long-drawn letters; words one space apart."""
    bare = unicodedata.normalize("NFD", _APOSTROPHE.sub("", text.casefold()))
    bare = unicodedata.normalize(
        "NFC", "".join(c for c in bare if not unicodedata.combining(c) or c > "\u036f")
    )
    return " ".join(_NO_WORD.sub(" ", _LONG_DRAWN.sub(r"\1", bare)).split())


@lru_cache(maxsize=4096)
def recognised(words: str) -> Recognised:
    """The act and the language of a segment in its normal form, and whether it is a mere filler."""
    if len(words) > LONGEST:
        return CONTENT
    for act, phrases in _COMPILED.items():
        languages = [each for each, pattern in phrases.items() if pattern.fullmatch(words)]
        if languages:
            return act, _shown(languages), False
    return None, None, any(pattern.fullmatch(words) for pattern in _FILLERS.values())


def _shown(languages: list[str]) -> str | None:
    """Words of English that others borrow show nothing; of several other languages, the first has most speakers here."""
    if "*" in languages or ("en" in languages and len(languages) > 1):
        return None
    return languages[0]


def is_said_in(language: str, text: str) -> bool:
    """Whether small talk is also small talk in a language: "merci" is said in more than one."""
    words = normal(text)
    return any(
        language in phrases and phrases[language].fullmatch(words) is not None
        for phrases in _COMPILED.values()
    )


def act_of_emoji(emoji: str) -> Act:
    """What emoji say; those that say nothing known acknowledge."""
    bare = _MODIFIER.sub("", emoji)
    for act, signs in _OF_EMOJI:
        if any(sign in bare for sign in signs):
            return act
    return _SMILEYS.get(emoji, Act.acknowledgement)


def _compiled(phrases: Phrases) -> dict[str, re.Pattern[str]]:
    return {each: re.compile("|".join(f"(?:{p})" for p in patterns)) for each, patterns in phrases.items()}


_COMPILED = {act: _compiled(phrases) for act, phrases in BY_ACT.items()}
_FILLERS = _compiled(FILLER)
