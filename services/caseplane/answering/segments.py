"""Splits evidence into units that may be quoted: sentences, list items, code blocks, table rows.

The extractive answerer quotes only these units, verbatim. So a unit has an exact span and never divides
a structure that a reader needs complete: a code block, a list item with its continuation lines, or a
table row is one unit. Nothing is normalised here; `text[start:end]` is the unit. The splitter works on
Markdown and on plain prose (which is Markdown without any marks).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class UnitKind(StrEnum):
    """The kind of a unit."""

    sentence = "sentence"
    list_item = "list_item"
    code = "code"
    table_row = "table_row"
    heading = "heading"


@dataclass(frozen=True, slots=True)
class Unit:
    """One quotable span of a text: `text[start:end]`, never empty, no space at either end.

    Attributes:
        start: first character, counted in code points from the beginning of the text.
        end: one past the last character.
        kind: what the span is.
        block: number of the block it belongs to; sentences of a paragraph and rows of a table share
            one.
    """

    start: int
    end: int
    kind: UnitKind
    block: int


_FENCE = re.compile(r"[ \t>]*(```+|~~~+)")
_HEADING = re.compile(r"[ ]{0,3}#{1,6}(?:[ \t]|$)")
_ITEM = re.compile(r"[ \t>]*(?:[-*+•‣◦]|\(?\d{1,3}[.)]|[a-zA-Z][)])[ \t]+\S")
_OPTION = re.compile(r"[ \t]*(?:-\w,[ \t]+)?--\w")
_TABLE = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_STORED_ROW = re.compile(r"[^`\n]*\S \| \S")
"""A row as it is stored: cells between bars, with their columns' names."""
_TABLE_RULE = re.compile(r"[ \t]*\|?[ \t:|-]*-[ \t:|-]*\|[ \t:|-]*$")
# Marks of boxes and tabs, which have no content.
_MARKUP = re.compile(
    r"[ \t]*(?:!!!.*|\?\?\?.*|===.*|:::.*|\{\{.*\}\}|-{3,}|\*{3,}|={3,}"
    r"|<!--.*-->|</?[A-Za-z][^>]*>)[ \t]*$"
)

_QUOTE_LEAD = re.compile(r"(?:\s|>(?=[\s\[>]))*(?:\[![A-Za-z]+\](?:\s|>(?=\s))*)?")
_QUOTE_TAIL = re.compile(r"(?:\s|(?<=\n)[ \t]*>(?=\s|$))+\Z")

_CLOSERS = "\"'”’»)]}*_`"  # noqa: RUF001
_WIDE_END = "。！？｡।۔؟"  # noqa: RUF001
_WIDE_CLOSERS = "」』）】》〉”’\"'"  # noqa: RUF001
# A full stop after one of these ends no sentence. Lower case, without the stop.
_ABBREVIATED = """
    mr mrs ms dr prof rev hon st sen rep gov gen col lt capt sgt maj cmdr adm pres jr sr messrs
    e.g i.e cf al viz vs ca approx est resp incl excl
    no nos vol vols pp pg ed eds fig figs eq eqs sec ch art para app
    jan feb mar apr jun jul aug sept sep oct nov dec mon tue wed thu fri
    inc ltd corp co bros dept univ assn ave blvd rd mt ft
    bzw z.b d.h u.a usw nr str bspw ggf p.ej sra av m mme mlle
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_SENTENCE_END = re.compile(
    rf"[.!?…]+[{re.escape(_CLOSERS)}]*(?:\[\d+\])*(?=\s)|[{_WIDE_END}]+[{_WIDE_CLOSERS}]*"
)
_LAST_WORD = re.compile(r"[^\s(\[{\"'“‘«]+\Z")  # noqa: RUF001


def split_units(text: str) -> list[Unit]:
    """Split a text into its quotable units, in order and without overlap.

    Args:
        text: Markdown or plain text of one chunk. A chunk may begin or
            end in the middle of a block.

    Returns:
        The units; white space and pure markup (rules, box openers) are in none.
    """
    return [
        unit
        for number, (start, end, kind) in enumerate(_blocks(text))
        for unit in _units_of_block(text, start, end, kind, number)
    ]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while position < len(text):
        newline = text.find("\n", position)
        end = len(text) if newline < 0 else newline
        yield position, end
        position = end + 1


def _line_kind(line: str) -> UnitKind | None:
    """The kind of block that a line opens; None if it is blank or only markup."""
    if not line.strip() or _MARKUP.match(line):
        return None
    if _HEADING.match(line):
        return UnitKind.heading
    if _TABLE.match(line):
        return UnitKind.table_row
    if _OPTION.match(line):  # in a command's help, if a chunk begins inside it
        return UnitKind.code
    if _ITEM.match(line):
        return UnitKind.list_item
    return UnitKind.table_row if _STORED_ROW.match(line) else UnitKind.sentence


def _blocks(text: str) -> Iterator[tuple[int, int, UnitKind]]:
    """Spans of whole lines with their kind: list item, run of table rows, code, paragraph."""
    lines = list(_lines(text))
    index = 0
    cut = _end_of_cut_code(text, lines)
    if cut is not None:
        if cut:
            yield 0, lines[cut - 1][1], UnitKind.code
        index = cut + 1
    while index < len(lines):
        start, end = lines[index]
        line = text[start:end]
        fence = _FENCE.match(line)
        if fence:
            last = _fence_end(text, lines, index, fence.group(1))
            yield start, lines[last][1], UnitKind.code
            index = last + 1
            continue
        kind = _line_kind(line)
        index += 1
        if kind is None:
            continue
        while index < len(lines) and _continues(kind, text[slice(*lines[index])]):
            end = lines[index][1]
            index += 1
        if kind is UnitKind.code and index < len(lines) and _FENCE.match(text[slice(*lines[index])]):
            index += 1  # the fence ends the help, and opens nothing
        yield start, end, kind


def _end_of_cut_code(text: str, lines: list[tuple[int, int]]) -> int | None:
    """Line of the fence that closes the code in which a chunk begins; None if it begins in none.

    An opening fence names its language or has code on the next line, and has a closing fence.
    """
    fences = [number for number, line in enumerate(lines) if _FENCE.match(text[slice(*line)])]
    if len(fences) % 2 == 0:
        return None
    first = fences[0]
    bare = not text[slice(*lines[first])].strip("`~> \t")
    after = text[slice(*lines[first + 1])] if first + 1 < len(lines) else ""
    return first if bare and not after.strip() else None


def _fence_end(text: str, lines: list[tuple[int, int]], opening: int, mark: str) -> int:
    for index in range(opening + 1, len(lines)):
        found = _FENCE.match(text[slice(*lines[index])])
        if found and found.group(1).startswith(mark):
            return index
    return len(lines) - 1  # truncated by the end of the chunk


def _continues(kind: UnitKind, line: str) -> bool:
    """Whether a line belongs to the block of the line before it."""
    following = _line_kind(line)
    if following is None or kind is UnitKind.heading or _FENCE.match(line):
        return False
    if kind is UnitKind.list_item:  # a wrapped item; the next item is another unit
        return following is UnitKind.sentence
    return following is kind


def is_question(text: str) -> bool:
    """Whether a unit is a question. As in an FAQ, it is a heading of the next unit rather than an answer."""
    return text.rstrip("*_ \"'”»").endswith(("?", "？", "؟"))  # noqa: RUF001


def lists_options(code: str) -> bool:
    """Whether a code block is a command's help, which lists options but is not a command."""
    lines = [line for line in code.splitlines() if line.strip() and not _FENCE.match(line)]
    return bool(lines) and 2 * sum(bool(_OPTION.match(line)) for line in lines) > len(lines)


def _units_of_block(text: str, start: int, end: int, kind: UnitKind, number: int) -> Iterator[Unit]:
    if kind is UnitKind.sentence:
        spans = _sentences(text, start, end)
    elif kind is UnitKind.table_row:
        inside = text[start:end]
        spans = ((start + a, start + b) for a, b in _lines(inside) if not _TABLE_RULE.match(inside[a:b]))
    else:
        spans = iter([(start, end)])
    for a, b in spans:
        trimmed = _trim(text, a, b)
        if trimmed is not None:
            yield Unit(*trimmed, kind, number)


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Remove white space at both ends, and the marks of a Markdown quotation or alert box."""
    left = _QUOTE_LEAD.match(text, start, end)
    right = _QUOTE_TAIL.search(text, start, end)
    begin = left.end() if left else start
    stop = right.start() if right else end
    return (begin, stop) if begin < stop else None


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for found in _SENTENCE_END.finditer(text, start, end):
        if found.end() < end and _ends_sentence(text, begin, found):
            yield begin, found.end()
            begin = found.end()
    yield begin, end


def _ends_sentence(text: str, begin: int, mark: re.Match[str]) -> bool:
    if mark.group()[0] in _WIDE_END or mark.group()[0] in "!?":
        return True
    following = text[mark.end() :].lstrip()[:1]
    if following.islower():
        return False
    if not mark.group().startswith(".") or mark.group().startswith(".."):
        return True
    word = _LAST_WORD.search(text[begin : mark.start()])
    return word is None or not _is_abbreviation(word.group(), following)


def _is_abbreviation(word: str, following: str) -> bool:
    """Whether the full stop after `word` belongs to it: `Dr.`, `J. Smith`, `U.S. Navy`."""
    lowered = word.lower().strip("*_`")
    if lowered in _ABBREVIATIONS:
        # "No." and months are abbreviations before a number or a name, and ordinary words otherwise.
        return following.isalnum() or following in "(§"
    if len(word) == 1 and word.isalpha():
        return word.isupper() and word != "I"
    return bool(re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word))
