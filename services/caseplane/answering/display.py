"""Writes quoted passages as Markdown that a customer can use.

A quote is `document_text[start:end]` and stays so in its citation. What is shown is the quote with what the document
says of its words beside them: its links, absolute, and its stress; a list keeps its levels, rows of a table stand
under their columns. Nothing is shown that could load, run or lead anywhere but to the web (`text.markdown`).
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from caseplane.answering.models import Evidence, Mark
from caseplane.answering.segments import Unit, UnitKind
from caseplane.text.markdown import escaped, link, safe, web_address

_STRESS = {"strong": "**", "emphasis": "*"}
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_CELL = re.compile(r"(?P<name>[^:|]{1,80}): (?P<value>\S.*)")
_PAGES = (".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc")
"""Of files that are shown under another name, so that a link to the file itself leads nowhere."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A unit to quote, the rank of its chunk, and the text between it and the previous one.

    Attributes:
        label: what the passage holds for, such as a version; said before it where several are told apart.
    """

    rank: int
    unit: Unit
    glue: str
    label: str = ""


def render(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> str:
    """The passages as safe Markdown."""
    content = ""
    for group in _grouped(passages):
        first = group[0]
        chunk = evidence[first.rank]
        if first.unit.kind is UnitKind.table_row:
            shown = _table(chunk, [passage.unit for passage in group])
        else:
            shown = _unit(chunk, first.unit, outermost=_outermost(passages, first.rank, evidence))
        if first.label:
            apart = (
                "\n\n" if first.unit.kind in (UnitKind.code, UnitKind.list_item, UnitKind.table_row) else " "
            )
            shown = f"{escaped(first.label)}:{apart}{shown}"
        content += (first.glue if content else "") + shown
    return safe(content)


def _grouped(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    """Rows of one table together, everything else by itself."""
    group: list[Passage] = []
    for passage in passages:
        same = group and passage.unit.kind is UnitKind.table_row and not passage.label
        if same and (group[-1].rank, group[-1].unit.block) == (passage.rank, passage.unit.block):
            group.append(passage)
            continue
        if group:
            yield group
        group = [passage]
    if group:
        yield group


def _outermost(passages: Sequence[Passage], rank: int, evidence: Sequence[Evidence]) -> int:
    """The lowest level of the items that are quoted of a chunk: a list may begin below its first level."""
    items = (p.unit for p in passages if p.rank == rank and p.unit.kind is UnitKind.list_item)
    return min((_level(evidence[rank], unit) for unit in items), default=0)


def _level(chunk: Evidence, unit: Unit) -> int:
    before = chunk.text[chunk.text.rfind("\n", 0, unit.start) + 1 : unit.start]
    return (len(before) - len(before.lstrip(" "))) // 2


def _unit(chunk: Evidence, unit: Unit, *, outermost: int) -> str:
    text = chunk.text[unit.start : unit.end]
    if unit.kind is UnitKind.code:
        return _code(text)
    shown = decorated(chunk, unit.start, unit.end)
    if unit.kind is not UnitKind.list_item:
        return shown
    # Stored lists go in by two; under a number Markdown wants three.
    indent = "   " * (_level(chunk, unit) - outermost)
    return indent + re.sub(r"\n[ ]*", f"\n{indent}   ", shown)


def _code(text: str) -> str:
    """A block of code between fences, also where a chunk cut them off."""
    fence = _FENCE.match(text)
    if fence is None:
        inner = re.sub(r"\n[ \t]*(?:`{3,}|~{3,})[ \t]*$", "", text)
        return f"```\n{inner}\n```"
    closed = text.rstrip().endswith(fence[1]) and "\n" in text.rstrip()
    return text if closed else f"{text}\n{fence[1]}"


def decorated(chunk: Evidence, start: int, end: int) -> str:
    """`chunk.text[start:end]` as Markdown, with its links and stress."""
    marks = [
        mark._replace(start=max(mark.start, start), end=min(mark.end, end))
        for mark in chunk.marks
        if mark.start < end and mark.end > start and (mark.kind == "link" or mark.kind in _STRESS)
    ]
    return _written(chunk, start, end, sorted(marks, key=lambda mark: (mark.start, -mark.end)))


def _written(chunk: Evidence, start: int, end: int, marks: Sequence[Mark]) -> str:
    shown, position = "", start
    for number, mark in enumerate(marks):
        if mark.start < position or mark.end > end:
            continue  # within the one before, which has written it
        inside = [m for m in marks[number + 1 :] if mark.start <= m.start and m.end <= mark.end]
        shown += escaped(chunk.text[position : mark.start])
        written = _with(mark, _written(chunk, mark.start, mark.end, inside), chunk)
        if shown.endswith("!") and written.startswith("["):
            shown = f"{shown[:-1]}\\!"  # else the link becomes a picture
        shown += written
        position = mark.end
    return shown + escaped(chunk.text[position:end])


def _with(mark: Mark, words: str, chunk: Evidence) -> str:
    if mark.kind == "link":
        address = target(chunk, mark.value)
        if address is None:
            return words
        words = re.sub(r"(?<!\\)([\[\]])", r"\\\1", words.replace("\n", " "))
        return f"<{address}>" if words == address else link(words, address)
    around = chunk.text[mark.start - 1 : mark.start] + chunk.text[mark.end : mark.end + 1]
    if any(c.isalnum() for c in around) or words.startswith("*") or words.endswith("*"):
        return words  # Markdown reads no stress within a word
    return f"{_STRESS[mark.kind]}{words}{_STRESS[mark.kind]}"


def target(chunk: Evidence, address: str) -> str | None:
    """Where a link of a chunk leads; None if nowhere on the web."""
    path, _, fragment = address.partition("#")
    if path.lower().endswith(_PAGES) and not urlsplit(address).scheme:
        shown = _shown_as(chunk, path)
        if shown is not None:
            return web_address(shown + (f"#{fragment}" if fragment else ""), "")
    return web_address(address, chunk.uri)


def _shown_as(chunk: Evidence, path: str) -> str | None:
    """The address of a document that is linked to by its file, from how this document's file is shown."""
    own, ending = posixpath.splitext(chunk.path)
    site, found, rest = chunk.uri.rpartition(own) if own else ("", "", "")
    if not found or urlsplit(chunk.uri).scheme not in ("http", "https") or rest == ending:
        return None
    folder = "" if path.startswith("/") else posixpath.dirname(own)
    other = posixpath.splitext(posixpath.normpath(posixpath.join(folder, path.lstrip("/"))))[0]
    return None if other.startswith("..") else f"{site}{other}{rest}"


def _table(chunk: Evidence, rows: Sequence[Unit]) -> str:
    """Rows under their columns: as the document has them, or from rows that name each value."""
    lines = [decorated(chunk, unit.start, unit.end) for unit in rows]
    if lines[0].lstrip().startswith("|"):
        columns = max(lines[0].count("|") - 1, 1)
        return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])
    cells = [[_CELL.fullmatch(cell) for cell in line.split(" | ")] for line in lines]
    if not all(cell for row in cells for cell in row):
        return "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0]
    named = [{cell["name"]: cell["value"] for cell in row if cell} for row in cells]
    names = list(dict.fromkeys(name for row in named for name in row))
    head = [_row(names), "|" + " --- |" * len(names)]
    return "\n".join([*head, *(_row([row.get(name, "") for name in names]) for row in named)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |"
