"""Tables of AsciiDoc with one row a line and one cell a place, which is what the converter reads rightly.

AsciiDoc lets a cell reach over columns and rows, hold lines and lists, or be given in CSV; each is written out.
"""

import csv
import io
import re
from dataclasses import dataclass

_EDGE = re.compile(r"^([|,:!])===+\s*$")
_CELL = re.compile(
    r"(?<!\\)(?:(?<=\s)|(?<=^))(\d+)?(?:\.(\d+))?([+*])?([<^>.]{0,4})([aehlmdsv])?(?<!\\)\|", re.M
)
_BARE = re.compile(r"(?<!\\)\|")
_COLUMNS = re.compile(r"\bcols=(?:\"([^\"]*)\"|'([^']*)'|([^,\]]+))")
_HEADER = re.compile(r"%header\b|\boptions=\"?[^\]]*?\bheader\b|\bopts=\"?[^\]]*?\bheader\b|\[%?header")
_FORMAT = re.compile(r"\bformat=\"?(\w+)")
_MARKER = re.compile(r"^\s*(?:[*.-]+|\d+\.)\s+")
_ATTRIBUTES = re.compile(r"^\[[^\[\]]*\]\s*$")
_IMAGE = re.compile(r"^\s*image::[^\s\[]*\[[^\]]*\]", re.M)
_MOST_COLUMNS = 64
BAR = "\ufdd3"


@dataclass(slots=True)
class _Cell:
    text: str
    columns: int = 1
    rows: int = 1


def plain_tables(lines: list[str]) -> list[str]:
    """Rewrite every table of a text."""
    done: list[str] = []
    position = 0
    while position < len(lines):
        edge = _EDGE.match(lines[position])
        end = _end(lines, position, lines[position].strip()) if edge else None
        if edge is None or end is None:
            done.append(lines[position])
            position += 1
            continue
        attributes = done.pop() if done and _ATTRIBUTES.match(done[-1]) else ""
        title = done.pop() if done and re.match(r"^\.\S", done[-1]) else ""
        if not attributes and done and _ATTRIBUTES.match(done[-1]):
            attributes = done.pop()
        done += _written(lines[position + 1 : end], attributes, title, edge[1])
        position = end + 1
    return done


def _end(lines: list[str], start: int, edge: str) -> int | None:
    return next((at for at in range(start + 1, len(lines)) if lines[at].strip() == edge), None)


def _written(body: list[str], attributes: str, title: str, kind: str) -> list[str]:
    rows = _rows(body, attributes, kind)
    if not rows:
        return []
    first = next((at for at, line in enumerate(body) if line.strip()), 0)
    apart = first == 0 and len(body) > 1 and not body[1].strip()
    header = bool(_HEADER.search(attributes)) or apart
    options = "%header," if header else ""
    return [
        *([title] if title else []),
        f'[{options}cols="{len(rows[0])}*"]',
        "|===",
        *(" ".join(f"|{cell}" for cell in row) for row in rows),
        "|===",
        "",
    ]


def _rows(body: list[str], attributes: str, kind: str) -> list[list[str]]:
    form = _FORMAT.search(attributes)
    separator = {",": ",", ":": ":"}.get(kind) or {"csv": ",", "tsv": "\t", "dsv": ":"}.get(
        form[1] if form else ""
    )
    if separator:
        read = csv.reader(io.StringIO("\n".join(body)), delimiter=separator)
        return [[cell.replace("|", BAR).strip() for cell in row] for row in read if row]
    cells, first_row = _cells(body)
    width = _width(attributes) or first_row
    return _grid(cells, min(max(width, 1), _MOST_COLUMNS))


def _width(attributes: str) -> int:
    found = _COLUMNS.search(attributes)
    if not found:
        return 0
    total = 0
    for part in re.split(r"[,;]", found[1] or found[2] or found[3]):
        times = re.match(r"\s*(\d+)\*", part)
        total += int(times[1]) if times else 1
    return total


def _cells(body: list[str]) -> tuple[list[_Cell], int]:
    """The cells in order, and how many columns the first line with any fills."""
    cells: list[_Cell] = []
    first_row = 0
    for line in body:
        marks = list(_CELL.finditer(line)) if line.lstrip().startswith("|") or _CELL.search(line) else []
        if marks and line[: marks[0].start()].strip() and cells:
            cells[-1].text += "\n" + line[: marks[0].start()]
        if not marks and cells:
            cells[-1].text += "\n" + line
        for number, mark in enumerate(marks):
            end = marks[number + 1].start() if number + 1 < len(marks) else len(line)
            cells += _of(mark, line[mark.end() : end])
        if marks and not first_row:
            first_row = sum(cell.columns for cell in cells)
    return cells, first_row


def _of(mark: re.Match[str], text: str) -> list[_Cell]:
    count, down = min(int(mark[1] or 1), _MOST_COLUMNS), min(int(mark[2] or 1), 1000)
    # Separators without a space before them, as in `|a|b`.
    texts = _BARE.split(text)
    first = [_Cell(texts[0]) for _ in range(count)] if mark[3] == "*" else [_Cell(texts[0], count, down)]
    return [*first, *(_Cell(more) for more in texts[1:])]


def _grid(cells: list[_Cell], width: int) -> list[list[str]]:
    """Rows of equal width, where a cell that reaches further is repeated."""
    rows: list[list[str]] = []
    row: list[str] = []
    below: dict[int, tuple[int, str]] = {}

    def fill() -> None:
        nonlocal row
        while len(row) in below and len(row) < width:
            left, text = below.pop(len(row))
            if left > 1:
                below[len(row)] = (left - 1, text)
            row.append(text)
        if len(row) >= width:
            rows.append(row)
            row = []

    for cell in cells:
        text = _line(cell.text)
        reach: dict[int, tuple[int, str]] = {}
        for _ in range(min(cell.columns, width - len(row))):
            if cell.rows > 1:
                reach[len(row)] = (cell.rows - 1, text)
            row.append(text)
        if len(row) >= width:
            rows.append(row)
            row = []
        below.update(reach)
        fill()
    return [*rows, [*row, *[""] * (width - len(row))]] if row else rows


def _line(text: str) -> str:
    """The words of a cell on one line; items of a list in it are set apart by semicolons.

    A bar that is a character of the text stands for itself until the converter is done, which knows no such bars.
    """
    said = ""
    for line in _IMAGE.sub("", text).replace("\\|", BAR).splitlines():
        words = re.sub(r"\s\+\s*$", "", line).strip()
        if not words or words == "+" or _ATTRIBUTES.match(words):
            continue
        item = _MARKER.match(line)
        words = line[item.end() :].strip() if item else words
        said += (("; " if item and not said.endswith(":") else " ") if said else "") + words
    return said
