"""Selects the units to quote with the best one, so that the answer is complete but not padded.

A sentence of prose may be followed by a close runner-up. In documentation a single sentence is often
useless: a lead-in needs its list, a command needs the sentence that explains it, a table row needs its
header. All of them come from the chunk of the best unit, in their order there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from caseplane.answering.candidates import Candidate, Survey, units_of
from caseplane.answering.models import Evidence
from caseplane.answering.phrasing import refers_back
from caseplane.answering.segments import Unit, UnitKind

MAX_UNITS = 8
MAX_CHARACTERS = 1600
RUNNER_UP_GAP = 0.7
"""Largest difference in score between the best and a second sentence: odds of one to two."""

_STRUCTURES = (UnitKind.list_item, UnitKind.code, UnitKind.table_row)


@dataclass(frozen=True, slots=True)
class Passage:
    """A unit to quote, the rank of its chunk, and the text between it and the previous one."""

    rank: int
    unit: Unit
    glue: str


def compose(
    scanned: Survey,
    candidates: Sequence[Candidate],
    order: NDArray[np.intp],
    scores: NDArray[np.float64],
) -> list[Passage]:
    """Select the units to quote around the best candidate.

    Args:
        scanned: the survey of the question's evidence.
        candidates: the scored candidates.
        order: their positions, best first.
        scores: their scores.

    Returns:
        At least one passage, in reading order.
    """
    best = candidates[int(order[0])]
    text = scanned.evidence[best.rank].text
    units = units_of(text)
    wanted = _block_around(text, units, best.index, how_to=scanned.question.asks_how)
    passages = _glued(best.rank, [units[index] for index in wanted])
    if len(wanted) > 1 or best.unit.kind is not UnitKind.sentence:
        return passages
    # Two solved cases with the same text are quoted once.
    at = next((int(at) for at in order[1:] if not _same(candidates[int(at)], best)), None)
    if at is None or float(scores[order[0]] - scores[at]) > RUNNER_UP_GAP:
        return passages
    second = candidates[at]
    if second.unit.kind is not UnitKind.sentence or second.shows:
        return passages
    return _with_second(passages, best, second)


def whole(evidence: Sequence[Evidence]) -> list[Passage]:
    """All units of the evidence but its headings, in its order."""
    passages: list[Passage] = []
    for rank, chunk in enumerate(evidence):
        found = _glued(rank, [unit for unit in units_of(chunk.text) if unit.kind is not UnitKind.heading])
        if passages and found:
            found[0] = replace(found[0], glue="\n\n")
        passages += found
    return passages


def _same(one: Candidate, other: Candidate) -> bool:
    return one.text.casefold() == other.text.casefold()


def _block_around(text: str, units: Sequence[Unit], chosen: int, *, how_to: bool) -> list[int]:
    """Positions of the units to quote: the chosen one, its lead-in and the units that it introduces."""
    first = _with_lead(text, units, chosen)
    last = chosen
    size = sum(_length(units[i]) for i in range(first, last + 1))
    for index in _following(units, chosen, how_to=how_to):
        size += _length(units[index])
        if index - first >= MAX_UNITS or size > MAX_CHARACTERS:
            break
        last = index
    kept = list(range(first, last + 1))
    header = _header_of(units, chosen)
    return kept if header is None or header in kept else [header, *kept]


def _length(unit: Unit) -> int:
    return unit.end - unit.start


def _with_lead(text: str, units: Sequence[Unit], chosen: int) -> int:
    """First position: the sentence that introduces a list item or code block, or that a sentence refers to."""
    kind = units[chosen].kind
    if kind is UnitKind.sentence and chosen > 0 and units[chosen - 1].kind is not UnitKind.heading:
        said = text[units[chosen].start : units[chosen].end]
        return _with_lead(text, units, chosen - 1) if refers_back(said) else chosen
    if kind not in (UnitKind.list_item, UnitKind.code):
        return chosen
    first = chosen
    if kind is UnitKind.list_item:
        while first > 0 and units[first - 1].kind is kind and chosen - first < MAX_UNITS // 2:
            first -= 1
    before = first - 1
    return before if before >= 0 and units[before].kind is UnitKind.sentence else first


def _following(units: Sequence[Unit], chosen: int, *, how_to: bool) -> Iterator[int]:
    """Positions after the chosen unit that belong to it, nearest first."""
    run = units[chosen].kind if units[chosen].kind is UnitKind.list_item else None
    for index in range(chosen + 1, len(units)):
        kind, before = units[index].kind, units[index - 1]
        if kind is UnitKind.heading:
            return
        if kind in _STRUCTURES:
            # A list or a command belongs to the sentence it follows, and to the list it continues.
            if run is not None and kind is not run and not how_to:
                return
            if before.kind is UnitKind.sentence and not how_to and index > chosen + 1:
                return
            run = kind
        elif (run is not None and not how_to) or not how_to or not _steps_ahead(units, index):
            return
        yield index


def _steps_ahead(units: Sequence[Unit], index: int) -> bool:
    """Whether a sentence introduces a further step in the same section."""
    for unit in units[index : index + 3]:
        if unit.kind is UnitKind.heading:
            return False
        if unit.kind in _STRUCTURES:
            return True
    return False


def _header_of(units: Sequence[Unit], chosen: int) -> int | None:
    if units[chosen].kind is not UnitKind.table_row:
        return None
    first = chosen
    while first > 0 and units[first - 1].block == units[chosen].block:
        first -= 1
    return first if first != chosen else None


def _glued(rank: int, units: Sequence[Unit]) -> list[Passage]:
    passages: list[Passage] = []
    for unit in units:
        glue = _glue(passages[-1].unit, unit) if passages else ""
        passages.append(Passage(rank, unit, glue))
    return passages


def _glue(before: Unit, unit: Unit) -> str:
    if before.block == unit.block:
        return "\n" if unit.kind is UnitKind.table_row else " "
    same_run = before.kind is unit.kind is UnitKind.list_item
    return "\n" if same_run else "\n\n"


def _with_second(passages: list[Passage], best: Candidate, second: Candidate) -> list[Passage]:
    """Add a runner-up sentence; two of one chunk keep their order there."""
    if second.rank == best.rank and second.index < best.index:
        return _glued(best.rank, [second.unit, best.unit])
    glue = _glue(best.unit, second.unit) if second.rank == best.rank else "\n\n"
    return [*passages, Passage(second.rank, second.unit, glue)]
