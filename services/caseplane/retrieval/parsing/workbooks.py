"""What the streaming reader of workbooks leaves out of a sheet: merged cells, what is hidden, formulas without a value."""

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from lxml import etree
from openpyxl.utils.cell import range_boundaries

_MOST_REPEATS = 10_000
"""Cells that merged ranges of a sheet may fill; past it they are left as they are."""


@dataclass
class Layout:
    """How a sheet shows its cells; rows and columns count from 1."""

    hidden_rows: set[int] = field(default_factory=set)
    folded_rows: set[int] = field(default_factory=set)
    """Hidden by a filter or a folded group: a reader gets them by a click."""
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First column, first row, last column, last row."""
    unsaved: list[str] = field(default_factory=list)
    """Cells whose formula has no stored value."""

    def left_out(self, row: int) -> bool:
        return row in self.hidden_rows and row not in self.folded_rows

    def repeats(self) -> dict[tuple[int, int], tuple[int, int, bool]]:
        """For each cell that a merged range covers: the row and column it repeats, and whether it lies across."""
        found: dict[tuple[int, int], tuple[int, int, bool]] = {}
        for left, top, right, bottom in self.merged:
            if len(found) + (right - left + 1) * (bottom - top + 1) > _MOST_REPEATS:
                continue
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    if (row, column) != (top, left):
                        found[row, column] = (top, left, column > left)
        return found


def read_layouts(data: bytes) -> dict[str, Layout]:
    """The layout of each sheet, by the sheet's name."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        names = set(package.namelist())
        return {title: _layout(package, part) for title, part in _sheets(package) if part in names}


def _sheets(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    book = _parsed(package.read("xl/workbook.xml"))
    links = _parsed(package.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for sheet in book.iter("{*}sheet"):
        link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        target = targets.get(link)
        if target:
            yield str(sheet.get("name")), posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _parsed(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _layout(package: zipfile.ZipFile, part: str) -> Layout:
    layout = Layout()
    filtered: list[tuple[int, int]] = []
    hidden: dict[int, bool] = {}
    with package.open(part) as stream:
        tags = [f"{{*}}{name}" for name in ("col", "c", "row", "mergeCell", "autoFilter")]
        for _, element in etree.iterparse(stream, tag=tags, resolve_entities=False, huge_tree=True):
            match etree.QName(element).localname:
                case "c":
                    _note_formula(layout, element)
                    continue  # its row clears it
                case "row":
                    if element.get("hidden") in ("1", "true") and element.get("r"):
                        hidden[int(element.get("r"))] = element.get("outlineLevel", "0") != "0"
                case "col":
                    if element.get("hidden") in ("1", "true"):
                        # Half of a sheet is hidden by one such element; only what may hold cells counts.
                        last = min(int(element.get("max")), 16_384)
                        layout.hidden_columns.update(range(int(element.get("min")), last + 1))
                case "mergeCell":
                    layout.merged.append(range_boundaries(element.get("ref")))
                case "autoFilter":
                    bounds = range_boundaries(element.get("ref"))
                    if len(element):
                        filtered.append((bounds[1], bounds[3]))
            element.clear()
    layout.hidden_rows = set(hidden)
    layout.folded_rows = {
        row for row, grouped in hidden.items() if grouped or any(top < row <= end for top, end in filtered)
    }
    return layout


def _note_formula(layout: Layout, cell: Any) -> None:
    formula = cell.find("{*}f")
    value = cell.find("{*}v")
    if formula is not None and (value is None or value.text is None) and cell.find("{*}is") is None:
        if cell.get("t") == "str" and value is not None:
            return  # an empty text is a value
        layout.unsaved.append(str(cell.get("r", "")))
