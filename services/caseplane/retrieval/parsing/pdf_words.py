"""Joins lines that were set apart, and the words that their ends cut."""

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CUT = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_GOES_ON = re.compile(r"[^\W_][-\u2013/]$|://$|\bwww\.$")
_WITHOUT_SPACES = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""Chinese and Japanese letters and signs; Korean has spaces."""
_SOFT = "\u00ad"
_SOFT_INSIDE = re.compile(rf"(?<=\w){_SOFT}+(?=\w)")


class Words:
    """Words of a document, by which it is told whether a hyphen at the end of a line belongs to the word."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole: set[str] = set()
        for text in texts:
            cut = text.endswith(("-", _SOFT))
            words = [word.casefold() for word in _WORD.findall(_inside(text))]
            self._whole.update(words[:-1] if cut else words)

    def joined(self, lines: Sequence[str]) -> str:
        text = ""
        for line in lines:
            line = _inside(line)
            if text.endswith(_SOFT):
                text = text.rstrip(_SOFT) + line
            elif text.endswith("-") and line[:1].islower():
                text = self._rejoined(text, line)
            elif _GOES_ON.search(text) or joins_closely(text, line):
                text += line
            else:
                text = f"{text} {line}" if text else line
        return text.replace(_SOFT, "")

    def _rejoined(self, text: str, line: str) -> str:
        cut = _CUT.search(text)
        rest = _WORD.match(line)
        if not cut or not rest:
            return text + line
        first, second = cut[1].casefold(), rest[0].casefold()
        if first + second in self._whole:
            return text[:-1] + line
        if f"{first}-{second}" in self._whole:
            return text + line
        # Both halves are words of their own here, and the whole is not: "self-" and "service".
        apart = (
            first.rsplit("-")[-1] in self._whole
            and second in self._whole
            and min(len(first), len(second)) > 2
        )
        return text + line if apart else text[:-1] + line


def joins_closely(before: str, after: str) -> bool:
    """Whether nothing stands between two lines of a script that knows no spaces."""
    return bool(_WITHOUT_SPACES.match(before[-1:]) and _WITHOUT_SPACES.match(after[:1]))


def _inside(text: str) -> str:
    """A soft hyphen that is drawn within a line is a hyphen; at its end it only cuts a word."""
    return _SOFT_INSIDE.sub("-", text)
