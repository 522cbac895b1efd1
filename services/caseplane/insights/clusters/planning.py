"""What a run of grouping means for the topics that are there already: who stays who, and what each is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from caseplane.clustering import NONE, Grouping, Labels, match, typical
from caseplane.clustering.nearest import centres_of, reach_of
from caseplane.core.ids import new_id
from caseplane.insights.clusters.models import Cluster
from caseplane.insights.clusters.repository import Member
from caseplane.insights.clusters.schemas import Level
from caseplane.insights.datasets.reading.tickets import indexed_text
from caseplane.insights.datasets.repository import Vectors

Places = NDArray[np.int64]
EXAMPLES: Final = 5
_COUNTED: Final = 200
"""Tickets of a group whose words are counted."""


@dataclass(frozen=True)
class Before:
    """The topics before a run.

    Attributes:
        topics: their ids, those that are fixed first.
        standing: how many of them are fixed.
        fixed: of each row, the fixed topic that it stays in, or `NONE`.
        of_rows: of each row, the topic that it was in, or `NONE`.
        pinned: whether a person put the row where it is.
        named: whether a person named or locked a topic.
        outliers: rows that people found to belong to no topic.
    """

    topics: list[UUID]
    standing: int
    fixed: Places
    of_rows: Places
    pinned: NDArray[np.bool_]
    named: list[bool]
    outliers: NDArray[np.bool_]


@dataclass(frozen=True)
class Topic:
    """A topic after a run; `theme` counts themes."""

    id: UUID
    theme: int
    terms: list[str]
    examples: list[UUID]
    centre: NDArray[np.float32]
    reach: float


@dataclass(frozen=True)
class Theme:
    """A theme after a run."""

    id: UUID
    terms: list[str]
    examples: list[UUID]


@dataclass(frozen=True)
class Plan:
    """What is stored of a run; `of_rows` and `similarities` are by row."""

    topics: list[Topic]
    themes: list[Theme]
    of_rows: Places
    similarities: NDArray[np.float32]
    kept: int


def before_of(vectors: Vectors, members: Mapping[UUID, Member], clusters: Sequence[Cluster]) -> Before:
    """The topics before a run, seen from the rows that take part."""
    known = {each.id: each for each in clusters if each.level == Level.topic}
    where = [members.get(row) for row in vectors.ids]
    held = {
        each.cluster_id
        for each in where
        if each and each.cluster_id in known and (each.pinned or known[each.cluster_id].locked)
    }
    inside = {each.cluster_id for each in where if each and each.cluster_id in known}
    topics = [each for each in known if each in held] + [each for each in known if each in inside - held]
    places: dict[UUID | None, int] = {each: place for place, each in enumerate(topics)}
    of_rows = np.array(
        [places.get(each.cluster_id, NONE) if each else NONE for each in where], dtype=np.int64
    )
    pinned = np.array([bool(each and each.pinned) for each in where], dtype=bool)
    locked = np.array([known[each].locked for each in topics] + [False], dtype=bool)  # the last is for NONE
    stays = (of_rows >= 0) & (pinned | locked[of_rows])
    return Before(
        topics=topics,
        standing=len(held),
        fixed=np.where(stays, of_rows, NONE),
        of_rows=of_rows,
        pinned=pinned,
        named=[known[each].locked or known[each].name is not None for each in topics],
        outliers=pinned & (of_rows == NONE),
    )


def plan(vectors: Vectors, before: Before, grouping: Grouping, clusters: Sequence[Cluster]) -> Plan:
    """Give groups their identity, their words and their examples."""
    of_rows = np.where(before.outliers, NONE, grouping.topics)
    themes = list(grouping.themes)
    old_of = {place: place for place in range(before.standing)}
    free = np.where(before.fixed == NONE, before.of_rows, NONE)
    free = np.where(free < before.standing, NONE, free)
    old_of |= {
        new: old for new, old in match(free, np.where(before.fixed == NONE, of_rows, NONE)).items()
        if new >= before.standing
    }  # fmt: skip
    of_rows = _restore_named(before, of_rows, themes, old_of)
    count = len(themes)
    centres = centres_of(vectors.points, of_rows, count)
    similarities = np.where(
        of_rows >= 0, (vectors.points * centres[of_rows]).sum(axis=1), grouping.similarities
    )
    reach = reach_of(similarities[of_rows >= 0], of_rows[of_rows >= 0], count)
    topics = [
        Topic(
            id=before.topics[old_of[place]] if place in old_of else new_id(),
            theme=int(themes[place]), terms=words, examples=examples, centre=centres[place],
            reach=float(reach[place]),
        )
        for place, (words, examples) in enumerate(_about(vectors, of_rows, centres))
    ]  # fmt: skip
    return Plan(
        topics=topics,
        themes=_themes(vectors, before, topics, of_rows, clusters),
        of_rows=of_rows,
        similarities=similarities.astype(np.float32),
        kept=len(old_of),
    )


def _restore_named(before: Before, of_rows: Places, themes: list[int], old_of: dict[int, int]) -> Places:
    """A topic that a person named never gets lost: if no group continues it, its tickets stay together."""
    found = of_rows.copy()
    continued = set(old_of.values())
    for old, named in enumerate(before.named):
        members = np.flatnonzero((before.of_rows == old) & (before.fixed == NONE) & ~before.outliers)
        if not named or old in continued or not len(members):
            continue
        inside = found[members][found[members] >= 0]
        themes.append(
            int(themes[np.bincount(inside).argmax()]) if len(inside) else max(themes, default=-1) + 1
        )
        found[members] = len(themes) - 1
        old_of[len(themes) - 1] = old
    return found


def _themes(
    vectors: Vectors, before: Before, topics: Sequence[Topic], of_rows: Places, clusters: Sequence[Cluster]
) -> list[Theme]:
    """Themes with their identity: those that had most of the same tickets."""
    known = {each.id: each for each in clusters}
    old = [each.id for each in clusters if each.level == Level.theme]
    above = [known[each].parent_id for each in before.topics]
    old_places = np.array(
        [old.index(each) if each in old else NONE for each in above] + [NONE], dtype=np.int64
    )
    count = max((each.theme for each in topics), default=-1) + 1
    new_places = np.array([each.theme for each in topics] + [NONE], dtype=np.int64)
    rows = new_places[of_rows]
    same = match(old_places[before.of_rows], rows)
    centres = centres_of(vectors.points, rows, count)
    return [
        Theme(old[same[place]] if place in same else new_id(), words, examples)
        for place, (words, examples) in enumerate(_about(vectors, rows, centres))
    ]


def _about(
    vectors: Vectors, groups: Places, centres: NDArray[np.float32]
) -> list[tuple[list[str], list[UUID]]]:
    """Words and typical rows of each group."""
    labels = Labels()
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(len(centres) + 1))
    members = [order[bounds[each] : bounds[each + 1]] for each in range(len(centres))]
    for place, rows in [(NONE, order[: bounds[0]]), *enumerate(members)]:
        for row in rows[:: max(1, len(rows) // _COUNTED)]:
            labels.add(place, indexed_text(*vectors.texts[row]))
    return [
        (
            labels.of(place),
            [vectors.ids[row] for row in typical(vectors.points, rows, centres[place], EXAMPLES)],
        )
        for place, rows in enumerate(members)
    ]
