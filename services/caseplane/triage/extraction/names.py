"""Names and words of a list in a text: products of a catalogue, words of urgency."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from caseplane.triage.found import Found

_WORD = re.compile(r"[^\W_]+")
_SHORTEST_ALONE = 4
"""A single word of a longer name stands for the name from this length on."""


def names(text: str, catalogue: Sequence[str], *, inexact: bool = True) -> Iterator[Found]:
    """Entries of a catalogue that stand in the text, written in any case, with any mark between the words.

    Of entries that overlap, the longest counts ("Router X2 Pro" and not "Router X2").

    Args:
        text: searched.
        catalogue: the entries.
        inexact: find an entry by its first word too, where no other entry has that word.
    """
    index = _Index.of(tuple(catalogue))
    words = [(match.start(), match.end(), match[0].casefold()) for match in _WORD.finditer(text)]
    place = 0
    while place < len(words):
        length, entry = index.longest(words, place)
        if entry is not None:
            yield Found(words[place][0], words[place + length - 1][1], entry, 0.95)
            place += length
            continue
        alone = index.alone.get(words[place][2]) if inexact else None
        if alone is not None and text[words[place][0]].isupper():
            yield Found(words[place][0], words[place][1], alone, 0.6)
        place += 1


class _Index:
    def __init__(self, catalogue: tuple[str, ...]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        firsts: dict[str, set[str]] = {}
        for entry in catalogue:
            words = tuple(match[0].casefold() for match in _WORD.finditer(entry))
            if words:
                self._by_first.setdefault(words[0], []).append((words, entry))
            for word in set(words):
                firsts.setdefault(word, set()).add(entry)
        for found in self._by_first.values():
            found.sort(key=lambda each: -len(each[0]))
        self.alone = {
            word: next(iter(entries))
            for word, entries in firsts.items()
            if len(entries) == 1 and len(word) >= _SHORTEST_ALONE and word in self._by_first
        }

    @staticmethod
    @lru_cache(maxsize=64)
    def of(catalogue: tuple[str, ...]) -> "_Index":
        return _Index(catalogue)

    def longest(self, words: Sequence[tuple[int, int, str]], place: int) -> tuple[int, str | None]:
        for entry_words, entry in self._by_first.get(words[place][2], ()):
            end = place + len(entry_words)
            if end <= len(words) and all(words[place + i][2] == word for i, word in enumerate(entry_words)):
                return len(entry_words), entry
        return 0, None


def distinct(entries: Iterable[str]) -> tuple[str, ...]:
    """Entries without repetition, in their order."""
    return tuple(dict.fromkeys(entries))
