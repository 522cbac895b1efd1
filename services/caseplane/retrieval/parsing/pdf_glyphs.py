"""Pieces of lines on a page of a PDF, with their places."""

import ctypes
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from statistics import median
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from caseplane.retrieval.parsing.pdf_drawn import Box, Rule, read_drawn
from caseplane.retrieval.parsing.pdf_fonts import (
    GENERATED_HYPHENS,
    Widths,
    is_mono,
    letter_of,
    style_of,
    translated,
)

_BLANK = frozenset({0, 0x0A, 0x0D, 0x20, 0x09, 0xA0, 0x3000})
_NOTHING = 0xFFFD
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
_LINE_ENDS = frozenset({0x0A, 0x0D})
_MOST_UNREADABLE = 0.3
"""Share of a page's signs without a letter, from which on the others are no text either."""
_PLAIN = (False, "")
_BULLETS = re.compile(r"[\u2022\u25aa\u25cf\u25e6\u2023\u2043\u2219\u25a0\u25cb\u25fc\uf000-\uf0ff\u00b7]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters side by side on one line; y counts downwards, in points, the page turned so that it reads upright."""

    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    text: str
    bold: bool = False
    mono: float = 0.0
    """Share of its letters that are set as program code is, all equally wide."""
    turn: int = 0


def lines_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces with nearly the same base line together, from the top down."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.base, p.left)):
        if lines and abs(lines[-1][0].base - piece.base) < 0.4 * piece.size:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return lines


@dataclass
class PageContent:
    """What lies on one page, for its upright text."""

    pieces: list[Piece]
    horizontal: list[Rule]
    vertical: list[Rule]
    boxes: list[Box] = field(default_factory=list)
    unreadable: bool = False
    """Whether the file does not say which letters most of its signs are."""
    width: float = 0.0
    height: float = 0.0
    top: float = 0.0
    """Where the page begins, in the coordinates of its pieces."""


def read_page(page: pdfium.PdfPage, *, max_chars: int) -> PageContent:
    """The pieces of lines of a page, in the order of the file, joined where nothing but a space is between them."""
    drawn = read_drawn(page)
    textpage = page.get_textpage()
    try:
        unreadable = _is_unreadable(textpage.raw)
        pieces = [] if unreadable else _pieces(textpage, drawn.vertical, max_chars)
    finally:
        textpage.close()
    turn = _main_turn(pieces)
    left, low, right, high = page.get_bbox()
    width, height, top = right - left, high - low, -high
    if turn:
        drawn.horizontal, drawn.vertical, drawn.boxes = [], [], []
        width, height, top = (height, width, left) if turn % 2 else (width, height, low)
    upright = [piece for piece in pieces if piece.turn == turn]
    aside = [piece for piece in pieces if piece.turn != turn and len(piece.text) > 3]
    found = _merged(upright, drawn.vertical) + _below(_merged(aside, []), upright)
    return PageContent(found, drawn.horizontal, drawn.vertical, drawn.boxes, unreadable, width, height, top)


def _is_unreadable(handle: Any) -> bool:
    count: int = raw.FPDFText_CountChars(handle)
    wrong: int = sum(raw.FPDFText_HasUnicodeMapError(handle, index) == 1 for index in range(count))
    return wrong > _MOST_UNREADABLE * count


def _main_turn(pieces: list[Piece]) -> int:
    sums = [sum(len(p.text) for p in pieces if p.turn == turn) for turn in range(4)]
    return sums.index(max(sums))


def _below(aside: list[Piece], upright: list[Piece]) -> list[Piece]:
    """Text that is turned stands after the rest."""
    end = max((p.bottom for p in upright), default=0.0) + 50
    first = min((p.top for p in aside), default=0.0)
    return [replace(p, top=p.top - first + end, bottom=p.bottom - first + end, base=p.base - first + end)
            for p in aside]  # fmt: skip


def _pieces(textpage: Any, vertical: list[Rule], max_chars: int) -> list[Piece]:
    fonts: dict[str, Widths] = {}
    found = list(_drawn_pieces(textpage, vertical, max_chars, fonts))
    return [
        replace(
            piece,
            mono=float(is_mono(font) or fonts[font].are_equal),
            text=translated(piece.text[:1], font) + piece.text[1:],
        )
        for piece, font in found
    ]


def _drawn_pieces(
    textpage: Any, vertical: list[Rule], max_chars: int, fonts: "dict[str, Widths]"
) -> Iterator[tuple[Piece, str]]:
    handle = textpage.raw
    count = raw.FPDFText_CountChars(handle)
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    held: list[str] = []
    last: tuple[float, float, float, float, float, float, int] | None = None
    spaced, written, end = False, 0, 0
    style = _PLAIN
    edge = 0.0  # the left side of the last character
    widths: list[float] = []
    sizes: list[float] = []

    def piece() -> tuple[Piece, str]:
        assert last is not None
        left, top, right, bottom, base, _, turn = last
        size = median(sizes)  # signs of mathematics have boxes of their own
        bold, font = style
        bold = bold and style_of(handle, end)[0]
        fonts.setdefault(font, Widths()).add(held, widths)
        return Piece(left, top, right, bottom, base, size, "".join(held), bold, turn=turn), font

    codes = _codes(handle, count)
    for index in range(count):
        code = codes[index]
        if code in _BLANK:
            # Where a file places every letter by itself, pdfium ends a line after each: that is no space.
            spaced = spaced or code not in _LINE_ENDS
            continue
        if (code < 0x20 and code != 0x02) or code == _NOTHING:
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, index, box):
            continue
        raw.FPDFText_GetCharOrigin(handle, index, x, y)
        character = letter_of(code, handle, index)
        if last is not None:
            # What goes on a line is turned like it; asking for each character would double the time.
            turn = last[6]
            left, top, right, bottom, base = _upright(box, x.value, y.value, turn)
            size = max(bottom - top, 0.1)
            backwards = bool(_RIGHT_TO_LEFT.match(character) and _RIGHT_TO_LEFT.match(held[-1]))
            gap = edge - right if backwards else left - last[2]
            near = max(size, last[5])
            goes_on = (
                abs(base - last[4]) < 0.35 * near
                and -0.7 * near < gap < (0.9 if spaced else 0.6) * near
                and not _crossed(vertical, last[2], left, base, near)
            )
            if goes_on:
                if (spaced and gap > -0.1 * near and code not in GENERATED_HYPHENS) or gap > 0.2 * near:
                    held.append(" ")
                held.append(character)
                end, edge = index, left
                widths.append((box.right - box.left) / size)
                sizes.append(size)
                size = max(size, last[5]) if len(held) < 3 else last[5]
                last = (
                    min(left, last[0]),
                    min(top, last[1]),
                    max(right, last[2]),
                    max(bottom, last[3]),
                    last[4],
                    size,
                    turn,
                )
                spaced = False
                continue
            yield piece()
            held.clear()
            widths.clear()
            sizes.clear()
        turn = _turn(handle, codes, index, (x.value, y.value), last[6] if last else 0)
        left, top, right, bottom, base = _upright(box, x.value, y.value, turn)
        size = max(bottom - top, 0.1)
        held.append(character)
        end, edge = index, left
        widths.append((box.right - box.left) / size)
        sizes.append(size)
        last = (left, top, right, bottom, base, size, turn)
        style = style_of(handle, index)
        spaced = False
        written += 1
        if written > max_chars:
            break
    if last is not None and held:
        yield piece()


def _turn(handle: Any, codes: list[int], index: int, at: tuple[float, float], before: int) -> int:
    """Quarter turns of a character; a mirrored page, as browsers print them, gives angles that only seem turned."""
    turn: int = round(raw.FPDFText_GetCharAngle(handle, index) / (math.pi / 2)) % 4
    if turn == 0:
        return turn
    if index + 1 >= len(codes) or codes[index + 1] in _BLANK:
        return before  # alone it does not show where its line goes
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(handle, index + 1, x, y)
    across, up = x.value - at[0], y.value - at[1]
    if turn == 2:
        return 0 if across > abs(up) else 2
    return (1 if up > 0 else 3) if abs(up) > abs(across) else turn


def _codes(handle: Any, count: int) -> list[int]:
    """The code points of all characters; the second half of one that has two is none."""
    found = [raw.FPDFText_GetUnicode(handle, index) for index in range(count)]
    for index, code in enumerate(found):
        if 0xD800 <= code < 0xDC00 and index + 1 < count and 0xDC00 <= found[index + 1] < 0xE000:
            found[index] = 0x10000 + ((code - 0xD800) << 10) + (found[index + 1] - 0xDC00)
            found[index + 1] = _NOTHING
        elif 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            found[index] = _NOTHING
    return found


def _upright(box: Any, x: float, y: float, turn: int) -> tuple[float, float, float, float, float]:
    """Left, top, right, bottom and baseline, as if the text ran from left to right; y downwards."""
    match turn:
        case 0:
            return box.left, -box.top, box.right, -box.bottom, -y
        case 1:
            return box.bottom, box.left, box.top, box.right, x
        case 2:
            return -box.right, box.bottom, -box.left, box.top, y
        case _:
            return -box.top, -box.right, -box.bottom, -box.left, -x


def _crossed(vertical: list[Rule], left: float, right: float, base: float, size: float) -> bool:
    """Whether the side of a cell stands between two pieces; what is lower than a line is part of a drawn letter."""
    if not vertical:
        return False
    at = bisect_right(vertical, left - 1, key=lambda rule: rule.at)
    while at < len(vertical) and vertical[at].at < right + 1:
        rule = vertical[at]
        if rule.end - rule.start > 1.1 * size and rule.start - 1 <= base <= rule.end + 1:
            return True
        at += 1
    return False


def _merged(pieces: list[Piece], vertical: list[Rule]) -> list[Piece]:
    """Pieces of one line that the file draws apart, joined from left to right."""
    found: list[Piece] = []
    for line in _lines(pieces):
        backwards = _runs_backwards(line)
        line.sort(key=lambda p: -p.right if backwards else p.left)
        held = line[0]
        for piece in line[1:]:
            gap = held.left - piece.right if backwards else piece.left - held.right
            near = min(max(piece.size, held.size), 2 * min(piece.size, held.size))
            if gap < 0.75 * near and not _crossed(vertical, held.right, piece.left, piece.base, near):
                held = _joined(held, piece, spaced=gap > 0.12 * near)
            else:
                found.append(held)
                held = piece
        found.append(held)
    return found


def _lines(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces by line; a raised or lowered mark goes with the line that it touches."""
    lines: list[list[Piece]] = []
    marks: list[Piece] = []
    usual = median(p.size for p in pieces) if pieces else 0.0
    for piece in sorted(pieces, key=lambda p: (p.base, p.left)):
        if len(piece.text) <= 3 and piece.size < 0.85 * usual:
            marks.append(piece)
            continue
        near = (
            each
            for each in lines[-4:]
            if abs(each[0].base - piece.base) < 0.3 * min(each[0].size, piece.size)
        )
        line = next(near, None)
        if line is None:
            lines.append([piece])
        else:
            line.append(piece)
    for mark in marks:
        beside = (
            (line, piece)
            for line in lines
            if abs(line[0].base - mark.base) < line[0].size
            for piece in line
            if -0.5 * piece.size < mark.left - piece.right < 0.3 * piece.size
            and piece.top - 3 < mark.base <= piece.bottom + 3
        )
        before = (
            (line, piece)
            for line in lines
            for piece in line
            if _BULLETS.fullmatch(mark.text)
            and piece.top < (mark.top + mark.bottom) / 2 < piece.bottom
            and 0 <= piece.left - mark.right < 4 * piece.size
        )
        line, piece = next(chain(beside, before), ([], mark))
        if line:
            line.append(replace(mark, base=piece.base))
        else:
            lines.append([mark])
    return lines


def _runs_backwards(line: list[Piece]) -> bool:
    """Whether a line is of a script that is written from right to left."""
    text = "".join(piece.text for piece in line)
    right = len(_RIGHT_TO_LEFT.findall(text))
    return right > 0 and right * 2 > sum(character.isalpha() for character in text)


def _joined(first: Piece, second: Piece, *, spaced: bool) -> Piece:
    longer = first if len(first.text) >= len(second.text) else second
    return Piece(
        min(first.left, second.left),
        min(first.top, second.top),
        max(first.right, second.right),
        max(first.bottom, second.bottom),
        longer.base,
        longer.size,
        f"{first.text}{' ' if spaced else ''}{second.text}",
        first.bold and second.bold,
        (first.mono * len(first.text) + second.mono * len(second.text))
        / (len(first.text) + len(second.text)),
        first.turn,
    )
