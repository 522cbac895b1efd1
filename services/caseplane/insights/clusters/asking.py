"""Asks for a run, and ends one."""

from uuid import UUID

from caseplane.core.errors import ConflictError, NotFoundError
from caseplane.core.ids import new_id
from caseplane.insights.clusters.jobs import GROUP_ROWS, ClusteringArgs
from caseplane.insights.clusters.models import Clustering
from caseplane.insights.clusters.repository import Clusterings
from caseplane.insights.clusters.schemas import OVER, ClusteringCreate, ClusteringState
from caseplane.insights.context import Work
from caseplane.insights.datasets.repository import Counts, Datasets


class NothingToGroupError(ConflictError):
    """No row of the data set has a vector yet."""

    slug, title = "nothing-to-group", "There are no tickets to group"


async def ask(work: Work, dataset_id: UUID, wish: ClusteringCreate) -> Clustering:
    """Have a data set grouped; the run that waits or works already is the answer.

    Raises:
        NotFoundError
        NothingToGroupError
    """
    await work.repo(Datasets).get(dataset_id)
    runs = work.repo(Clusterings)
    await runs.lock_dataset(dataset_id)
    found = await runs.open(dataset_id)
    if found is not None:
        return found
    counts = (await work.repo(Datasets).counts([dataset_id])).get(dataset_id, Counts())
    if not counts.embedded:
        detail = (
            "Its rows are still being prepared; try again soon." if counts.rows else "Upload a file first."
        )
        raise NothingToGroupError(detail)
    row = runs.add(
        id=new_id(), dataset_id=dataset_id, state=ClusteringState.waiting,
        options=wish.model_dump(mode="json"), created_by=work.principal.subject, created_at=work.now,
    )  # fmt: skip
    await work.tx.flush()  # the caller reads the row
    await work.defer(GROUP_ROWS, ClusteringArgs(dataset_id=dataset_id, clustering_id=row.id))
    await work.audit("dataset.grouping_requested", target_type="dataset", target_id=dataset_id)
    return row


async def cancel(work: Work, dataset_id: UUID, clustering_id: UUID) -> Clustering:
    """End a run; the topics stay as they were. Cancelling one that is over changes nothing."""
    row = await get_run(work, dataset_id, clustering_id, lock=True)
    if row.state not in OVER:
        row.state, row.step, row.finished_at = ClusteringState.cancelled, "", work.now
    return row


async def get_run(work: Work, dataset_id: UUID, clustering_id: UUID, *, lock: bool = False) -> Clustering:
    row = await work.repo(Clusterings).of(dataset_id, clustering_id, lock=lock)
    if row is None:
        raise NotFoundError(f"The data set has no clustering {clustering_id}.")
    return row
