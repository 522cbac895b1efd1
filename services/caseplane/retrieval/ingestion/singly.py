"""Documents that come one at a time, from our other services: each has a path in a source, and one row."""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Embedder
from caseplane.core.ids import new_id
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.removal import remove_documents
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.ingestion.indexing import Prepared, embed, put_files, swap
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources


async def put_document(
    context: Retrieval,
    principal: Principal,
    source_id: UUID,
    prepared: Prepared,
    embedder: Embedder,
    *,
    path: str,
    uri: str,
    media_type: str,
    acl: Sequence[str] | None = None,
) -> UUID:
    """Index a document in the place of the one at its path; the same again changes nothing.

    Raises:
        EmbeddingError: the model cannot be used; nothing was changed.
        ProfileChangedError: the knowledge base was switched to another model just now; nothing was changed.
    """
    (chunks,) = await embed(context, embedder, [prepared])
    async with context.work(principal) as work:
        source = await work.repo(Sources).get(source_id, lock=True)  # one at a time, so that each has one row
        present = await work.repo(Documents).at(source.id, path)
        document_id = present.id if present else new_id()
        await swap(
            work,
            source,
            prepared,
            chunks,
            embedder=embedder,
            document_id=document_id,
            path=path,
            uri=uri,
            acl=acl,
            media_type=media_type,
        )
        await put_files(context, work.tenant_id, source.kind, document_id, prepared)
    return document_id


async def remove_document(work: Work, source: Source | None, path: str) -> None:
    """Take the document at a path out of the index; one that is not there is no error."""
    found = await work.repo(Documents).at(source.id, path) if source else None
    if source and found:
        await remove_documents(work, source.kind, [found.id])
        await work.repo(IndexedBases).raise_version(source.knowledge_base_id)
