"""What people change about topics; a later run respects it."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import numpy as np

from caseplane.clustering import Labels, typical
from caseplane.clustering.nearest import centres_of, reach_of
from caseplane.clustering.tree import cut, tree
from caseplane.core.errors import ConflictError, InvalidInputError, NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.versions import check_version
from caseplane.insights.clusters.models import Cluster
from caseplane.insights.clusters.planning import EXAMPLES
from caseplane.insights.clusters.repository import Clusters, Memberships
from caseplane.insights.clusters.schemas import ClusterMerge, ClusterPatch, ClusterSplit, Level, RowsMove
from caseplane.insights.context import Work
from caseplane.insights.datasets.reading.tickets import indexed_text
from caseplane.insights.datasets.repository import Datasets

_LOOKED_AT: Final = 2_000
"""Tickets of a topic that its centre, words and halves come from."""


class NoTopicError(ConflictError):
    """Themes follow from topics; only topics are merged, split and filled."""

    slug, title = "not-a-topic", "This can be done with topics only"


async def change(
    work: Work, dataset_id: UUID, cluster_id: UUID, patch: ClusterPatch, seen: Collection[int] | None
) -> Cluster:
    """Name or lock a cluster.

    Raises:
        NotFoundError
        PreconditionFailedError: it has changed since.
    """
    await work.repo(Datasets).get(dataset_id, lock=True)
    row = await _get(work, dataset_id, cluster_id)
    check_version(row.version, seen, noun="cluster")
    if "name" in patch.model_fields_set:
        row.name = patch.name
    if patch.locked is not None:
        row.locked = patch.locked
    await _changed(work, dataset_id, row, "cluster.changed")
    return row


async def merge(work: Work, dataset_id: UUID, wish: ClusterMerge) -> Cluster:
    """Make several topics one, which is locked then.

    Raises:
        NotFoundError
        NoTopicError
    """
    await work.repo(Datasets).get(dataset_id, lock=True)
    into = await _topic(work, dataset_id, wish.into)
    others = [
        await _topic(work, dataset_id, each) for each in dict.fromkeys(wish.clusters) if each != wish.into
    ]
    if not others:
        raise InvalidInputError("Name at least one other topic to merge into this one.")
    await work.repo(Memberships).merge([each.id for each in others], into.id)
    await work.repo(Clusters).remove([each.id for each in others])
    into.locked = True
    await _settle(work, dataset_id, [into])
    await _changed(work, dataset_id, into, "cluster.merged")
    return into


async def split(work: Work, dataset_id: UUID, cluster_id: UUID, wish: ClusterSplit) -> Cluster:
    """Make a topic two, both locked then; returns the new one.

    Raises:
        NotFoundError
        NoTopicError
        InvalidInputError: one of the two would be empty.
    """
    await work.repo(Datasets).get(dataset_id, lock=True)
    old = await _topic(work, dataset_id, cluster_id)
    rows, points = await work.repo(Memberships).vectors(old.id, 100_000)
    ids = [row.id for row in rows]
    chosen = set(wish.rows) & set(ids) if wish.rows else await asyncio.to_thread(_half, ids, points)
    if not chosen or len(chosen) == len(ids):
        raise InvalidInputError(
            "Both topics need at least one ticket; name some, but not all, of this topic's."
        )
    new = work.repo(Clusters).add(
        id=new_id(), dataset_id=dataset_id, level=Level.topic, parent_id=old.parent_id, name=wish.name,
        locked=True, terms=[], examples=[], created_at=work.now, updated_at=work.now,
    )  # fmt: skip
    await work.tx.flush()  # memberships refer to it
    await work.repo(Memberships).move(dataset_id, sorted(chosen), new.id)
    old.locked = True
    await _settle(work, dataset_id, [old, new])
    await _changed(work, dataset_id, old, "cluster.split")
    return new


async def move(work: Work, dataset_id: UUID, wish: RowsMove) -> int:
    """Put tickets into a topic or into none, for good; returns how many of them the data set has.

    Raises:
        NotFoundError
        NoTopicError
    """
    await work.repo(Datasets).get(dataset_id, lock=True)
    target = None if wish.to is None else await _topic(work, dataset_id, wish.to)
    members = work.repo(Memberships)
    left = [each for each in await members.holders(wish.rows) if each != wish.to]
    moved = await members.move(dataset_id, wish.rows, wish.to)
    found = [await work.repo(Clusters).of(dataset_id, each, lock=True) for each in left]
    await _settle(work, dataset_id, [each for each in [*found, target] if each is not None])
    await members.touch(dataset_id, work.now)
    await work.audit("cluster.rows_moved", target_type="dataset", target_id=dataset_id, rows=moved)
    return moved


async def _get(work: Work, dataset_id: UUID, cluster_id: UUID) -> Cluster:
    row = await work.repo(Clusters).of(dataset_id, cluster_id, lock=True)
    if row is None:
        raise NotFoundError(f"The data set has no cluster {cluster_id}.")
    return row


async def _topic(work: Work, dataset_id: UUID, cluster_id: UUID) -> Cluster:
    row = await _get(work, dataset_id, cluster_id)
    if row.level != Level.topic:
        raise NoTopicError(f"Cluster {cluster_id} is a theme.")
    return row


async def _changed(work: Work, dataset_id: UUID, row: Cluster, action: str) -> None:
    row.version, row.updated_at = row.version + 1, work.now
    await work.repo(Memberships).touch(dataset_id, work.now)
    await work.audit(action, target_type="cluster", target_id=row.id)
    await work.tx.flush()
    await work.tx.refresh(row)  # its size was counted by the database


async def _settle(work: Work, dataset_id: UUID, rows: Sequence[Cluster]) -> None:
    """Write centre, words, examples and sizes of topics whose tickets have changed."""
    await work.tx.flush()
    for row in rows:
        found, points = await work.repo(Memberships).vectors(row.id, _LOOKED_AT)
        if not found:
            continue
        groups = np.zeros(len(found), dtype=np.int64)
        centre = centres_of(points, groups, 1)
        similarities = (points @ centre[0]).astype(np.float32)
        labels = Labels()
        for each in found:
            labels.add(0, indexed_text(each.subject, each.body))
        row.terms = labels.of(0)
        row.examples = [found[i].id for i in typical(points, np.arange(len(found)), centre[0], EXAMPLES)]
        await work.repo(Clusters).set_centre(row.id, centre[0], float(reach_of(similarities, groups, 1)[0]))
    await work.tx.flush()
    await work.repo(Clusters).count_sizes(dataset_id)
    await work.repo(Clusters).remove_empty_themes(dataset_id)


def _half(ids: Sequence[UUID], points: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> set[UUID]:
    """The smaller of the two halves that lie farthest apart."""
    if len(ids) < 2:
        return set()
    sample = points[:: max(1, len(points) // _LOOKED_AT)][:_LOOKED_AT]
    merges = tree(sample)
    halves = cut(len(sample), merges[:-1], float("inf"))
    middles = centres_of(sample, halves, 2)
    other = (points @ middles.T).argmax(axis=1) == (0 if (halves == 0).sum() * 2 <= len(halves) else 1)
    return {each for each, away in zip(ids, other, strict=True) if away}
