"""What a caller may read of documents."""

import json
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.core.objects import keys
from caseplane.retrieval.access import visible_to
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.models import Document
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.schemas import DocumentText


async def list_documents(
    work: Work, base_id: UUID, *, source_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Document]:
    """Documents that the caller may see, in the order they were first indexed."""
    await work.repo(IndexedBases).get(base_id)
    return await work.repo(Documents).page(
        base_id, source_id=source_id, entitlements=visible_to(work.principal), after=after, limit=limit
    )


async def get_document(work: Work, base_id: UUID, document_id: UUID) -> Document:
    """A document of a knowledge base; one that the caller may not see answers as if it did not exist."""
    row = await work.repo(Documents).find(document_id)
    limits = visible_to(work.principal)
    hidden = row is not None and row.acl and limits is not None and not set(row.acl) & set(limits)
    if row is None or hidden or row.knowledge_base_id != base_id:
        raise NotFoundError(f"There is no document {document_id} in this knowledge base.")
    return row


async def get_text(
    context: Retrieval, principal: Principal, base_id: UUID, document_id: UUID
) -> DocumentText:
    """The stored text that citations point into; it is read after the transaction."""
    async with context.work(principal) as work:
        await get_document(work, base_id, document_id)
    stored = json.loads(await context.objects.get(keys.document_text(principal.tenant, document_id)))
    return DocumentText(document_id=document_id, **stored)
