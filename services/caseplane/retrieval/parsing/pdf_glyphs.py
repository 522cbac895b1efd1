"""Pieces of lines on a page of a PDF, with their places, and the rules that are drawn around them."""

import ctypes
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_GENERATED_HYPHENS = frozenset({0x02, 0xFFFE})
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_BLANK = frozenset({0, 0x0A, 0x0D, 0x20, 0x09, 0xA0, 0x3000})
_NOTHING = 0xFFFD
_SOFT_HYPHEN = "\u00ad"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
_BOLD = re.compile(r"bold|black|heavy|semi-?bold|demi", re.IGNORECASE)
_MOST_OBJECTS = 50_000
_MOST_RULES = 8_000
_MOST_SEGMENTS = 400
"""Of a path that is looked at: tables are drawn with few, pictures with many."""
_LEAST_RULE = 6.0


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


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line: `at` is its constant coordinate, from `start` to `end` along the other."""

    at: float
    start: float
    end: float


@dataclass
class PageContent:
    """What lies on one page, for its upright text."""

    pieces: list[Piece]
    horizontal: list[Rule]
    vertical: list[Rule]
    has_pictures: bool = False


def read_page(page: pdfium.PdfPage, *, max_chars: int) -> PageContent:
    """The pieces of lines of a page, in the order of the file, joined where nothing but a space is between them."""
    horizontal, vertical, pictures = _drawn(page)
    textpage = page.get_textpage()
    try:
        pieces = list(_pieces(textpage, vertical, max_chars))
    finally:
        textpage.close()
    turn = _main_turn(pieces)
    if turn:
        horizontal, vertical = [], []
    upright = [piece for piece in pieces if piece.turn == turn]
    aside = [piece for piece in pieces if piece.turn != turn and len(piece.text) > 3]
    return PageContent(
        _merged(upright, vertical) + _below(_merged(aside, []), upright), horizontal, vertical, pictures
    )


def _main_turn(pieces: list[Piece]) -> int:
    sums = [sum(len(p.text) for p in pieces if p.turn == turn) for turn in range(4)]
    return sums.index(max(sums))


def _below(aside: list[Piece], upright: list[Piece]) -> list[Piece]:
    """Text that is turned stands after the rest."""
    end = max((p.bottom for p in upright), default=0.0) + 50
    first = min((p.top for p in aside), default=0.0)
    return [replace(p, top=p.top - first + end, bottom=p.bottom - first + end, base=p.base - first + end)
            for p in aside]  # fmt: skip


def _pieces(textpage: Any, vertical: list[Rule], max_chars: int) -> Iterator[Piece]:
    handle = textpage.raw
    count = raw.FPDFText_CountChars(handle)
    box = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    held: list[str] = []
    last: tuple[float, float, float, float, float, float, int] | None = None
    spaced, bold, written, end = False, False, 0, 0

    def piece() -> Piece:
        assert last is not None
        left, top, right, bottom, base, size, turn = last
        loud = bold and _is_bold(handle, end)
        return Piece(left, top, right, bottom, base, size, "".join(held), loud, turn)

    codes = _codes(handle, count)
    for index in range(count):
        code = codes[index]
        if code in _BLANK:
            spaced = True
            continue
        if (code < 0x20 and code != 0x02) or code == _NOTHING:
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, index, box):
            continue
        raw.FPDFText_GetCharOrigin(handle, index, x, y)
        character = _character(code, handle, index)
        if last is not None:
            # What goes on a line is turned like it; asking for each character would double the time.
            turn = last[6]
            left, top, right, bottom, base = _upright(box, x.value, y.value, turn)
            size = max(bottom - top, 0.1)
            gap = left - last[2]
            near = max(size, last[5])
            goes_on = (
                abs(base - last[4]) < 0.35 * near
                and -0.7 * near < gap < (0.9 if spaced else 0.6) * near
                and not _crossed(vertical, last[2], left, base)
            )
            if goes_on:
                if (spaced and gap > -0.1 * near) or gap > 0.2 * near:
                    held.append(" ")
                held.append(character)
                end = index
                size = max(size, last[5]) if len(held) < 3 else last[5]
                last = (
                    last[0],
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
        turn = _turn(handle, codes, index, (x.value, y.value), last[6] if last else 0)
        left, top, right, bottom, base = _upright(box, x.value, y.value, turn)
        size = max(bottom - top, 0.1)
        held.append(character)
        end = index
        last = (left, top, right, bottom, base, size, turn)
        bold = _is_bold(handle, index)
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


def _character(code: int, handle: Any, index: int) -> str:
    if code in _GENERATED_HYPHENS:
        return "-"
    if code in _LIGATURES:
        return _LIGATURES[code]
    if code == 0xAD and not raw.FPDFText_IsHyphen(handle, index):
        return _SOFT_HYPHEN
    return chr(code)


def _is_bold(handle: Any, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    size = raw.FPDFText_GetFontInfo(handle, index, name, 128, flags)
    return bool(size and _BOLD.search(name.value.decode("utf-8", "replace"))) or (
        raw.FPDFText_GetFontWeight(handle, index) >= 600
    )


def _crossed(vertical: list[Rule], left: float, right: float, base: float) -> bool:
    if not vertical:
        return False
    at = bisect_right(vertical, left - 1, key=lambda rule: rule.at)
    while at < len(vertical) and vertical[at].at < right + 1:
        if vertical[at].start - 1 <= base <= vertical[at].end + 1:
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
            if gap < 0.75 * near and not _crossed(vertical, held.right, piece.left, piece.base):
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
        if len(piece.text) <= 3 and piece.size < 0.8 * usual:
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
        line, piece = next(beside, ([], mark))
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
        first.turn,
    )


def _drawn(page: pdfium.PdfPage) -> tuple[list[Rule], list[Rule], bool]:
    horizontal: list[Rule] = []
    vertical: list[Rule] = []
    pictures = False
    count = raw.FPDFPage_CountObjects(page.raw)
    for index in range(min(count, _MOST_OBJECTS)):
        item = raw.FPDFPage_GetObject(page.raw, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            pictures = True
        elif kind == raw.FPDF_PAGEOBJ_PATH and len(horizontal) + len(vertical) < _MOST_RULES:
            _add_path(item, horizontal, vertical)
    return sorted(horizontal, key=lambda r: r.at), sorted(vertical, key=lambda r: r.at), pictures


def _add_path(item: Any, horizontal: list[Rule], vertical: list[Rule]) -> None:
    count = raw.FPDFPath_CountSegments(item)
    if not 2 <= count <= _MOST_SEGMENTS:
        return
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    last = start = (0.0, 0.0)
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            _add_line(last, point, horizontal, vertical)
        if raw.FPDFPathSegment_GetClose(segment):
            _add_line(point, start, horizontal, vertical)
        last = point


def _add_line(a: Any, b: Any, horizontal: list[Rule], vertical: list[Rule]) -> None:
    if abs(a[1] - b[1]) < 1 and abs(a[0] - b[0]) >= _LEAST_RULE:
        horizontal.append(Rule(-(a[1] + b[1]) / 2, min(a[0], b[0]), max(a[0], b[0])))
    elif abs(a[0] - b[0]) < 1 and abs(a[1] - b[1]) >= _LEAST_RULE:
        vertical.append(Rule((a[0] + b[0]) / 2, -max(a[1], b[1]), -min(a[1], b[1])))
