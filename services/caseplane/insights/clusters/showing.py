"""Topics and themes as they are shown."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.insights.clusters.models import Cluster
from caseplane.insights.clusters.repository import Clusters, Memberships
from caseplane.insights.clusters.schemas import ClusterDetail, ClusterRead, Example, Level, Month
from caseplane.insights.context import Work
from caseplane.insights.datasets.repository import Rows

_EXCERPT: Final = 300


async def read_clusters(work: Work, dataset_id: UUID, rows: Sequence[Cluster]) -> list[ClusterRead]:
    """Clusters with their share of all that was grouped."""
    grouped = await work.repo(Memberships).grouped(dataset_id)
    return [_read(row, grouped) for row in rows]


async def read_cluster(work: Work, row: Cluster) -> ClusterRead:
    """One of them."""
    return (await read_clusters(work, row.dataset_id, [row]))[0]


async def detail(work: Work, dataset_id: UUID, cluster_id: UUID) -> ClusterDetail:
    """A cluster with typical tickets and its trend.

    Raises:
        NotFoundError
    """
    clusters = work.repo(Clusters)
    row = await clusters.of(dataset_id, cluster_id)
    if row is None:
        raise NotFoundError(f"The data set has no cluster {cluster_id}.")
    examples = await work.repo(Rows).by_ids(dataset_id, row.examples)
    return ClusterDetail(
        **(await read_cluster(work, row)).model_dump(),
        examples=[
            Example(
                row_id=each.id, external_id=each.external_id, subject=each.subject,
                excerpt=(each.body or each.subject)[:_EXCERPT],
            )
            for each in examples
        ],
        trend=[Month(month=each.month, tickets=each.tickets) for each in await clusters.trend(cluster_id)],
        unresolved=await clusters.unresolved(cluster_id),
    )  # fmt: skip


def _read(row: Cluster, grouped: int) -> ClusterRead:
    return ClusterRead(
        cluster_id=row.id, dataset_id=row.dataset_id, parent_id=row.parent_id, level=Level(row.level),
        title=row.name or ", ".join(row.terms), name=row.name, locked=row.locked, terms=row.terms,
        size=row.size, share=round(row.size / grouped, 6) if grouped else 0.0, version=row.version,
        updated_at=row.updated_at,
    )  # fmt: skip
