"""Routes that start ingestions and take files."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from caseplane.core.errors import (
    InvalidInputError,
    NotFoundError,
    PayloadTooLargeError,
    UnreadableError,
    UnsupportedMediaError,
    problems,
)
from caseplane.retrieval.access import Keeper, KeeperWork, Service
from caseplane.retrieval.errors import ManagedSourceError
from caseplane.retrieval.ingestion import previewing, receiving, syncing, uploading
from caseplane.retrieval.ingestion.errors import (
    IngestionOverError,
    ManifestNeededError,
    TooManyDeletionsError,
    TooManyFilesError,
)
from caseplane.retrieval.ingestion.multipart import FILES, read_files
from caseplane.retrieval.ingestion.schemas import FilesReceived, IngestionStarted, SyncPreview, SyncRequest
from caseplane.retrieval.reports.api import Wait
from caseplane.retrieval.reports.reading import wait_until_done
from caseplane.retrieval.reports.repository import Ingestions
from caseplane.retrieval.reports.schemas import IngestionRead
from caseplane.retrieval.schemas import Name, Path, RefusedEntry

ingestion = APIRouter(prefix="/knowledge-bases/{base_id}", tags=["knowledge"])
every_base = APIRouter(prefix="/knowledge-bases", tags=["knowledge"])


@every_base.post("/sync", status_code=202)
async def sync_all(work: KeeperWork) -> list[IngestionRead]:
    """Bring every source up to date that lies in the object store, whatever its knowledge base."""
    return await syncing.scan_all(work)


@ingestion.post(
    "/documents",
    status_code=202,
    responses=problems(
        NotFoundError, ManagedSourceError, PayloadTooLargeError, UnsupportedMediaError, UnreadableError
    ),
    openapi_extra=FILES,
)
async def upload_documents(
    base_id: UUID,
    keeper: Keeper,
    context: Service,
    request: Request,
    source: Annotated[Name, Query(description="Made if it does not exist")] = "uploads",
    path: Annotated[Path | None, Query(description="Instead of the name of a single file")] = None,
    wait: Wait = 0,
) -> IngestionRead:
    """Index files; a zip archive is opened, each of its files has a line in the report."""
    files = [file async for file in read_files(request, max_bytes=context.settings.max_request_bytes)]
    if not files:
        raise InvalidInputError("Send at least one file as the form field `file` (curl -F file=@NAME).")
    if path is not None:
        if len(files) > 1:
            raise InvalidInputError("`path` is for a single file.")
        files = [replace(files[0], path=path)]
    begun = await uploading.upload(context, keeper, base_id, files, source_name=source)
    if wait:
        return await wait_until_done(context, keeper, base_id, begun.id, seconds=wait)
    return begun


@ingestion.post(
    "/sync",
    status_code=202,
    responses=problems(
        NotFoundError, ManagedSourceError, ManifestNeededError, TooManyFilesError, TooManyDeletionsError
    ),
)
async def sync(base_id: UUID, body: SyncRequest, work: KeeperWork) -> IngestionStarted:
    """Bring a source up to date; the answer says which files to send.

    A running ingestion of the same source is superseded; bytes it had received are not asked for again.
    """
    return await syncing.start_sync(work, base_id, body)


@ingestion.post(
    "/sync/preview",
    responses=problems(NotFoundError, ManagedSourceError, ManifestNeededError, TooManyFilesError),
)
async def preview(base_id: UUID, body: SyncRequest, work: KeeperWork) -> SyncPreview:
    """Say what a sync would add, change and delete, and do nothing."""
    return await previewing.preview_sync(work, base_id, body)


@ingestion.post(
    "/ingestions/{ingestion_id}/files",
    responses=problems(NotFoundError, IngestionOverError, PayloadTooLargeError),
)
async def send_files(
    base_id: UUID, ingestion_id: UUID, keeper: Keeper, context: Service, request: Request
) -> FilesReceived:
    """Send bytes that an ingestion waits for, as form fields `file`; matched by hash, not by name."""
    async with context.work(keeper) as work:
        await work.repo(Ingestions).of_base(base_id, ingestion_id)

    async def contents() -> AsyncIterator[receiving.Content]:
        async for file in read_files(request, max_bytes=context.settings.max_request_bytes):
            yield file.data, file.media_type

    return await receiving.receive_files(context, keeper, ingestion_id, contents())


@ingestion.post("/ingestions/{ingestion_id}/refuse", responses=problems(NotFoundError, IngestionOverError))
async def refuse_files(
    base_id: UUID, ingestion_id: UUID, body: list[RefusedEntry], work: KeeperWork
) -> IngestionRead:
    """Say that files will not be sent after all, and why."""
    return await receiving.refuse_files(work, base_id, ingestion_id, body)
