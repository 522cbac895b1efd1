"""What is drawn on a page of a PDF around its text: straight lines, and boxes."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_MOST_OBJECTS = 50_000
_MOST_RULES = 8_000
_MOST_BOXES = 1_000
_MOST_SEGMENTS = 400
"""Of a path that is looked at: tables are drawn with few, pictures with many."""
_MOST_OF_BOX = 24
"""Segments of a box with rounded corners."""
_LEAST_RULE = 6.0
_LEAST_BOX = 9.0
_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line: `at` is its constant coordinate, from `start` to `end` along the other; y counts downwards."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn rectangle, or an area with a colour of its own; y counts downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def holds(self, other: Any, slack: float = 2.0) -> bool:
        """Whether something with the same four sides lies inside."""
        return bool(
            self.left - slack <= other.left
            and other.right <= self.right + slack
            and self.top - slack <= (other.top + other.bottom) / 2 <= self.bottom + slack
        )


@dataclass
class Drawn:
    """What is drawn on a page."""

    horizontal: list[Rule]
    vertical: list[Rule]
    boxes: list[Box]


def read_drawn(page: pdfium.PdfPage) -> Drawn:
    """The straight lines and the boxes of a page, in points."""
    drawn = Drawn([], [], [])
    count = raw.FPDFPage_CountObjects(page.raw)
    for index in range(min(count, _MOST_OBJECTS)):
        item = raw.FPDFPage_GetObject(page.raw, index)
        few = len(drawn.horizontal) + len(drawn.vertical) < _MOST_RULES
        if few and raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_PATH:
            _add_path(item, drawn)
    drawn.horizontal.sort(key=lambda r: r.at)
    drawn.vertical.sort(key=lambda r: r.at)
    return drawn


def _add_path(item: Any, drawn: Drawn) -> None:
    count = raw.FPDFPath_CountSegments(item)
    if not 2 <= count <= _MOST_SEGMENTS:
        return
    points = _follow(item, count, drawn)
    if 4 <= count <= _MOST_OF_BOX and len(drawn.boxes) < _MOST_BOXES:
        box = _box(points)
        if box:
            drawn.boxes.append(box)


def _follow(item: Any, count: int, drawn: Drawn) -> list[_Point]:
    """The points of a path; its straight parts are added to what is drawn."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    last = start = (0.0, 0.0)
    points: list[_Point] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        points.append(point)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            _add_line(last, point, drawn)
        if raw.FPDFPathSegment_GetClose(segment):
            _add_line(point, start, drawn)
        last = point
    return points


def _add_line(a: _Point, b: _Point, drawn: Drawn) -> None:
    if abs(a[1] - b[1]) < 1 and abs(a[0] - b[0]) >= _LEAST_RULE:
        drawn.horizontal.append(Rule(-(a[1] + b[1]) / 2, min(a[0], b[0]), max(a[0], b[0])))
    elif abs(a[0] - b[0]) < 1 and abs(a[1] - b[1]) >= _LEAST_RULE:
        drawn.vertical.append(Rule((a[0] + b[0]) / 2, -max(a[1], b[1]), -min(a[1], b[1])))


def _box(points: Sequence[_Point]) -> Box | None:
    """The box that a path encloses, whose points all lie on its four sides; corners may be round."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    if right - left < 2 * _LEAST_BOX or high - low < _LEAST_BOX:
        return None
    on_sides = all(min(abs(x - left), abs(x - right), abs(y - low), abs(y - high)) < 1.5 for x, y in points)
    return Box(left, -high, right, -low) if on_sides else None
