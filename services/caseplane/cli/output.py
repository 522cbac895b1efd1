"""What commands print: tables for people, JSON for programs, progress for whoever watches a terminal."""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def show_json(value: Any) -> None:
    """A value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_rows(
    rows: Sequence[dict[str, Any]], columns: Iterable[str], *, as_json: bool, empty: str = "Nothing there."
) -> None:
    """Rows as a table of some of their columns, or whole as JSON."""
    if as_json:
        show_json(list(rows))
        return
    if not rows:
        out.print(empty)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    names = list(columns)
    for name in names:
        # Ids are copied from the terminal, so they are never broken.
        header = name.removesuffix("_at").replace("_", " ").upper()
        table.add_column(header, overflow="fold", no_wrap=name.endswith("id") or name in ("status", "state"))
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    out.print(table)


def show_fields(row: dict[str, Any], *, as_json: bool, names: Iterable[str] | None = None) -> None:
    """One thing, a line per member."""
    if as_json:
        show_json(row)
        return
    shown = [(n, row[n]) for n in (names or row) if row.get(n) not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        say(f"{name.replace('_', ' '):<{width}}  {_cell(value)}")


def say(text: str = "", *, style: str | None = None) -> None:
    """A line on standard output; what looks like markup in it stays as it is."""
    out.print(Text(text, style=style or ""))


def note(text: str) -> None:
    """A line beside the output proper, on standard error."""
    err.print(Text(text))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(v, str | int) for v in value):
        return ", ".join(map(str, value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    text = str(value)
    return text[:19].replace("T", " ") if len(text) > 19 and text[4:5] == "-" and text[10:11] == "T" else text


class Meter:
    """Progress on a terminal, with things per second and the time left; silent in a pipe.

    It goes to standard error, so that the output proper may be redirected while it is watched.

    Args:
        what: is being done.
        unit: of what is counted.
    """

    def __init__(self, what: str, *, unit: str = "documents") -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._unit, self._what = unit, what
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._task = self._progress.add_task(what, total=None, rate="")
        self._began = self._phase_began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def update(self, done: int, total: int, *, what: str | None = None) -> None:
        if what is not None and what != self._what:  # its rate says nothing of what comes now
            self._what, self._phase_began = what, time.perf_counter()
            self._progress.reset(self._task, total=total, description=what, rate="")
        seconds = time.perf_counter() - self._phase_began
        rate = f"{done / seconds:.1f} {self._unit}/s" if done and seconds > 0 else ""
        self._progress.update(self._task, completed=done, total=total, rate=rate)

    def phase(self, what: str, done: int, total: int) -> None:
        """Progress of work that has several parts, each of its own length."""
        if what != self._what:
            self._unit = "documents" if what == "Indexing" else "questions"
        self.update(done, total, what=what)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        self._progress.stop()
