"""Routes of data sets."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from caseplane.core.errors import InvalidInputError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.core.text import Storable
from caseplane.insights.callers import Analyst, AnalystWork, Reader, ReaderWork, Shared
from caseplane.insights.datasets import exporting, managing, receiving
from caseplane.insights.datasets.models import Rejection, Upload
from caseplane.insights.datasets.reading.errors import FileUnreadableError
from caseplane.insights.datasets.repository import Datasets, Rejections, Rows, Uploads
from caseplane.insights.datasets.schemas import (
    DatasetCreate,
    DatasetPatch,
    DatasetRead,
    ExportFormat,
    Preview,
    ReadingOptions,
    RejectionRead,
    RowRead,
    UploadRead,
    UploadState,
)

router = APIRouter(prefix="/datasets", tags=["datasets"])
FileName = Annotated[
    str, Query(alias="file", min_length=1, max_length=300, description="Name of the file"), Storable
]
Options = Annotated[
    str,
    Query(max_length=20_000, description="`ReadingOptions` as JSON: columns, date_order, time_zone, sheet"),
]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_MEDIA = {
    ExportFormat.csv: "text/csv; charset=utf-8",
    ExportFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("")
async def list_datasets(work: ReaderWork, limit: Limit = 50, cursor: Cursor = None) -> Page[DatasetRead]:
    """List data sets, the oldest first; the platform's own tickets are one of them."""
    await managing.platform_dataset(work)
    rows = await work.repo(Datasets).by_age(cursor, limit)
    found = await managing.read_datasets(work, rows)
    return page(found, limit, read=lambda each: each, position=lambda each: (each.dataset_id,))


@router.post("", status_code=201, responses=problems(managing.DatasetNameTakenError))
async def create_dataset(body: DatasetCreate, work: AnalystWork) -> DatasetRead:
    """Add an empty data set; upload files into it."""
    row = await managing.create_dataset(work, body.name)
    return (await managing.read_datasets(work, [row]))[0]


@router.post("/preview", responses=problems(FileUnreadableError), openapi_extra=_BODY)
async def preview_file(request: Request, who: Analyst, file: FileName, options: Options = "{}") -> Preview:
    """Say what a file holds and how its rows would be read, without storing it."""
    del who
    return await receiving.preview(_chunks(request), name=file, options=_options(options))


@router.get("/{dataset_id}", responses=problems(NotFoundError))
async def get_dataset(dataset_id: UUID, work: ReaderWork) -> DatasetRead:
    """Read a data set with its counts."""
    row = await work.repo(Datasets).get(dataset_id)
    return (await managing.read_datasets(work, [row]))[0]


@router.patch("/{dataset_id}", responses=problems(NotFoundError, managing.DatasetNameTakenError))
async def change_dataset(dataset_id: UUID, body: DatasetPatch, work: AnalystWork) -> DatasetRead:
    """Give a data set another name."""
    row = await managing.rename_dataset(work, dataset_id, body.name)
    return (await managing.read_datasets(work, [row]))[0]


@router.delete(
    "/{dataset_id}", status_code=204, responses=problems(NotFoundError, managing.PlatformDatasetError)
)
async def delete_dataset(dataset_id: UUID, who: Analyst, context: Shared) -> None:
    """Delete a data set with its rows, clusters and files."""
    await managing.delete_dataset(context, who, dataset_id)


@router.post(
    "/{dataset_id}/refresh", status_code=202,
    responses=problems(NotFoundError, managing.UploadedDatasetError),
)  # fmt: skip
async def refresh_dataset(dataset_id: UUID, work: AnalystWork) -> None:
    """Take the platform's newest tickets in."""
    await managing.refresh(work, dataset_id)


@router.post(
    "/{dataset_id}/uploads", status_code=202, openapi_extra=_BODY,
    responses=problems(NotFoundError, managing.PlatformDatasetError, FileUnreadableError),
)  # fmt: skip
async def upload_file(
    dataset_id: UUID, request: Request, who: Analyst, context: Shared, file: FileName, options: Options = "{}"
) -> UploadRead:
    """Send a file (CSV, XLSX, JSON, JSON lines); its rows are read in the background, and known ids are updated."""
    row = await receiving.receive(
        context, who, dataset_id, _chunks(request), name=file, options=_options(options)
    )
    return _read_upload(row)


@router.get("/{dataset_id}/uploads", responses=problems(NotFoundError))
async def list_uploads(
    dataset_id: UUID, work: ReaderWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[UploadRead]:
    """List a data set's files with how far they were read, the newest first."""
    await work.repo(Datasets).get(dataset_id)
    found = await work.repo(Uploads).newest_first(cursor, limit, Upload.dataset_id == dataset_id)
    return page(found, limit, read=_read_upload, position=lambda row: (row.id,))


@router.get("/{dataset_id}/uploads/{upload_id}", responses=problems(NotFoundError))
async def get_upload(dataset_id: UUID, upload_id: UUID, work: ReaderWork) -> UploadRead:
    """Read how far a file was read."""
    return _read_upload(await receiving.get_upload(work, dataset_id, upload_id))


@router.get("/{dataset_id}/uploads/{upload_id}/rejections", responses=problems(NotFoundError))
async def list_rejections(
    dataset_id: UUID, upload_id: UUID, work: ReaderWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[RejectionRead]:
    """List the rows of a file that are no tickets, with line and reason."""
    await receiving.get_upload(work, dataset_id, upload_id)
    found = await work.repo(Rejections).by_age(cursor, limit, Rejection.upload_id == upload_id)
    return page(found, limit, read=RejectionRead.model_validate, position=lambda row: (row.id,))


@router.post("/{dataset_id}/uploads/{upload_id}/cancel", responses=problems(NotFoundError))
async def cancel_upload(dataset_id: UUID, upload_id: UUID, work: AnalystWork) -> UploadRead:
    """End the reading of a file; the rows that were read stay."""
    return _read_upload(await receiving.cancel(work, dataset_id, upload_id))


@router.post("/{dataset_id}/uploads/{upload_id}/resume", status_code=202, responses=problems(NotFoundError))
async def resume_upload(dataset_id: UUID, upload_id: UUID, work: AnalystWork) -> UploadRead:
    """Go on with a file that was cancelled or failed, after the last row that was read."""
    return _read_upload(await receiving.resume(work, dataset_id, upload_id))


@router.get("/{dataset_id}/rows", responses=problems(NotFoundError))
async def list_rows(
    dataset_id: UUID,
    work: ReaderWork,
    limit: Limit = 50,
    cursor: Cursor = None,
    cluster_id: Annotated[UUID | None, Query(description="Only rows of this topic or theme")] = None,
    outliers: Annotated[bool, Query(description="Only rows that were found to belong to no topic")] = False,
) -> Page[RowRead]:
    """List a data set's tickets, the oldest first."""
    await work.repo(Datasets).get(dataset_id)
    found = await work.repo(Rows).shown(
        dataset_id, limit=limit, cursor=cursor, cluster_id=cluster_id, outliers=outliers
    )
    return page(found, limit, read=_read_row, position=lambda row: (row.id,))


@router.get("/{dataset_id}/export", responses=problems(NotFoundError), response_class=StreamingResponse)
async def export_dataset(
    dataset_id: UUID, who: Reader, context: Shared, format: ExportFormat = ExportFormat.csv
) -> StreamingResponse:
    """Get all rows with their topics as a file."""
    chunks = await exporting.export(context, who, dataset_id, format)
    headers = {"Content-Disposition": f'attachment; filename="tickets.{format}"'}
    return StreamingResponse(chunks, media_type=_MEDIA[format], headers=headers)


def _options(text: str) -> ReadingOptions:
    try:
        return TypeAdapter(ReadingOptions).validate_json(text)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(f"options: {where}: {first['msg']}") from exc


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk


def _read_upload(row: Upload) -> UploadRead:
    return UploadRead(
        upload_id=row.id, dataset_id=row.dataset_id, file_name=row.file_name, size_bytes=row.size_bytes,
        state=UploadState(row.state), reason=row.reason, mapping=row.reading["columns"],
        rows_read=row.rows_read, created_rows=row.created_rows, updated_rows=row.updated_rows,
        unchanged_rows=row.unchanged_rows, rejected_rows=row.rejected_rows, created_by=row.created_by,
        created_at=row.created_at, finished_at=row.finished_at, file_removed_at=row.file_removed_at,
    )  # fmt: skip


def _read_row(row: Any) -> RowRead:
    names = [name for name in RowRead.model_fields if name != "row_id"]
    return RowRead(row_id=row.id, **{name: getattr(row, name) for name in names})
