"""A file as a table: names of columns, then rows with the line at which each begins."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from caseplane.insights.datasets.reading.errors import FileUnreadableError

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


class FileFormat(StrEnum):
    csv = "csv"
    xlsx = "xlsx"
    json = "json"
    jsonl = "jsonl"


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a row by column, empty ones left out; or why it cannot be read."""

    line: int
    values: dict[str, str]
    problem: str = ""


Rows = Iterator[Row]


def format_of(path: Path) -> FileFormat:
    """The format, by content and not by name.

    Raises:
        FileUnreadableError: of none that is read here.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise FileUnreadableError("The file is empty.")
    if head.startswith(_OLD_OFFICE):
        raise FileUnreadableError(
            "This is an old or encrypted Excel file. Save it as XLSX without a password, or as CSV."
        )
    if head.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            raise FileUnreadableError("The file is a damaged archive or workbook.")
        return FileFormat.xlsx
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        first = text.split(b"\n", 1)[0].rstrip()
        return FileFormat.jsonl if first.endswith(b"}") and _is_object(first) else FileFormat.json
    return FileFormat.json if text.startswith(b"[") and text[1:].lstrip()[:1] in b"{]" else FileFormat.csv


def _is_object(line: bytes) -> bool:
    """Whether a line closes what it opens, and so is one record and not the start of a document."""
    import json

    try:
        found = json.loads(line)
    except ValueError:
        return False
    return not any(isinstance(each, list) and each and isinstance(each[0], dict) for each in found.values())


def distinct(names: Sequence[str]) -> list[str]:
    """Names of columns, of which some may be missing or come twice."""
    seen: dict[str, int] = {}
    found = []
    for place, name in enumerate(names, 1):
        plain = " ".join(name.split())[:200] or f"column {place}"
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return found


def under_header(lines: Iterable[tuple[int, list[str]]]) -> Rows:
    """Rows under the first line that names several columns; titles above it are left out."""
    names: list[str] = []
    known: list[str] = []
    begun = False
    for line, values in lines:
        filled = sum(bool(value.strip()) for value in values)
        if not filled:
            continue
        if len([name for name in names if name]) < 2 and filled > 1 and not begun:
            names = list(values)  # what stood above was a title, or nothing did
        elif not names:
            names = list(values)
        else:
            if not begun:
                begun, known = True, distinct(names)
            yield row_of(line, known, values)


def row_of(line: int, names: Sequence[str], values: Sequence[str]) -> Row:
    extra = [value for value in values[len(names) :] if value.strip()]
    if extra:
        return Row(line, {}, f"has {len(values)} values; the header has {len(names)} columns")
    found = {name: value for name, value in zip(names, values, strict=False) if value.strip()}
    return Row(line, found)
