"""Routes of clusters."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from caseplane.core.errors import NotFoundError, PreconditionFailedError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.core.versions import SeenVersions, etag
from caseplane.insights.callers import AnalystWork, CuratorWork, ReaderWork
from caseplane.insights.clusters import asking, editing, showing
from caseplane.insights.clusters.models import Clustering
from caseplane.insights.clusters.repository import Clusterings, Clusters
from caseplane.insights.clusters.schemas import (
    ClusterDetail,
    ClusteringCreate,
    ClusteringRead,
    ClusterMerge,
    ClusterPatch,
    ClusterRead,
    ClusterSplit,
    Level,
    RowsMove,
)
from caseplane.insights.datasets.repository import Datasets

router = APIRouter(prefix="/datasets/{dataset_id}", tags=["clusters"])


@router.post("/clusterings", status_code=202, responses=problems(NotFoundError, asking.NothingToGroupError))
async def group_dataset(
    dataset_id: UUID, work: AnalystWork, body: ClusteringCreate | None = None
) -> ClusteringRead:
    """Group the tickets by topic, in the background; the run that works already is the answer."""
    return ClusteringRead.model_validate(await asking.ask(work, dataset_id, body or ClusteringCreate()))


@router.get("/clusterings", responses=problems(NotFoundError))
async def list_clusterings(
    dataset_id: UUID, work: ReaderWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[ClusteringRead]:
    """List the runs, the newest first."""
    await work.repo(Datasets).get(dataset_id)
    found = await work.repo(Clusterings).newest_first(cursor, limit, Clustering.dataset_id == dataset_id)
    return page(found, limit, read=ClusteringRead.model_validate, position=lambda row: (row.id,))


@router.get("/clusterings/{clustering_id}", responses=problems(NotFoundError))
async def get_clustering(dataset_id: UUID, clustering_id: UUID, work: ReaderWork) -> ClusteringRead:
    """Read how far a run is, and what came of it."""
    return ClusteringRead.model_validate(await asking.get_run(work, dataset_id, clustering_id))


@router.post("/clusterings/{clustering_id}/cancel", responses=problems(NotFoundError))
async def cancel_clustering(dataset_id: UUID, clustering_id: UUID, work: AnalystWork) -> ClusteringRead:
    """End a run; the topics stay as they were."""
    return ClusteringRead.model_validate(await asking.cancel(work, dataset_id, clustering_id))


@router.get("/clusters", responses=problems(NotFoundError))
async def list_clusters(
    dataset_id: UUID,
    work: ReaderWork,
    limit: Limit = 50,
    cursor: Cursor = None,
    level: Annotated[Level | None, Query(description="Only themes, or only topics")] = None,
    parent_id: Annotated[UUID | None, Query(description="Only topics of this theme")] = None,
) -> Page[ClusterRead]:
    """List topics and themes, the largest first."""
    await work.repo(Datasets).get(dataset_id)
    found = await work.repo(Clusters).largest(
        dataset_id, limit=limit, cursor=cursor, level=level, parent_id=parent_id
    )
    shown = await showing.read_clusters(work, dataset_id, found)
    return page(shown, limit, read=lambda each: each, position=lambda each: (each.size, each.cluster_id))


@router.post("/clusters/merge", responses=problems(NotFoundError, editing.NoTopicError))
async def merge_clusters(dataset_id: UUID, body: ClusterMerge, work: CuratorWork) -> ClusterRead:
    """Make several topics one; it is locked, so that a later run keeps it."""
    return await showing.read_cluster(work, await editing.merge(work, dataset_id, body))


@router.post("/clusters/move", responses=problems(NotFoundError, editing.NoTopicError))
async def move_rows(dataset_id: UUID, body: RowsMove, work: CuratorWork) -> dict[str, int]:
    """Put tickets into a topic or into none; a later run leaves them there."""
    return {"moved": await editing.move(work, dataset_id, body)}


@router.get("/clusters/{cluster_id}", responses=problems(NotFoundError))
async def get_cluster(
    dataset_id: UUID, cluster_id: UUID, work: ReaderWork, response: Response
) -> ClusterDetail:
    """Read a topic or theme with typical tickets and its trend."""
    found = await showing.detail(work, dataset_id, cluster_id)
    response.headers.update(etag(found.version))
    return found


@router.patch("/clusters/{cluster_id}", responses=problems(NotFoundError, PreconditionFailedError))
async def change_cluster(
    dataset_id: UUID,
    cluster_id: UUID,
    body: ClusterPatch,
    work: CuratorWork,
    response: Response,
    seen: SeenVersions,
) -> ClusterRead:
    """Name or lock a topic; with `If-Match`, only if it is still the version that was read."""
    row = await editing.change(work, dataset_id, cluster_id, body, seen)
    response.headers.update(etag(row.version))
    return await showing.read_cluster(work, row)


@router.post(
    "/clusters/{cluster_id}/split", status_code=201, responses=problems(NotFoundError, editing.NoTopicError)
)
async def split_cluster(
    dataset_id: UUID, cluster_id: UUID, work: CuratorWork, body: ClusterSplit | None = None
) -> ClusterRead:
    """Make a topic two, both locked; the answer is the new one."""
    row = await editing.split(work, dataset_id, cluster_id, body or ClusterSplit())
    return await showing.read_cluster(work, row)
