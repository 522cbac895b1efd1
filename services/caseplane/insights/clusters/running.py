"""Groups the rows of a data set, or assigns new rows to the topics that are there."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Final
from uuid import UUID

import numpy as np

from caseplane.clustering import NONE, Centres, Options, assign, group_apart, sameness
from caseplane.clustering.separate import Measured
from caseplane.core.auth import Principal
from caseplane.core.jobs import RetryLater
from caseplane.insights.clusters.jobs import ClusteringArgs
from caseplane.insights.clusters.models import Cluster, Clustering
from caseplane.insights.clusters.planning import Before, Plan, before_of, plan
from caseplane.insights.clusters.repository import Clusterings, Clusters, Memberships
from caseplane.insights.clusters.schemas import OVER, ClusteringCreate, ClusteringState, Detail, Level
from caseplane.insights.context import Insights, Work
from caseplane.insights.datasets.reading.tickets import indexed_text
from caseplane.insights.datasets.repository import Datasets, Rows, Vectors

_HEIGHTS: Final = {Detail.coarse: (1.3, 2.6), Detail.normal: (1.0, 2.0), Detail.fine: (0.8, 1.6)}
_LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True)
class _Given:
    """What a run works on, read in one transaction."""

    vectors: Vectors
    before: Before
    clusters: list[Cluster]
    version: int


class _CancelledError(Exception):
    """A person ended the run."""


async def group_rows(context: Insights, who: Principal, args: ClusteringArgs) -> None:
    """Group all rows with a vector; a run that is over is left alone.

    Raises:
        RetryLater: people changed topics meanwhile.
        GroupingFailedError
    """
    began = perf_counter()
    async with context.work(who) as work:
        row = await work.repo(Clusterings).of(args.dataset_id, args.clustering_id, lock=True)
        if row is None or row.state in OVER:
            return
        row.state, row.step = ClusteringState.running, "reading vectors"
        options = ClusteringCreate.model_validate(row.options)
    given = await _given(context, who, args.dataset_id)
    await _step(context, who, args, "grouping")
    keys = await asyncio.to_thread(_keys, given.vectors)
    topics, themes = _HEIGHTS[options.detail]
    job = group_apart(
        given.vectors.points, keys, fixed=given.before.fixed,
        options=Options(topics=topics, themes=themes, smallest=options.smallest),
    )  # fmt: skip
    try:
        made = await _unless_cancelled(context, who, args, asyncio.ensure_future(job))
    except _CancelledError:
        return
    await _step(context, who, args, "naming topics")
    planned = await asyncio.to_thread(plan, given.vectors, given.before, made.grouping, given.clusters)
    async with context.work(who) as work:
        await _store(work, args, given, planned, made, perf_counter() - began)


async def _given(context: Insights, who: Principal, dataset_id: UUID) -> _Given:
    async with context.work(who) as work:
        dataset = await work.repo(Datasets).get(dataset_id)
        members = await work.repo(Memberships).all(dataset_id)
        clusters = await work.repo(Clusters).all(dataset_id)
        same_model = dataset.embedding == context.embedder.profile.key
        vectors = await work.repo(Rows).vectors(dataset_id, context.embedder.profile.dimension) \
            if same_model else Vectors([], np.zeros((0, context.embedder.profile.dimension), np.float32), [])  # fmt: skip
    before = await asyncio.to_thread(before_of, vectors, members, clusters)
    return _Given(vectors, before, clusters, dataset.version)


def _keys(vectors: Vectors) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    numbers: dict[bytes, int] = {}
    return np.array(
        [numbers.setdefault(sameness(indexed_text(*each)), len(numbers)) for each in vectors.texts],
        dtype=np.int64,
    )


async def _unless_cancelled(
    context: Insights, who: Principal, args: ClusteringArgs, job: "asyncio.Future[Measured]"
) -> Measured:
    """Wait for the groups, and look meanwhile whether a person ended the run."""
    try:
        while True:
            done, _ = await asyncio.wait({job}, timeout=_LOOK_SECONDS)
            if done:
                return job.result()
            async with context.work(who) as work:
                row = await work.repo(Clusterings).find(args.clustering_id)
            if row is None or row.state in OVER:
                raise _CancelledError
    finally:
        if not job.done():
            job.cancel()
            with suppress(asyncio.CancelledError):
                await job


async def _step(context: Insights, who: Principal, args: ClusteringArgs, step: str) -> None:
    async with context.work(who) as work:
        row = await work.repo(Clusterings).find(args.clustering_id, lock=True)
        if row is not None:
            row.step = step


async def _store(
    work: Work, args: ClusteringArgs, given: _Given, planned: Plan, made: Measured, seconds: float
) -> None:
    row = await work.repo(Clusterings).of(args.dataset_id, args.clustering_id, lock=True)
    dataset = await work.repo(Datasets).find(args.dataset_id, lock=True)
    if row is None or row.state in OVER or dataset is None:
        return
    if dataset.version != given.version:
        raise RetryLater("People changed topics while they were grouped.")
    await _store_clusters(work, args.dataset_id, given.clusters, planned)
    members = work.repo(Memberships)
    await members.clear(args.dataset_id)
    ids: list[UUID | None] = [each.id for each in planned.topics]
    await members.add(
        args.dataset_id,
        given.vectors.ids,
        [ids[place] if place >= 0 else None for place in planned.of_rows],
        planned.similarities.tolist(),
        given.before.pinned.tolist(),
    )
    await work.repo(Clusters).count_sizes(args.dataset_id)
    row.state, row.step, row.finished_at = ClusteringState.done, "", work.now
    row.tickets, row.noise = len(given.vectors.ids), int((planned.of_rows == NONE).sum())
    row.clusters, row.themes, row.kept = len(planned.topics), len(planned.themes), planned.kept
    row.seconds, row.peak_mb = round(seconds, 3), made.peak_mb
    await work.audit(
        "dataset.grouped", target_type="dataset", target_id=args.dataset_id, clusters=row.clusters,
        tickets=row.tickets,
    )  # fmt: skip


async def _store_clusters(work: Work, dataset_id: UUID, before: Sequence[Cluster], planned: Plan) -> None:
    """Write topics and themes by their id; those that are gone are deleted, unless a person named one."""
    clusters = work.repo(Clusters)
    stored = {each.id: each for each in await clusters.all(dataset_id)}
    for theme in planned.themes:
        row = stored.get(theme.id) or clusters.add(
            id=theme.id, dataset_id=dataset_id, level=Level.theme, created_at=work.now
        )
        row.terms, row.examples, row.updated_at = theme.terms, theme.examples, work.now
    await work.tx.flush()  # topics refer to themes
    for topic in planned.topics:
        row = stored.get(topic.id) or clusters.add(
            id=topic.id, dataset_id=dataset_id, level=Level.topic, created_at=work.now
        )
        row.parent_id = planned.themes[topic.theme].id
        row.terms, row.examples, row.updated_at = topic.terms, topic.examples, work.now
    await work.tx.flush()  # centres are written by statements of their own
    for topic in planned.topics:
        await clusters.set_centre(topic.id, topic.centre, topic.reach)
    kept = {each.id for each in planned.topics} | {each.id for each in planned.themes}
    gone = [each.id for each in before if each.id not in kept and not (each.name or each.locked)]
    await clusters.remove(gone)


async def assign_rows(context: Insights, who: Principal, dataset_id: UUID) -> None:
    """Put rows that no grouping has seen into the topic that reaches them, or into none."""
    async with context.work(who) as work:
        centres = await work.repo(Clusters).centres(dataset_id)
        if not centres.ids or centres.points.shape[1] != context.embedder.profile.dimension:
            return
        vectors = await work.repo(Rows).vectors(dataset_id, context.embedder.profile.dimension, only_new=True)
    places, similarities = await asyncio.to_thread(
        assign, vectors.points, Centres(centres.points, centres.reach)
    )
    async with context.work(who) as work:
        alive = {each.id for each in await work.repo(Clusters).all(dataset_id)}
        found = [centres.ids[place] if place >= 0 else None for place in places]
        await work.repo(Memberships).add(
            dataset_id, vectors.ids, [each if each in alive else None for each in found],
            similarities.tolist(), [False] * len(vectors.ids),
        )  # fmt: skip
        await work.repo(Clusters).count_sizes(dataset_id)


async def give_up(context: Insights, who: Principal, args: ClusteringArgs, exc: Exception | None) -> None:
    """Say on the run that it was given up."""
    reason = "The worker died again and again." if exc is None else str(exc)[:500]
    async with context.work(who) as work:
        row: Clustering | None = await work.repo(Clusterings).of(
            args.dataset_id, args.clustering_id, lock=True
        )
        if row is not None and row.state not in OVER:
            row.state, row.reason, row.finished_at = ClusteringState.failed, reason, work.now
