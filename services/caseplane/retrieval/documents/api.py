"""Routes of documents, but for those that send them."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.auth import Caller
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.retrieval.access import KeeperWork, ReaderWork, Service
from caseplane.retrieval.documents import reading, removal
from caseplane.retrieval.documents.schemas import DocumentRead
from caseplane.retrieval.schemas import DocumentText

documents = APIRouter(prefix="/knowledge-bases/{base_id}/documents", tags=["knowledge"])
GONE = problems(NotFoundError)


@documents.get("", responses=GONE)
async def list_documents(
    base_id: UUID,
    work: ReaderWork,
    source_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DocumentRead]:
    """Documents that are indexed and that the caller may see."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = await reading.list_documents(work, base_id, source_id=source_id, after=after, limit=limit + 1)
    return page(rows, limit, read=DocumentRead.model_validate, position=lambda row: (row.id,))


@documents.get("/{document_id}", responses=GONE)
async def get_document(base_id: UUID, document_id: UUID, work: ReaderWork) -> DocumentRead:
    """What is known of a document."""
    return DocumentRead.model_validate(await reading.get_document(work, base_id, document_id))


@documents.get("/{document_id}/text", responses=GONE)
async def get_text(base_id: UUID, document_id: UUID, caller: Caller, context: Service) -> DocumentText:
    """The stored text that citations point into, and its structure."""
    return await reading.get_text(context, caller, base_id, document_id)


@documents.delete("/{document_id}", status_code=204, responses=GONE)
async def delete_document(base_id: UUID, document_id: UUID, work: KeeperWork) -> None:
    """Delete a document; if its source still has the file, the next sync brings it back."""
    await removal.delete_document(work, base_id, document_id)
