"""Takes documents out: rows at once, with their chunks and vectors; files right after."""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.objects import keys
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.jobs import FORGET, ForgetArgs
from caseplane.retrieval.documents.reading import get_document
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases

_PER_JOB = 500


async def delete_document(work: Work, base_id: UUID, document_id: UUID) -> None:
    """Delete a document; if its source still has the file, the next sync brings it back."""
    row = await get_document(work, base_id, document_id)
    await remove_documents(work, row.source, [row.id])
    await work.repo(IndexedBases).raise_version(base_id)


async def remove_documents(work: Work, kind: str, ids: Sequence[UUID]) -> None:
    """Delete documents of a kind of source in this transaction, and their files once it has committed."""
    await work.repo(Documents).delete(ids)
    await remove_files(work, kind, ids)


async def remove_files(work: Work, kind: str, ids: Sequence[UUID]) -> None:
    """Ask for the files of documents to be deleted after this transaction."""
    for start in range(0, len(ids), _PER_JOB):
        await work.defer(FORGET, ForgetArgs(source=kind, document_ids=list(ids[start : start + _PER_JOB])))


async def forget_files(
    context: Retrieval, tenant_id: UUID, source: str, document_ids: Sequence[UUID]
) -> None:
    """Delete the original and the text of documents that are gone; safe to repeat."""
    for document_id in document_ids:
        await context.objects.delete(keys.raw_document(tenant_id, source, document_id))
        await context.objects.delete(keys.document_text(tenant_id, document_id))
