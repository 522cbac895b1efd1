"""Finds a configuration's keywords in tickets: inflected, translated, paraphrased; not where they are denied."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from caseplane.text.folding import fold
from caseplane.triage.folding import Word, words_of
from caseplane.triage.found import Found
from caseplane.triage.lexicon import LIKE_FAULTS, WEAK, phrases_for

_NONE = frozenset(
    "no not without never none neither nor isn't aren't wasn't don't doesn't didn't kein keine keinen keiner keinem nicht ohne sans pas aucun aucune sin ningun ninguna non senza nessun nessuna nao sem nenhum geen niet zonder".split()
)
_FINE = frozenset("fine right ok okay correct ordnung".split())
_IS = frozenset(("is", "are", "works", "work", "ist", "sind", "est", "es"))
_ARTICLES = frozenset(
    "a an the my about your any just really only eine ein einen der die das la le el il un une una".split()
)
_GAP = 4
"""Words that a star between two words may stand for."""
_OF_PHRASE = 0.9
"""Weight of another word for a keyword, beside the keyword itself."""
_WEAK = 0.35
_UP_TO = 4_000
"""Words that are read; what a ticket is about stands at its beginning."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A keyword that stands in a text.

    Attributes:
        keyword: as configured.
        said: as the customer wrote it, folded.
        weight: how much it says.
    """

    keyword: str
    said: str
    start: int
    end: int
    weight: float


def hits(text: str, keywords: Sequence[str]) -> list[Hit]:
    """Keywords that stand in a text and are not denied; each once, where it says most."""
    words = words_of(text)[:_UP_TO]
    index = _Index.of(tuple(keywords))
    best: dict[str, Hit] = {}
    for begin, word in enumerate(words):
        for phrase in index.beginning_with(word):
            known = best.get(phrase.keyword)
            if known is not None and known.weight >= phrase.weight:
                continue
            end = _match(words, begin, phrase)
            if end is None or _denied(words, begin, end, phrase):
                continue
            said = " ".join(word.text for word in words[begin:end])
            best[phrase.keyword] = Hit(
                phrase.keyword, said, words[begin].start, words[end - 1].end, phrase.weight
            )
    return list(best.values())


def indicators_in(text: str, indicators: Sequence[str]) -> Iterator[Found]:
    """Words of urgency that stand in a text as such: not "slow down", "not urgent" or "a production of Hamlet"."""
    words = words_of(text)[:_UP_TO]
    index = _Index.of(tuple(indicators))
    for begin, word in enumerate(words):
        for phrase in index.beginning_with(word):
            end = _match(words, begin, phrase, exact=True)
            if end is None or _negated(words, begin) or not _meant(words, begin, phrase.keyword):
                continue
            certain = 0.9 if phrase.own else 0.8
            value = phrase.keyword if phrase.own else " ".join(each.text for each in words[begin:end])
            yield Found(words[begin].start, words[end - 1].end, value.casefold(), certain)
            break


@dataclass(frozen=True)
class _Phrase:
    keyword: str
    words: tuple[Word, ...]
    weight: float
    own: bool


_PREFIX = 3
"""Letters by which phrases that begin with an open ending are looked up."""


class _Index:
    """The phrases of some keywords by their first word."""

    def __init__(self, keywords: tuple[str, ...]) -> None:
        self._by_word: dict[str, list[_Phrase]] = {}
        self._by_prefix: dict[str, list[_Phrase]] = {}
        for phrase in _phrases(keywords):
            first = phrase.words[0]
            if first.text.endswith("*"):
                self._by_prefix.setdefault(first.text[:_PREFIX], []).append(phrase)
            else:
                for key in {first.stem, first.text}:
                    self._by_word.setdefault(key, []).append(phrase)

    @staticmethod
    @lru_cache(maxsize=512)
    def of(keywords: tuple[str, ...]) -> "_Index":
        return _Index(keywords)

    def beginning_with(self, word: Word) -> Iterator[_Phrase]:
        """Phrases that may begin with this word."""
        found = self._by_word.get(word.stem)
        if found:
            yield from found
        if word.text != word.stem and (more := self._by_word.get(word.text)):
            yield from (phrase for phrase in more if phrase.words[0].stem != word.stem)
        if opened := self._by_prefix.get(word.text[:_PREFIX]):
            yield from (phrase for phrase in opened if word.text.startswith(phrase.words[0].text[:-1]))


def _phrases(keywords: tuple[str, ...]) -> tuple[_Phrase, ...]:
    found = []
    for keyword in keywords:
        weight = _WEAK if fold(keyword) in WEAK else 1.0
        found.append(_Phrase(keyword, _parsed(fold(keyword)), weight, own=True))
        found += [
            _Phrase(keyword, _parsed(phrase), _OF_PHRASE * weight * factor, own=False)
            for phrase, factor in phrases_for(keyword)
        ]
    return tuple(phrase for phrase in found if phrase.words)


def _parsed(phrase: str) -> tuple[Word, ...]:
    """The words of a phrase; the star of an open ending stays with its word."""
    parts: list[Word] = []
    for word in words_of(phrase):
        if word.text == "*" and parts and parts[-1].end == word.start:
            before = parts.pop()
            parts.append(Word(f"{before.text}*", before.stem, before.start, word.end))
        else:
            parts.append(word)
    while parts and parts[0].text == "*":  # stands for nothing at the beginning
        parts.pop(0)
    return tuple(parts)


def _match(words: Sequence[Word], begin: int, phrase: _Phrase, *, exact: bool = False) -> int | None:
    """Where the phrase ends that begins at a word; None if it does not stand there.

    Args:
        words: of the text.
        begin: place of the first word.
        phrase: looked for.
        exact: only as written: "production" is no "product" then.
    """
    place, loose = begin, 0
    for part in phrase.words:
        if part.text == "*":
            loose = _GAP
            continue
        limit = min(place + loose, len(words) - 1)
        while place <= limit and not _same(words[place], part, exact):
            if words[place].ends:
                return None
            place += 1
        if place > limit:
            return None
        place, loose = place + 1, 0
    return place


def _same(word: Word, part: Word, exact: bool = False) -> bool:
    if part.text == "*":
        return not word.ends
    if part.text.endswith("*"):
        return word.text.startswith(part.text[:-1])
    return word.text == part.text or (not exact and word.stem == part.stem)


def _denied(words: Sequence[Word], begin: int, end: int, phrase: _Phrase) -> bool:
    """Whether the customer says that it is not that: "no error", "not a bug", "the password is fine"."""
    if phrase.keyword in LIKE_FAULTS and _negated(words, begin) and not _holds_negation(phrase):
        return True
    before = [word.text for word in words[max(0, begin - 2) : begin]]
    if (
        before
        and before[-1] in _ARTICLES
        and len(before) == 2
        and before[0] in ("not", "nicht", "pas", "isn't")
    ):
        return True
    after = [word.text for word in words[end : end + 5]]
    if after[:1] in (["and"], ["und"], ["et"]):  # "my account and password are fine"
        after = after[2:]
    return bool(after) and (after[0] in _FINE or (len(after) >= 2 and after[0] in _IS and after[1] in _FINE))


def _holds_negation(phrase: _Phrase) -> bool:
    return any(word.text in _NONE or word.text.endswith("n't") for word in phrase.words)


def _negated(words: Sequence[Word], begin: int) -> bool:
    for word in reversed(words[max(0, begin - 3) : begin]):
        if word.ends:
            return False
        if word.text in _NONE:
            return True
        if word.text not in _ARTICLES and word.text not in ("so", "very", "that", "there", "is", "are"):
            return False
    return False


_STATES = frozenset(
    "is are was were be been am being 's went goes go gone completely still all everything system systems site sites server servers network service production app portal api".split()
)
_NOT_ALERTS = {"down": _STATES}


def _meant(words: Sequence[Word], begin: int, indicator: str) -> bool:
    """Whether a word with other uses is used as an alert: "the site is down", not "scroll down"."""
    needed = _NOT_ALERTS.get(indicator.casefold())
    if needed is None:
        return True
    return any(word.text in needed for word in words[max(0, begin - 2) : begin])
