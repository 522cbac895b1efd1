"""What the fonts of a PDF say: which letter a sign stands for, whether it is bold, whether all letters are equally wide."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import pypdfium2.raw as raw

GENERATED_HYPHENS = frozenset({0x02, 0xFFFE})
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_WINGDINGS = str.maketrans("üþûý¨oqàè§ØnluvwÄ", "✓☑✗☒☐☐☐→→▪•••••••")
_PRIVATE = {
    0xF0FC: "\u2713",
    0xF0FE: "\u2611",
    0xF0FB: "\u2717",
    0xF0FD: "\u2612",
    0xF0A8: "\u2610",
    0xF06F: "\u2610",
    0xF071: "\u2610",
    0xF0E0: "\u2192",
    0xF0E8: "\u2192",
}
"""Signs of the font Wingdings that say something, at the places where files put them."""
_SOFT_HYPHEN = "\u00ad"
_ENOUGH_LETTERS = 5
_NARROW = frozenset("fijlrtI")
_FIXED_PITCH = 1
_MONO = re.compile(
    r"mono|courier|consol|menlo|typewriter|cmtt|inconsolata|(?<!en)(?<!bar)code|fixed", re.IGNORECASE
)
_BOLD = re.compile(r"bold|black|heavy|semi-?bold|demi", re.IGNORECASE)


def style_of(handle: Any, index: int) -> tuple[bool, str]:
    """Whether a character is bold, and the name of its font; fonts drawn by the file itself have none."""
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    size = raw.FPDFText_GetFontInfo(handle, index, name, 128, flags)
    font = name.value.decode("utf-8", "replace") if size else ""
    bold = bool(_BOLD.search(font)) or raw.FPDFText_GetFontWeight(handle, index) >= 600
    return bold, f"{font} mono" if size and flags.value & _FIXED_PITCH else font


class Widths:
    """How wide the letters of a font are; not all fonts with letters of one width say so."""

    def __init__(self) -> None:
        self._letters: set[str] = set()
        self._least, self._most = math.inf, 0.0

    def add(self, characters: Sequence[str], widths: Sequence[float]) -> None:
        letters = {c for c in characters if c.isascii() and c.isalpha()}
        if letters:
            self._letters |= letters
            self._least, self._most = min(self._least, *widths), max(self._most, *widths)

    @property
    def are_equal(self) -> bool:
        enough = len(self._letters) >= _ENOUGH_LETTERS and bool(self._letters & _NARROW)
        return enough and self._most - self._least < 0.03 * self._most


def letter_of(code: int, handle: Any, index: int) -> str:
    if code in GENERATED_HYPHENS:
        return "-"
    if code in _LIGATURES:
        return _LIGATURES[code]
    if code in _PRIVATE:
        return _PRIVATE[code]
    if 0x2E80 <= code < 0x2FE0:  # a radical stands for the letter that it looks like
        return unicodedata.normalize("NFKC", chr(code))
    if code == 0xAD and not raw.FPDFText_IsHyphen(handle, index):
        return _SOFT_HYPHEN
    return chr(code)


def is_mono(font: str) -> bool:
    """Whether a font's name says that it is for program code."""
    return bool(_MONO.search(font))


def translated(text: str, font: str) -> str:
    """Signs of the font Wingdings as what they show: a check mark, a bullet; other text as it is."""
    return text.translate(_WINGDINGS) if "wingdings" in font.casefold() else text
