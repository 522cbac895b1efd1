"""JSON lines, and JSON documents that hold a list of records, read as a stream."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from caseplane.insights.datasets.reading.errors import FileUnreadableError
from caseplane.insights.datasets.reading.rows import Row, Rows
from caseplane.insights.datasets.reading.separated import charset_of
from caseplane.text.charsets import clean

_CHUNK = 256 * 1024
_LONGEST = 8 * 1024 * 1024
_LIST = re.compile(r"\"(?:tickets|results?|records|issues|items|data|rows)\"\s*:\s*\[")
"""What Zendesk, ServiceNow, Jira and others call the list of records in an answer of their API."""
_BETWEEN = " \t\r\n,"


def read_lines(path: Path) -> Rows:
    """A record in each line."""
    with path.open(encoding=charset_of(path), errors="replace") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                yield Row(number, {}, "is not JSON")
                continue
            yield _record(number, found)


def read_document(path: Path) -> Rows:
    """The records of a list, or of the list in an object; `line` counts lines where they begin.

    Raises:
        FileUnreadableError: it holds no list of records, or is damaged before the first.
    """
    with path.open(encoding=charset_of(path), errors="replace") as file:
        text = _Text(file)
        text.find_list()
        while (found := text.record()) is not None:
            yield _record(*found)


class _Text:
    """The part of the document that has been read and not used."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._rest, self._line = file, "", 1
        self._decoder = json.JSONDecoder()

    def find_list(self) -> None:
        self._more()
        self._rest = self._rest.removeprefix("\ufeff")
        stripped = self._rest.lstrip()
        start = None
        if stripped.startswith("["):
            start = self._rest.index("[") + 1
        elif found := _LIST.search(self._rest):
            start = found.end()
        if start is None:
            raise FileUnreadableError(
                "The JSON holds no list of records. Send a list of objects, an object with a list `tickets`,"
                " `result`, `issues`, `records`, `items`, `data` or `rows`, or JSON lines."
            )
        self._use(start)

    def record(self) -> tuple[int, Any] | None:
        """The next record and its line; None at the end of the list."""
        while True:
            self._use(len(self._rest) - len(self._rest.lstrip(_BETWEEN)))
            if self._rest.startswith("]"):
                return None
            try:
                found, end = self._decoder.raw_decode(self._rest)
            except (ValueError, RecursionError) as exc:
                if len(self._rest) > _LONGEST or not self._more():
                    raise FileUnreadableError(
                        f"The JSON breaks off or is damaged near line {self._line}."
                    ) from exc
                continue
            if end == len(self._rest) and self._more():  # a number may go on
                continue
            line = self._line
            self._use(end)
            return line, found

    def _more(self) -> bool:
        chunk = self._file.read(max(_CHUNK, len(self._rest)))
        self._rest += chunk
        return bool(chunk)

    def _use(self, end: int) -> None:
        self._line += self._rest.count("\n", 0, end)
        self._rest = self._rest[end:]


def _record(line: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(line, {}, "is not an object with the ticket's fields")
    return Row(line, dict(_flat(value, "")))


def _flat(value: dict[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        path = f"{above}.{name}" if above else str(name)
        if isinstance(each, dict):
            yield from _flat(each, path)
        elif isinstance(each, list):
            plain = [str(one) for one in each if isinstance(one, str | int | float)]
            if plain:
                yield path, clean(", ".join(plain))
        elif each is not None and str(each).strip():
            yield path, clean(str(each).lower() if isinstance(each, bool) else str(each))
