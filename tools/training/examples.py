"""Labelled questions: each with passages, some of which answer it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

Span = tuple[int, int]


@dataclass(frozen=True)
class Passage:
    """A text that may answer.

    Attributes:
        heading: its title and headings, outermost first, joined by " > ".
        answers: whether it answers the question.
        gold: characters that hold the answer, `(start, end)`; None if it is not known which do.
    """

    heading: str
    text: str
    answers: bool
    gold: tuple[Span, ...] | None = None


@dataclass(frozen=True)
class Labelled:
    """A question with passages; `group` (an article, a document) never lies on both sides of a split."""

    source: str
    group: str
    question: str
    passages: tuple[Passage, ...] = field(repr=False)

    def with_passages(self, more: Iterable[Passage]) -> "Labelled":
        return replace(self, passages=(*self.passages, *more))


def write(path: Path, labelled: Iterable[Labelled]) -> int:
    """One JSON object a line; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for each in labelled:
            file.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")
            count += 1
    return count


def read(path: Path) -> Iterator[Labelled]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            passages = tuple(
                Passage(p["heading"], p["text"], p["answers"], _spans(p["gold"])) for p in row.pop("passages")
            )
            yield Labelled(**row, passages=passages)


def _spans(rows: list[list[int]] | None) -> tuple[Span, ...] | None:
    return None if rows is None else tuple((a, b) for a, b in rows)
