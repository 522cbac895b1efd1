"""Selects the units to quote with the best one, so that the answer is complete but not padded.

A sentence of prose may be followed by a close runner-up. In documentation a single sentence is often
useless: a lead-in needs its list, a command needs the sentence that explains it, a table row needs its
header, a rule its exception, and the entry of an FAQ is one answer to its end. All of them come from the chunk
of the best unit, in their order there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from caseplane.answering.candidates import Candidate, Survey, is_tab, units_of
from caseplane.answering.display import Passage
from caseplane.answering.models import Evidence
from caseplane.answering.phrasing import qualifies, refers_back
from caseplane.answering.quotable import not_quotable
from caseplane.answering.segments import Unit, UnitKind, is_question
from caseplane.text.words import keys, words

MAX_UNITS = 8
MAX_CHARACTERS = 1600
LONGEST_LIST = 30
"""Items of a list that are quoted together: half of a procedure is worse than none."""
LONGEST_SECTION = 1400
"""Characters of a section that is quoted whole because its heading asks the question."""
SHORT_SECTION = 700
"""Characters of a section that is quoted whole in any case. Of 148 answerable questions on two documentations, the
quoted text then holds all that was asked for 88 times instead of 77, and is 440 characters long instead of 296."""
LONGEST_PARAGRAPH = 420
"""Characters of a paragraph that is quoted whole; of a longer one, the sentence with what qualifies it."""
LONGEST_TABLE = 12
"""Rows of a table that is quoted whole because the question names none of them."""
SAME_QUESTION = 0.75
"""Share of the question's terms in a heading that asks the same."""

_STRUCTURES = (UnitKind.list_item, UnitKind.code, UnitKind.table_row)


class Block:
    """The units of one chunk, around one that was chosen."""

    def __init__(self, scanned: Survey, best: Candidate) -> None:
        self._scanned, self._best = scanned, best
        self._chunk: Evidence = scanned.evidence[best.rank]
        self._units = units_of(self._chunk.text)
        self._unfit = not_quotable(self._chunk, self._units)

    def passages(self, label: str = "") -> list[Passage]:
        """What is quoted, in reading order."""
        chosen = [self._units[index] for index in self._wanted()]
        return _glued(self._best.rank, chosen, label)

    def _wanted(self) -> list[int]:
        first, last = self._section()
        inside = [i for i in range(first, last) if i not in self._unfit and not self._is_heading(i)]
        size = sum(_length(self._units[i]) for i in inside)
        if self._best.index in inside and size <= self._longest(first):
            return inside
        return [i for i in self._around() if i not in self._unfit]

    def _longest(self, first: int) -> int:
        """How long a section may be to be quoted whole; text without a heading and the rows of a table are none."""
        if self._asks_the_same(first):
            return LONGEST_SECTION
        in_section = bool(first or self._chunk.heading)
        return SHORT_SECTION if in_section and self._best.unit.kind is not UnitKind.table_row else 0

    def _section(self) -> tuple[int, int]:
        """The first and one past the last of the units between the headings, or tabs, around the chosen one."""
        first = last = self._best.index
        while first > 0 and not self._is_heading(first - 1):
            first -= 1
        while last < len(self._units) and not self._is_heading(last):
            last += 1
        return first, last

    def _is_heading(self, index: int) -> bool:
        unit = self._units[index]
        text = self._said(index)
        return unit.kind is UnitKind.heading or is_tab(text) or (is_question(text) and self._is_alone(index))

    def _is_alone(self, index: int) -> bool:
        block = self._units[index].block
        near = self._units[max(index - 1, 0) : index] + self._units[index + 1 : index + 2]
        return all(unit.block != block for unit in near)

    def _said(self, index: int) -> str:
        return self._chunk.text[self._units[index].start : self._units[index].end]

    def _asks_the_same(self, first: int) -> bool:
        """Whether the heading above a section asks the question that was asked."""
        heading = self._said(first - 1) if first else self._chunk.heading.rpartition(" > ")[2]
        heading = heading.strip("#*_ ")
        question = self._scanned.question
        asks = is_question(heading) or question.asks_how or question.defines
        covered = self._scanned.coverage(keys(heading)) if heading else 0.0
        return asks and covered >= SAME_QUESTION and sum(w.is_content for w in words(heading)) > 0

    def _around(self) -> list[int]:
        chosen, units = self._best.index, self._units
        kind = units[chosen].kind
        if kind is UnitKind.table_row:
            return self._rows(chosen)
        first = self._with_lead(chosen)
        last = chosen
        size = sum(_length(units[i]) for i in range(first, last + 1))
        for index in self._following(chosen):
            size += _length(units[index])
            in_list = units[index].kind is UnitKind.list_item
            if not in_list and (index - first >= MAX_UNITS or size > MAX_CHARACTERS):
                break
            if index - first >= LONGEST_LIST:
                break
            last = index
        return list(range(first, last + 1))

    def _with_lead(self, chosen: int) -> int:
        """First position: what introduces a list item or code block, or what a sentence refers to or goes on from."""
        units = self._units
        kind = units[chosen].kind
        if kind is UnitKind.sentence:
            if chosen > 0 and not self._is_heading(chosen - 1) and refers_back(self._said(chosen)):
                return self._with_lead(chosen - 1)
            return self._paragraph(chosen)[0]
        first = chosen
        if kind is UnitKind.list_item:
            while first > 0 and self._goes_on(first - 1) and chosen - first < LONGEST_LIST:
                first -= 1
        before = first - 1
        if before < 0 or units[before].kind is not UnitKind.sentence or self._is_heading(before):
            return first
        return before

    def _goes_on(self, index: int) -> bool:
        """Whether a unit before an item belongs to its list: an item, or the command of a step."""
        kind = self._units[index].kind
        if kind is UnitKind.code:
            return (
                self._scanned.question.asks_how
                and index > 0
                and self._units[index - 1].kind is UnitKind.list_item
            )
        return kind is UnitKind.list_item and not self._is_heading(index)

    def _paragraph(self, chosen: int) -> tuple[int, int]:
        """The paragraph of a sentence if it is short, else the sentence with those that qualify it."""
        units, block = self._units, self._units[chosen].block
        first = last = chosen
        while first > 0 and units[first - 1].block == block:
            first -= 1
        while last + 1 < len(units) and units[last + 1].block == block:
            last += 1
        if self._chunk.heading and units[last].end - units[first].start <= LONGEST_PARAGRAPH:
            return first, last
        last = chosen
        while last + 1 < len(units) and units[last + 1].block == block and qualifies(self._said(last + 1)):
            last += 1
        return chosen, last

    def _following(self, chosen: int) -> Iterator[int]:
        """Positions after the chosen unit that belong to it, nearest first."""
        units, how_to = self._units, self._scanned.question.asks_how
        run = units[chosen].kind if units[chosen].kind is UnitKind.list_item else None
        end = self._paragraph(chosen)[1] if units[chosen].kind is UnitKind.sentence else chosen
        yield from range(chosen + 1, end + 1)
        for index in range(end + 1, len(units)):
            kind, before = units[index].kind, units[index - 1]
            if self._is_heading(index):
                return
            if kind in _STRUCTURES:
                # A list or a command belongs to the sentence it follows, and to the list it continues.
                if run is not None and kind is not run and not how_to:
                    return
                if before.kind is UnitKind.sentence and not how_to and not self._introduces(index - 1, end):
                    return
                run = kind
            elif (run is not None and not how_to) or not how_to or not self._steps_ahead(index):
                return
            yield index

    def _introduces(self, index: int, end: int) -> bool:
        return index == end or self._said(index).rstrip().endswith(":")

    def _steps_ahead(self, index: int) -> bool:
        """Whether a sentence introduces a further step in the same section."""
        for ahead in range(index, min(index + 3, len(self._units))):
            if self._is_heading(ahead):
                return False
            if self._units[ahead].kind in _STRUCTURES:
                return True
        return False

    def _rows(self, chosen: int) -> list[int]:
        """A row with its header; the table if the question names none of its rows."""
        units, block = self._units, self._units[chosen].block
        rows = [i for i, unit in enumerate(units) if unit.block == block]
        stored = not self._said(rows[0]).lstrip().startswith("|")
        body = rows if stored else rows[1:]
        if len(body) <= LONGEST_TABLE and not any(self._names_row(i) for i in body):
            return rows
        return [chosen] if stored or chosen == rows[0] else [rows[0], chosen]

    def _names_row(self, index: int) -> bool:
        """Whether the question says what stands in the first cell of a row."""
        first = self._said(index).strip("| ").split("|")[0].rpartition(": ")[2]
        named = {word.key for word in words(first) if word.is_content}
        return bool(named) and named <= self._scanned.question.keys


def runner_up(passages: list[Passage], scanned: Survey, best: Candidate, second: Candidate) -> list[Passage]:
    """Add a runner-up sentence; two of one chunk keep their order there."""
    quoted = {(p.rank, p.unit.start) for p in passages}
    if (second.rank, second.unit.start) in quoted:
        return passages
    if second.rank == best.rank:
        units = [passage.unit for passage in passages]
        return _glued(best.rank, sorted([*units, second.unit], key=lambda unit: unit.start))
    return [*passages, Passage(second.rank, second.unit, "\n\n")]


def whole(evidence: Sequence[Evidence]) -> list[Passage]:
    """All units of the evidence that may be quoted, but its headings, in its order."""
    passages: list[Passage] = []
    for rank, chunk in enumerate(evidence):
        units = units_of(chunk.text)
        unfit = not_quotable(chunk, units)
        kept = [unit for i, unit in enumerate(units) if i not in unfit and unit.kind is not UnitKind.heading]
        found = _glued(rank, kept)
        if passages and found:
            found[0] = replace(found[0], glue="\n\n")
        passages += found
    return passages


def _length(unit: Unit) -> int:
    return unit.end - unit.start


def _glued(rank: int, units: Sequence[Unit], label: str = "") -> list[Passage]:
    passages: list[Passage] = []
    for unit in units:
        glue = _glue(passages[-1].unit, unit) if passages else ""
        passages.append(Passage(rank, unit, glue, "" if passages else label))
    return passages


def _glue(before: Unit, unit: Unit) -> str:
    if before.block == unit.block:
        return "\n" if unit.kind is UnitKind.table_row else " "
    same_run = before.kind is unit.kind is UnitKind.list_item
    return "\n" if same_run else "\n\n"
