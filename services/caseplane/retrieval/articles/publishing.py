"""Approved articles as knowledge: one document each, in a source of their own in the knowledge base that was chosen."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.ingestion.indexing import prepare
from caseplane.retrieval.ingestion.singly import put_document, remove_document
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
    return await put_document(
        context,
        principal,
        source.id,
        prepared,
        embedder,
        path=path,
        uri=f"article:{article_id}",
        media_type="text/markdown",
    )


async def withdraw_article(work: Work, article_id: UUID, *, base_id: UUID) -> None:
    """Take an article out of the index; one that is not there is no error."""
    source = await work.repo(Sources).named(base_id, SOURCE, lock=True)
    await remove_document(work, source, f"{article_id}.md")
