"""CSV and its kin, read as a stream."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from caseplane.insights.datasets.reading.errors import FileUnreadableError
from caseplane.insights.datasets.reading.rows import Row, Rows, under_header
from caseplane.text.charsets import NotTextError, UnknownCharsetError, clean, decode
from caseplane.text.delimiters import find_delimiter, rows_of

_CHUNK = 1024 * 1024
_AROUND = 128 * 1024
_LONGEST_VALUE = 1024 * 1024
_RUNAWAY = 200
"""Lines in one value from which a quotation mark was opened and never closed."""
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def read_separated(path: Path, *, name: str) -> Rows:
    """Rows of a file with a header, whatever its delimiter and charset."""
    charset = charset_of(path)
    with path.open(encoding=charset, errors="replace", newline="") as file:
        delimiter, said = find_delimiter(file.read(64 * 1024).removeprefix("\ufeff"), name)
    csv.field_size_limit(_LONGEST_VALUE)
    yield from under_header_or_problem(path, charset, delimiter, skip=1 if said else 0)


def under_header_or_problem(path: Path, charset: str, delimiter: str, *, skip: int) -> Rows:
    """The rows, and those that no reader understands, in the order of the file."""
    problems: list[Row] = []
    for row in under_header(_lines(path, charset, delimiter, skip, problems)):
        yield from problems
        problems.clear()
        yield row
    yield from problems


def _lines(
    path: Path, charset: str, delimiter: str, skip: int, problems: list[Row]
) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=charset, errors="replace", newline="") as file:
        for _ in range(skip):
            file.readline()
        reader = rows_of((clean(line) for line in _unmarked(file)), delimiter)
        begin = skip + 1
        while True:
            try:
                values = next(reader, None)
            except csv.Error as exc:
                problems.append(Row(begin, {}, f"cannot be read: {exc}; is a quotation mark not closed?"))
                begin = skip + reader.line_num + 1
                continue
            if values is None:
                return
            if any(value.count("\n") > _RUNAWAY for value in values):
                problems.append(
                    Row(begin, {}, f"a quotation mark is opened and not closed before line {reader.line_num}")
                )
            else:
                yield begin, values
            begin = skip + reader.line_num + 1


def _unmarked(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.removeprefix("\ufeff") if number == 0 else line


def charset_of(path: Path) -> str:
    """The charset of a whole file; UTF-8 if all of it is.

    Raises:
        FileUnreadableError: it is no text.
    """
    with path.open("rb") as file:
        head = file.read(_AROUND)
        try:
            marked = decode(head[: len(head) // 4 * 4])[1]
        except (NotTextError, UnknownCharsetError) as exc:
            raise FileUnreadableError(str(exc)) from exc
        if marked in _WIDE:
            return marked
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return _guess(path, file.tell() - len(chunk))
    return "utf-8-sig"


def _guess(path: Path, at: int) -> str:
    """The charset by what stands where the file is not UTF-8."""
    with path.open("rb") as file:
        file.seek(at)
        try:
            return decode(file.read(_CHUNK))[1]
        except (NotTextError, UnknownCharsetError) as exc:
            raise FileUnreadableError(str(exc)) from exc
