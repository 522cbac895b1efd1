"""Approved articles as knowledge: one document each, in a source of their own in the knowledge base that was chosen."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.removal import remove_documents
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.ingestion.indexing import embed, prepare, put_files, swap
from caseplane.retrieval.profiles.choosing import embedder_of
from caseplane.retrieval.schemas import ArticleIndex
from caseplane.retrieval.sources.repository import Sources
from caseplane.retrieval.sources.schemas import SourceKind

SOURCE = "articles"


async def publish_article(
    context: Retrieval, principal: Principal, article_id: UUID, article: ArticleIndex
) -> UUID:
    """Make an article findable, in the place of its earlier version; the same again changes nothing.

    Raises:
        NotFoundError: the knowledge base is gone.
        DocumentError: a subclass says why the text cannot be used.
        EmbeddingError: the model cannot be used; nothing was changed.
        ProfileChangedError: the knowledge base was switched to another model just now; nothing was changed.
    """
    data = f"# {article.title}\n\n{article.body}\n".encode()
    path = f"{article_id}.md"
    prepared = await prepare(context, data, path=path, media_type="text/markdown")
    async with context.work(principal) as work:
        await work.repo(IndexedBases).get(article.knowledge_base_id)
        source = await work.repo(Sources).ensure(article.knowledge_base_id, SOURCE, kind=SourceKind.article)
        embedder = await embedder_of(work, article.knowledge_base_id)
    (chunks,) = await embed(context, embedder, [prepared])
    async with context.work(principal) as work:
        # Articles are indexed one at a time, so that each has one row.
        held = await work.repo(Sources).get(source.id, lock=True)
        present = await work.repo(Documents).at(held.id, path)
        document_id = present.id if present else new_id()
        await swap(
            work,
            held,
            prepared,
            chunks,
            embedder=embedder,
            document_id=document_id,
            path=path,
            uri=f"article:{article_id}",
            media_type="text/markdown",
        )
        await put_files(context, work.tenant_id, held.kind, document_id, prepared)
    return document_id


async def withdraw_article(work: Work, article_id: UUID, *, base_id: UUID) -> None:
    """Take an article out of the index; one that is not there is no error."""
    source = await work.repo(Sources).named(base_id, SOURCE, lock=True)
    found = await work.repo(Documents).at(source.id, f"{article_id}.md") if source else None
    if source and found:
        await remove_documents(work, source.kind, [found.id])
        await work.repo(IndexedBases).raise_version(base_id)
