"""Routes of knowledge bases, sources, documents, ingestions, search and case knowledge."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from caseplane.core.auth import AdminCaller, Caller, Principal, Role, require
from caseplane.core.embeddings import UnknownProfileError
from caseplane.core.errors import (
    InvalidInputError,
    NotFoundError,
    PayloadTooLargeError,
    PreconditionFailedError,
    UnsupportedMediaError,
    problems,
)
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from caseplane.core.work import context_of
from caseplane.retrieval import bases, ingestions, reports, searching
from caseplane.retrieval import cases as case_knowledge
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.errors import (
    IngestionOverError,
    ManagedSourceError,
    ManifestNeededError,
    NameTakenError,
)
from caseplane.retrieval.schemas import (
    CaseIndex,
    DocumentRead,
    DocumentText,
    FilesReceived,
    IngestionRead,
    IngestionStarted,
    ItemRead,
    ItemState,
    KnowledgeBaseCreate,
    KnowledgeBaseRead,
    KnowledgeBaseUpdate,
    Name,
    Path,
    RefusedEntry,
    SearchRequest,
    SearchResponse,
    SourceCreate,
    SourceRead,
    SourceUpdate,
    SyncRequest,
)

knowledge = APIRouter(prefix="/knowledge-bases", tags=["knowledge"])
searches = APIRouter(prefix="/search", tags=["knowledge"])
cases = APIRouter(prefix="/cases", tags=["internal"], include_in_schema=False)
_FILES_PER_REQUEST = 1000


O = Annotated[Retrieval, Depends(context_of)]  # noqa: E741 - read as the collaborator it is
Keeper = Annotated[Principal, Depends(require(Role.admin, Role.sme, Role.product_owner))]
Reader = Annotated[Principal, Depends(require(Role.agent, Role.analyst, Role.sme, Role.product_owner))]
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait until it is done")]
GONE = problems(NotFoundError)


@knowledge.post("", status_code=201, responses=problems(NameTakenError, UnknownProfileError))
async def create_base(body: KnowledgeBaseCreate, who: Keeper, o: O) -> KnowledgeBaseRead:
    """Make an empty knowledge base."""
    return await bases.create_base(o, who, body)


@knowledge.get("")
async def list_bases(
    who: Reader,
    o: O,
    name: Name | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[KnowledgeBaseRead]:
    """Knowledge bases in the order they were made; with `name`, the one of that name."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = await bases.list_bases(o, who, name=name, after=after, limit=limit + 1)
    return _page(rows, limit)


@knowledge.get("/{base_id}", responses=GONE)
async def get_base(base_id: UUID, who: Reader, o: O, response: Response) -> KnowledgeBaseRead:
    """A knowledge base; its `ETag` is for a later change."""
    base = await bases.get_base(o, who, base_id)
    response.headers["ETag"] = f'"{base.version}"'
    return base


@knowledge.patch(
    "/{base_id}",
    responses=problems(NotFoundError, NameTakenError, PreconditionFailedError, UnknownProfileError),
)
async def update_base(
    base_id: UUID,
    body: KnowledgeBaseUpdate,
    who: Keeper,
    o: O,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> KnowledgeBaseRead:
    """Rename a knowledge base, change who may see it, or have it embedded with another model."""
    base = await bases.update_base(o, who, base_id, body, expected_version=_version(if_match))
    response.headers["ETag"] = f'"{base.version}"'
    return base


@knowledge.delete("/{base_id}", status_code=204, responses=GONE)
async def delete_base(base_id: UUID, who: AdminCaller, o: O) -> None:
    """Delete a knowledge base with everything in it."""
    await bases.delete_base(o, who, base_id)


@knowledge.post(
    "/{base_id}/sources",
    status_code=201,
    responses=problems(NotFoundError, NameTakenError, ManagedSourceError),
)
async def create_source(base_id: UUID, body: SourceCreate, who: Keeper, o: O) -> SourceRead:
    """Make a source of documents."""
    return await bases.create_source(o, who, base_id, body)


@knowledge.get("/{base_id}/sources", responses=GONE)
async def list_sources(base_id: UUID, who: Reader, o: O) -> list[SourceRead]:
    """All sources of a knowledge base."""
    return await bases.list_sources(o, who, base_id)


@knowledge.patch("/{base_id}/sources/{source_id}", responses=problems(NotFoundError, ManagedSourceError))
async def update_source(base_id: UUID, source_id: UUID, body: SourceUpdate, who: Keeper, o: O) -> SourceRead:
    """Change where a source's files lie, who may see its documents, or where they are said to be."""
    return await bases.update_source(o, who, base_id, source_id, body)


@knowledge.delete("/{base_id}/sources/{source_id}", status_code=204, responses=GONE)
async def delete_source(base_id: UUID, source_id: UUID, who: Keeper, o: O) -> None:
    """Delete a source with its documents, their chunks, vectors and files."""
    await bases.delete_source(o, who, base_id, source_id)


@knowledge.get("/{base_id}/documents", responses=GONE)
async def list_documents(
    base_id: UUID,
    who: Reader,
    o: O,
    source_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DocumentRead]:
    """Documents that are indexed and that the caller may see."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = await bases.list_documents(o, who, base_id, source_id=source_id, after=after, limit=limit + 1)
    return _page(rows, limit)


@knowledge.post(
    "/{base_id}/documents",
    status_code=202,
    responses=problems(NotFoundError, ManagedSourceError, PayloadTooLargeError, UnsupportedMediaError),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {
                                "type": "array",
                                "items": {"type": "string", "format": "binary"},
                            }
                        },
                    }
                }
            },
        }
    },
)
async def upload_documents(
    base_id: UUID,
    who: Keeper,
    o: O,
    request: Request,
    source: Annotated[Name, Query(description="Made if it does not exist")] = "uploads",
    path: Annotated[Path | None, Query(description="Instead of the name of a single file")] = None,
    wait: Wait = 0,
) -> IngestionRead:
    """Index files; a zip archive is opened, each of its files has a line in the report."""
    files = [ingestions.Upload(name, data, media_type) async for name, data, media_type in _parts(request, o)]
    if not files:
        raise InvalidInputError("Send at least one file as the form field `file`.")
    if path is not None:
        if len(files) > 1:
            raise InvalidInputError("`path` is for a single file.")
        files = [ingestions.Upload(path, files[0].data, files[0].media_type)]
    begun = await ingestions.upload(o, who, base_id, files, source_name=source)
    if wait:
        return await ingestions.wait_until_done(o, who, begun.id, seconds=wait)
    return begun


@knowledge.get("/{base_id}/documents/{document_id}", responses=GONE)
async def get_document(base_id: UUID, document_id: UUID, who: Reader, o: O) -> DocumentRead:
    """What is known of a document."""
    return await bases.get_document(o, who, base_id, document_id)


@knowledge.get("/{base_id}/documents/{document_id}/text", responses=GONE)
async def get_text(base_id: UUID, document_id: UUID, who: Caller, o: O) -> DocumentText:
    """The stored text that citations point into, and its structure."""
    return await bases.get_text(o, who, base_id, document_id)


@knowledge.delete("/{base_id}/documents/{document_id}", status_code=204, responses=GONE)
async def delete_document(base_id: UUID, document_id: UUID, who: Keeper, o: O) -> None:
    """Delete a document; if its source still has the file, the next sync brings it back."""
    await bases.delete_document(o, who, base_id, document_id)


@knowledge.post(
    "/{base_id}/sync",
    status_code=202,
    responses=problems(NotFoundError, ManagedSourceError, ManifestNeededError),
)
async def sync(base_id: UUID, body: SyncRequest, who: Keeper, o: O) -> IngestionStarted:
    """Bring a source up to date; the answer says which files to send.

    A running ingestion of the same source is superseded; bytes it had received are not asked for again.
    """
    return await ingestions.start_sync(o, who, base_id, body)


@knowledge.get("/{base_id}/ingestions", responses=GONE)
async def list_ingestions(
    base_id: UUID, who: Reader, o: O, limit: Limit = 20, cursor: Cursor = None
) -> Page[IngestionRead]:
    """Ingestions of a knowledge base, the latest first."""
    before = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = await reports.list_ingestions(o, who, base_id, before=before, limit=limit + 1)
    return _page(rows, limit)


@knowledge.get("/{base_id}/ingestions/{ingestion_id}", responses=GONE)
async def get_ingestion(
    base_id: UUID, ingestion_id: UUID, who: Reader, o: O, wait: Wait = 0
) -> IngestionRead:
    """How far an ingestion is."""
    await reports.check_ingestion(o, who, base_id, ingestion_id)
    return await ingestions.wait_until_done(o, who, ingestion_id, seconds=wait)


@knowledge.get("/{base_id}/ingestions/{ingestion_id}/items", responses=GONE)
async def list_items(
    base_id: UUID,
    ingestion_id: UUID,
    who: Reader,
    o: O,
    state: Annotated[list[ItemState], Query()] = [],  # noqa: B006 - FastAPI copies it
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ItemRead]:
    """The report: what became of every file, and why."""
    after = decode_cursor(cursor, str)[0] if cursor else None
    await reports.check_ingestion(o, who, base_id, ingestion_id)
    rows = await reports.list_items(o, who, ingestion_id, states=state, after=after, limit=limit + 1)
    more = encode_cursor(rows[limit - 1].path) if len(rows) > limit else None
    return Page(items=rows[:limit], next=more)


@knowledge.post(
    "/{base_id}/ingestions/{ingestion_id}/files",
    responses=problems(NotFoundError, IngestionOverError, PayloadTooLargeError),
)
async def send_files(base_id: UUID, ingestion_id: UUID, who: Keeper, o: O, request: Request) -> FilesReceived:
    """Send bytes that an ingestion waits for, as form fields `file`; matched by hash, not by name."""
    await reports.check_ingestion(o, who, base_id, ingestion_id)

    async def contents() -> AsyncIterator[tuple[bytes, str | None]]:
        async for _, data, media_type in _parts(request, o):
            yield data, media_type

    return await ingestions.receive_files(o, who, ingestion_id, contents())


@knowledge.post(
    "/{base_id}/ingestions/{ingestion_id}/refuse", responses=problems(NotFoundError, IngestionOverError)
)
async def refuse_files(
    base_id: UUID, ingestion_id: UUID, body: list[RefusedEntry], who: Keeper, o: O
) -> IngestionRead:
    """Say that files will not be sent after all, and why."""
    await reports.check_ingestion(o, who, base_id, ingestion_id)
    return await ingestions.refuse_files(o, who, ingestion_id, body)


@searches.post("", responses=GONE)
async def search(body: SearchRequest, who: Caller, o: O) -> SearchResponse:
    """The best evidence that the caller may see."""
    return await searching.search(o, who, body)


@cases.post("", status_code=201)
async def index_case(body: CaseIndex, who: AdminCaller, o: O) -> dict[str, UUID]:
    """Make a resolved case findable."""
    return {"document_id": await case_knowledge.index_case(o, who, body)}


@cases.delete("/{case_id}", status_code=204)
async def forget_case(case_id: UUID, who: AdminCaller, o: O) -> None:
    """Take a case out of the index."""
    await case_knowledge.forget_case(o, who, case_id)


def _page(rows: list[Any], limit: int) -> Page[Any]:
    more = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=rows[:limit], next=more)


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    match = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', if_match)
    if match is None:
        raise PreconditionFailedError("`If-Match` is not an ETag that this resource gave.")
    return int(match[1])


async def _parts(request: Request, o: Retrieval) -> AsyncIterator[tuple[str, bytes, str | None]]:
    """The files of a multipart body: name, bytes, media type."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > o.settings.max_request_bytes:
        raise PayloadTooLargeError(
            f"The request may have at most {o.settings.max_request_bytes:,} bytes.",
            limit=o.settings.max_request_bytes,
        )
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise UnsupportedMediaError("Send files as multipart/form-data.")
    try:
        form = await request.form(max_files=_FILES_PER_REQUEST, max_fields=100)
    except (MultiPartException, HTTPException) as exc:  # Starlette turns the one into the other
        reason = exc.message if isinstance(exc, MultiPartException) else exc.detail
        raise InvalidInputError(f"The form cannot be read: {reason}") from exc
    try:
        for part in form.getlist("file"):
            if not isinstance(part, UploadFile):
                raise InvalidInputError("The form field `file` must be a file with a name.")
            yield part.filename or "unnamed", await part.read(), part.content_type
    finally:
        await form.close()
