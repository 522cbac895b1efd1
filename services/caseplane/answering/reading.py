"""Has the reader read the passages with the best candidates."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from caseplane.answering.candidates import Survey
from caseplane.answering.models import Evidence
from caseplane.answering.segments import split_units
from caseplane.core.reading import Asked, Reader, Span

Array = NDArray[np.float64]

WINDOW = 480
"""Characters that are read at once; most chunks are two windows, about 110 tokens each."""
MOST_READ = 12
"""Windows read for a question."""


@lru_cache(maxsize=4096)
def windows_of(text: str) -> tuple[Span, ...]:
    """Windows of a chunk; cached, since the same chunks are retrieved repeatedly."""
    return tuple(windows(text))


def windows(text: str) -> list[Span]:
    """Cuts a text between its units into stretches of similar length, at most `WINDOW` characters where units allow."""
    units = split_units(text)
    if not units:
        return []
    first, last = units[0].start, units[-1].end
    size = (last - first) / max(1, -(-(last - first) // WINDOW))
    found, begin, end = [], first, first
    for unit in units:
        if end > begin and (unit.end - begin > WINDOW or end - begin >= size):
            found.append((begin, end))
            begin = unit.start
        end = unit.end
    found.append((begin, end))
    return found


@dataclass(frozen=True)
class Reading:
    """What the reader makes of the candidates of a question; rows as the candidates it was asked about.

    Attributes:
        answers: log odds that the window around a candidate answers, shape (candidates,); of one whose window was not
            read, the lowest of all.
        evidence: log odds that the candidate itself holds the answer, shape (candidates,); likewise.
    """

    answers: Array
    evidence: Array

    def of(self, places: NDArray[np.intp]) -> "Reading":
        """The same of some candidates."""
        return Reading(self.answers[places], self.evidence[places])


async def read_candidates(reader: Reader, scanned: Survey, scores: Array) -> Reading:
    """Read the windows that hold the best candidates.

    Args:
        reader: reads them.
        scanned: the question held against its evidence; it has candidates.
        scores: of the survey's candidates, to choose by.
    """
    held: dict[tuple[int, Span], list[int]] = {}
    for place, candidate in enumerate(scanned.candidates):
        for window in windows_of(scanned.evidence[candidate.rank].text):
            if window[0] <= candidate.unit.start < window[1]:
                held.setdefault((candidate.rank, window), []).append(place)
    best = sorted(held, key=lambda window: -max(scores[place] for place in held[window]))[:MOST_READ]
    asked = []
    for rank, (start, end) in best:
        chunk = scanned.evidence[rank]
        units = [scanned.candidates[place].unit for place in held[rank, (start, end)]]
        stretches = [(unit.start - start, unit.end - start) for unit in units]
        asked.append(Asked(_heading(chunk), chunk.text[start:end], stretches))
    found = await reader.read(scanned.question.text, asked)
    total = len(scanned.candidates)
    answers = np.full(total, min(each.answers for each in found))
    evidence = np.full(total, min(float(each.evidence.min()) for each in found))
    for where, each in zip(best, found, strict=True):
        places = held[where]
        answers[places], evidence[places] = each.answers, each.evidence
    return Reading(answers, evidence)


def _heading(chunk: Evidence) -> str:
    """Title and headings, outermost first, joined by " > "."""
    title = chunk.title.replace("_", " ")
    if not chunk.heading or chunk.heading == title:
        return title
    return chunk.heading if chunk.heading.startswith(f"{title} > ") else f"{title} > {chunk.heading}"
