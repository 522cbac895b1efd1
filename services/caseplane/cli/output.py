"""Output of commands: tables for people, JSON for programs, progress on a terminal."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.text import Text

from caseplane.cli.cells import cell
from caseplane.cli.tables import lines_of

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_rows(
    rows: Sequence[dict[str, Any]], columns: Iterable[str], *, as_json: bool, empty: str = "Nothing there."
) -> None:
    """Rows as a table of some columns, or complete as JSON."""
    if as_json:
        show_json(list(rows))
        return
    if not rows:
        out.print(empty)
        return
    for line, bold in lines_of(rows, list(columns), width=out.width):
        say(line, style="bold" if bold else None)


def show_fields(row: dict[str, Any], *, as_json: bool, names: Iterable[str] | None = None) -> None:
    """One object, a line per member."""
    if as_json:
        show_json(row)
        return
    shown = [(n, row[n]) for n in (names or row) if row.get(n) not in (None, "", [], {})]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        say(f"{name.replace('_', ' '):<{width}}  {cell(value)}")


def say(text: str = "", *, style: str | None = None) -> None:
    """Print a line without interpreting markup."""
    out.print(Text(text, style=style or ""))


def note(text: str) -> None:
    """Print a line on standard error, apart from the command's output."""
    err.print(Text(text))


class Meter:
    """Progress on a terminal, with things per second and the time left; silent in a pipe.

    It writes to standard error, so that standard output can be redirected.

    Args:
        what: the activity.
        unit: of the count.
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
        if what is not None and what != self._what:  # a new activity starts with a new rate
            self._what, self._phase_began = what, time.perf_counter()
            self._progress.reset(self._task, total=total, description=what, rate="")
        seconds = time.perf_counter() - self._phase_began
        rate = f"{done / seconds:.1f} {self._unit}/s" if done and seconds > 0 else ""
        self._progress.update(self._task, completed=done, total=total, rate=rate)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        self._progress.stop()
        yield
        self._progress.start()

    def phase(self, what: str, done: int, total: int) -> None:
        """Progress of work with several parts of different length."""
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
