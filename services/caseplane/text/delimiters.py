"""What separates the values of a line, in files that programs write."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

NOTHING = "\x1f"
"""Separates nothing: every line is one value."""
_SAMPLE_CHARS = 64 * 1024
_SAMPLE_ROWS = 200
_DELIMITERS = ",;\t|"
_SEP = re.compile(r"\"?sep=(.)\"?[ \t]*\r?\n", re.IGNORECASE)


def find_delimiter(text: str, name: str) -> tuple[str, int]:
    """What separates the values, and how many characters the line takes that says so.

    Args:
        text: the beginning of the file, or all of it.
        name: of the file.
    """
    said = _SEP.match(text)
    if said:
        return said[1], said.end()
    if name.lower().endswith(".tsv"):
        return "\t", 0
    fits = {each: _fit(text, each) for each in _DELIMITERS}
    best = max(fits, key=lambda each: fits[each])
    return (best if fits[best] else NOTHING), 0


def rows_of(lines: Iterable[str], delimiter: str, *, quoting: bool = True) -> Any:
    """A reader of lines that keep their ends."""
    if not quoting:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def _fit(text: str, delimiter: str) -> float:
    """How well a delimiter explains the first rows: the same number of fields in most of them, and no word alone."""
    counts = [len(row) for row in _sample(text, delimiter) if row]
    if not counts:
        return 0.0
    fields, rows = Counter(counts).most_common(1)[0]
    share = rows / len(counts)
    return share * (1 + min(fields, 12) / 12) if fields > 1 and share >= 0.5 else 0.0


def _sample(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from islice(rows_of(io.StringIO(text[:_SAMPLE_CHARS], newline=""), delimiter), _SAMPLE_ROWS)
    except csv.Error:
        return
