"""Adds, renames and deletes data sets; the one of the platform's own tickets is always there."""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import ConflictError
from caseplane.core.ids import new_id
from caseplane.insights.context import Insights, Work
from caseplane.insights.datasets.jobs import SYNC_TICKETS, DatasetArgs
from caseplane.insights.datasets.models import Dataset
from caseplane.insights.datasets.repository import Counts, Datasets, Uploads
from caseplane.insights.datasets.schemas import DatasetKind, DatasetRead

PLATFORM_NAME = "Tickets of this platform"


class DatasetNameTakenError(ConflictError):
    """Another data set has the name."""

    slug, title = "dataset-name-taken", "There is a data set of this name"


class PlatformDatasetError(ConflictError):
    """The data set of the platform's own tickets takes no files and cannot be deleted."""

    slug, title = "platform-dataset", "This is the data set of the platform's own tickets"


class UploadedDatasetError(ConflictError):
    """A data set of files has nothing to be read anew from the platform."""

    slug, title = "uploaded-dataset", "This data set is made of files"


async def create_dataset(work: Work, name: str) -> Dataset:
    """Add an empty data set.

    Raises:
        DatasetNameTakenError
    """
    datasets = work.repo(Datasets)
    await datasets.lock()
    await _check_name(work, name)
    row = datasets.add(
        id=new_id(), name=name, kind=DatasetKind.upload, created_by=work.principal.subject,
        created_at=work.now, updated_at=work.now,
    )  # fmt: skip
    await work.tx.flush()  # the audit log and the caller read the row
    await work.audit("dataset.created", target_type="dataset", target_id=row.id)
    return row


async def rename_dataset(work: Work, dataset_id: UUID, name: str) -> Dataset:
    """Give a data set another name.

    Raises:
        NotFoundError
        DatasetNameTakenError
    """
    datasets = work.repo(Datasets)
    await datasets.lock()
    row = await datasets.get(dataset_id, lock=True)
    if row.name != name:
        await _check_name(work, name)
        row.name, row.version, row.updated_at = name, row.version + 1, work.now
        await work.audit("dataset.renamed", target_type="dataset", target_id=row.id)
    return row


async def delete_dataset(context: Insights, who: Principal, dataset_id: UUID) -> None:
    """Delete a data set with its rows, clusters and files.

    Raises:
        NotFoundError
        PlatformDatasetError
    """
    async with context.work(who) as work:
        row = await work.repo(Datasets).get(dataset_id, lock=True)
        if row.kind == DatasetKind.platform:
            raise PlatformDatasetError("It cannot be deleted; tickets are deleted one by one.")
        files = await work.repo(Uploads).keys_of(dataset_id)
    for key in files:  # files first: without its row, none would be found again
        await context.objects.delete(key)
    async with context.work(who) as work:
        row = await work.repo(Datasets).get(dataset_id, lock=True)
        await work.tx.delete(row)
        await work.audit("dataset.deleted", target_type="dataset", target_id=dataset_id)


async def platform_dataset(work: Work) -> Dataset:
    """The data set of the platform's own tickets, made when it is first asked for."""
    datasets = work.repo(Datasets)
    found = await datasets.platform()
    if found is not None:
        return found
    await datasets.lock()
    found = await datasets.platform()
    if found is None:
        taken = await datasets.named(PLATFORM_NAME)
        found = datasets.add(
            id=new_id(), name=f"{PLATFORM_NAME} (own)" if taken else PLATFORM_NAME,
            kind=DatasetKind.platform, created_by="service:insights",
            created_at=work.now, updated_at=work.now,
        )  # fmt: skip
        await work.tx.flush()  # the list that is read next shows it
        await work.defer(SYNC_TICKETS, DatasetArgs(dataset_id=found.id))
    return found


async def refresh(work: Work, dataset_id: UUID) -> None:
    """Have the platform's newest tickets taken in.

    Raises:
        NotFoundError
        UploadedDatasetError
    """
    row = await work.repo(Datasets).get(dataset_id)
    if row.kind != DatasetKind.platform:
        raise UploadedDatasetError("Upload its file again to update it.")
    await work.defer(SYNC_TICKETS, DatasetArgs(dataset_id=dataset_id))


async def read_datasets(work: Work, rows: Sequence[Dataset]) -> list[DatasetRead]:
    """Data sets as they are shown."""
    counts = await work.repo(Datasets).counts([row.id for row in rows])
    return [_read(row, counts.get(row.id, Counts())) for row in rows]


def _read(row: Dataset, counts: Counts) -> DatasetRead:
    return DatasetRead(
        dataset_id=row.id, name=row.name, kind=DatasetKind(row.kind), rows=counts.rows,
        embedded=counts.embedded, clustered=counts.clustered, version=row.version,
        created_by=row.created_by, created_at=row.created_at, updated_at=row.updated_at,
    )  # fmt: skip


async def _check_name(work: Work, name: str) -> None:
    if await work.repo(Datasets).named(name) is not None:
        raise DatasetNameTakenError(f"A data set is called {name!r}; upload into it, or choose another name.")
