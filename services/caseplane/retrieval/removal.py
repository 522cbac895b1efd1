"""Takes documents out: rows at once, with their chunks and vectors; files right after."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.objects import keys
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.jobs import FORGET, ForgetArgs
from caseplane.retrieval.models import Source
from caseplane.retrieval.repository import KnowledgeRepository

_PER_JOB = 500


async def remove_documents(
    o: Retrieval, repo: KnowledgeRepository, source: Source, ids: Sequence[UUID]
) -> None:
    """Delete documents in the caller's transaction, and their files once that has committed."""
    await repo.delete_documents(ids)
    await remove_files(o, repo, source.kind, ids)


async def remove_files(o: Retrieval, repo: KnowledgeRepository, kind: str, ids: Sequence[UUID]) -> None:
    """Ask for the files of documents to be deleted after the caller's transaction."""
    for start in range(0, len(ids), _PER_JOB):
        args = ForgetArgs(source=kind, document_ids=list(ids[start : start + _PER_JOB]))
        await o.jobs.defer(repo.tx, FORGET, args, tenant_id=repo.tenant_id)


async def forget_files(o: Retrieval, tenant_id: UUID, source: str, document_ids: Sequence[UUID]) -> None:
    """Delete the original and the text of documents that are gone; safe to repeat."""
    for document_id in document_ids:
        await o.objects.delete(keys.raw_document(tenant_id, source, document_id))
        await o.objects.delete(keys.document_text(tenant_id, document_id))
