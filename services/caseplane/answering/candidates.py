"""All units of the evidence that could be quoted, with their context.

Term weights are computed only over the retrieved chunks: a word in all of them does not show which
sentence answers, whatever its weight in the knowledge base. So the answerer needs no corpus statistics,
and its numbers are comparable between knowledge bases of any size.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from caseplane.answering.models import Evidence
from caseplane.answering.question import Question
from caseplane.answering.quotable import not_quotable
from caseplane.answering.segments import Unit, UnitKind, is_question, lists_options, split_units
from caseplane.answering.variants import Scope, nearest, suits, variants_in, variants_of_path
from caseplane.text.words import ALIKE, Word, keys, words

_SHOWN = (UnitKind.list_item, UnitKind.code)
_LATER_STEP = re.compile(r"\W*(?:[2-9]|[1-9]\d)[.)]\s")
_LONGEST_TAB = 40
_NUMBERED = re.compile(r"\W*\d")
FLOOR = 0.7
"""Weight of a term in every retrieved chunk: most of them contain the search terms, which still matter."""
RELATED_WEIGHT = 0.7
"""Share of a term's weight that a word of its family gets: `automated` for `automatic`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit that could be quoted.

    Attributes:
        rank: position of its chunk in the evidence, 0 is best.
        index: position of the unit in its chunk.
        unit: its span in the chunk.
        text: the unit itself.
        label: document title, heading path and the nearest heading inside the chunk.
        heading_keys: keys of the heading's content words if it is the first unit under a heading, else empty.
        before: keys of the unit before it, if any.
        after: keys of the unit after it, if any.
        shows: whether it is in a list or a command, or directly introduces one.
        instructs: whether it is a numbered step or a command, or directly introduces one.
        scope: the versions, platforms and plans that it holds for.
        tab: the tab or bold line that it stands under, if that names one of these.
    """

    rank: int
    index: int
    unit: Unit
    text: str
    label: str
    heading_keys: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    shows: bool
    instructs: bool
    scope: Scope = frozenset()
    tab: str = ""

    @property
    def words(self) -> tuple[Word, ...]:
        return words(self.text)

    @property
    def keys(self) -> frozenset[str]:
        return keys(self.text)


@dataclass(frozen=True)
class Survey:
    """A question with the candidates in its evidence.

    Attributes:
        candidates: every unit that could be quoted, best chunk first, each span once.
        weights: weight of each question term over the retrieved chunks, above 0.
        chunk_keys: keys of each chunk, including its title and headings.
        related: further keys that match a question term, by term: of its word family, or of the same task.
        asked: the versions, platforms and plans that the question names.
    """

    question: Question
    evidence: Sequence[Evidence]
    candidates: tuple[Candidate, ...]
    weights: dict[str, float]
    chunk_keys: tuple[frozenset[str], ...] = field(repr=False)
    related: dict[str, frozenset[str]] = field(repr=False)
    asked: Scope = frozenset()

    def coverage(self, of: Iterable[str]) -> float:
        """Weighted share of the question's terms among the given keys, in [0, 1]."""
        if not self.weights:
            return 0.0
        present = frozenset(of)
        found = total = 0.0
        for key, weight in self.weights.items():
            total += weight + FLOOR
            if key in present:
                found += weight + FLOOR
            elif not self.related[key].isdisjoint(present):
                found += RELATED_WEIGHT * (weight + FLOOR)
        return found / total


@lru_cache(maxsize=4096)
def units_of(text: str) -> tuple[Unit, ...]:
    """Units of a chunk; cached, since the same chunks are retrieved repeatedly."""
    return tuple(split_units(text))


def survey(question: Question, evidence: Sequence[Evidence]) -> Survey:
    """Collect the candidates of the evidence and weigh the question's terms."""
    chunk_keys = tuple(keys(e.text) | keys(_title(e)) | keys(e.heading) for e in evidence)
    seen: set[tuple[object, int, int]] = set()
    candidates: list[Candidate] = []
    for rank, chunk in enumerate(evidence):
        for candidate in _candidates(rank, chunk):
            unit = candidate.unit
            # Chunks of one document may overlap; a unit in both is one candidate.
            place = (chunk.document_id, chunk.start + unit.start, chunk.start + unit.end)
            if place not in seen:
                seen.add(place)
                candidates.append(candidate)
    said = frozenset[str]().union(*chunk_keys)
    asked = variants_in(question.text)
    if any(suits(each.scope, asked) for each in candidates):
        question = _without_names(question, asked)
    return Survey(
        question=question,
        evidence=evidence,
        candidates=tuple(_holding(candidates, asked)),
        weights=_weights(question, [keys(e.text) for e in evidence]),
        chunk_keys=chunk_keys,
        related={key: _same_family(key, said) | _alike(key, question) for key in question.term_keys},
        asked=asked,
    )


def _without_names(question: Question, asked: Scope) -> Question:
    """A question without the words that name a variant, where passages of that variant were found.

    A page on version 3.0 need not say `v3` in every sentence.
    """
    named = frozenset(w.key for each in asked for w in words(each.shown) if w.lower != each.product) | {"v"}
    return replace(
        question,
        terms=tuple(word for word in question.terms if word.key not in named),
        names=question.names - named,
        numbers=question.numbers - named,
        task=question.task - named,
    )


def _holding(candidates: Sequence[Candidate], asked: Scope) -> Iterable[Candidate]:
    """Candidates that hold for what the question names; another version's procedure is no answer."""
    return (each for each in candidates if suits(each.scope, asked) is not False)


def _title(evidence: Evidence) -> str:
    return evidence.title.replace("_", " ")


def _candidates(rank: int, chunk: Evidence) -> Iterable[Candidate]:
    units = units_of(chunk.text)
    cut = _steps_cut(chunk.text, units)
    unfit = not_quotable(chunk, units)
    heading = tab = ""
    for index, unit in enumerate(units):
        said = chunk.text[unit.start : unit.end]
        if unit.kind is UnitKind.heading or is_question(said):
            heading, tab = said, ""
            continue
        if is_tab(said):
            tab = said
            continue
        if index in unfit:
            continue
        yield Candidate(
            rank=rank,
            index=index,
            unit=unit,
            text=said,
            label=f"{_title(chunk)} {chunk.heading} {heading} {tab}".strip(),
            heading_keys=_keys_of_heading(chunk, units, index),
            before=_keys_at(chunk, units, index - 1),
            after=_keys_at(chunk, units, index + 1),
            shows=any(near.kind in _SHOWN for near in units[index : index + 2]),
            instructs=index >= cut and any(_instructs(chunk.text, near) for near in units[index : index + 2]),
            scope=scope_of(chunk, heading, tab),
            tab=tab,
        )


def is_tab(text: str) -> bool:
    """Whether a unit is the name of a tab: a few words before a colon, which name what the next units hold for."""
    named = text.rstrip()
    return (
        named.endswith(":")
        and len(named) <= _LONGEST_TAB
        and named.count(" ") < 4
        and bool(variants_in(named[:-1]))
    )


@lru_cache(maxsize=8192)
def _scope(tab: str, heading: str, path: str, title: str, version: str, file: str) -> Scope:
    headings = [
        variants_in(each.strip("# ")) for each in (tab.rstrip(":"), heading, *reversed(path.split(" > ")))
    ]
    return nearest(
        *headings,
        variants_in(title),
        variants_in(f"version {version}" if version else ""),
        variants_of_path(file),
    )


def scope_of(chunk: Evidence, heading: str = "", tab: str = "") -> Scope:
    """What a passage of a chunk holds for, by the places that name it, the nearest first."""
    return _scope(tab, heading, chunk.heading, _title(chunk), chunk.version, chunk.path or chunk.uri)


def _keys_of_heading(chunk: Evidence, units: Sequence[Unit], index: int) -> frozenset[str]:
    if index == 0:
        heading = chunk.heading.rpartition(" > ")[2]
    elif units[index - 1].kind is UnitKind.heading:
        heading = chunk.text[units[index - 1].start : units[index - 1].end]
    else:
        return frozenset()
    return frozenset(word.key for word in words(heading) if word.is_content)


def _steps_cut(text: str, units: Sequence[Unit]) -> int:
    """Number of steps at the start that continue a list from another chunk."""
    if not units or not _LATER_STEP.match(text, units[0].start):
        return 0
    return next((i for i, unit in enumerate(units) if unit.kind is not UnitKind.list_item), len(units))


def _instructs(text: str, unit: Unit) -> bool:
    said = text[unit.start : unit.end]
    if unit.kind is UnitKind.code:
        return not lists_options(said)
    return unit.kind is UnitKind.list_item and bool(_NUMBERED.match(said))


def _same_family(key: str, others: frozenset[str]) -> frozenset[str]:
    """Words of the same family: `norman` for `normandi`."""
    length = max(4, len(key) - 2)
    if len(key) < length:
        return frozenset()
    begin = key[:length]
    return frozenset(other for other in others if other.startswith(begin))


def _alike(key: str, question: Question) -> frozenset[str]:
    return ALIKE.get(key, frozenset()) if question.asks_how else frozenset()


def _keys_at(chunk: Evidence, units: Sequence[Unit], index: int) -> frozenset[str]:
    if not 0 <= index < len(units):
        return frozenset()
    return keys(chunk.text[units[index].start : units[index].end])


def _weights(question: Question, chunks: Sequence[frozenset[str]]) -> dict[str, float]:
    """Inverse document frequency of each question term among the retrieved chunks."""
    total = len(chunks)
    weights = {}
    for key in question.term_keys:
        holding = sum(key in chunk for chunk in chunks)
        weights[key] = math.log1p((total - holding + 0.5) / (holding + 0.5))
    return weights
