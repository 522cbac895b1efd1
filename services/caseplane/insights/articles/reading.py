"""Articles as they cross the wire."""

from collections.abc import Sequence
from uuid import UUID

from caseplane.insights.articles.models import Article, Revision
from caseplane.insights.articles.repository import Articles, Revisions
from caseplane.insights.articles.schemas import ArticleRead
from caseplane.insights.articles.states import ArticleState
from caseplane.insights.context import Work


async def read(work: Work, article: Article) -> ArticleRead:
    await work.tx.flush()  # a new text is read back with the rest
    return (await read_all(work, [article]))[0]


async def read_all(work: Work, articles: Sequence[Article]) -> list[ArticleRead]:
    texts = await work.repo(Revisions).current(articles)
    return [_read(article, texts[article.id]) for article in articles]


async def page_of(
    work: Work, *, state: ArticleState | None, gap_id: UUID | None, cursor: str | None, limit: int
) -> list[Article]:
    """The newest first, one more than `limit`."""
    where = []
    if state is not None:
        where.append(Article.state == state)
    if gap_id is not None:
        where.append(Article.gap_id == gap_id)
    return await work.repo(Articles).newest_first(cursor, limit, *where)


def _read(article: Article, text: Revision) -> ArticleRead:
    return ArticleRead(
        article_id=article.id,
        gap_id=article.gap_id,
        knowledge_base_id=article.knowledge_base_id,
        state=ArticleState(article.state),
        version=article.version,
        revision=article.revision,
        title=text.title,
        body=text.body,
        method=text.method,
        authors=text.authors,
        reviewed_by=text.reviewed_by,
        approved_by=text.approved_by,
        published_revision=article.published_revision,
        published_at=article.published_at,
        live=article.live,
        document_id=article.document_id,
        publish_error=article.publish_error,
        stale_because=article.stale_because,
        questions=article.questions,
        references=article.refs,
        review_after_days=article.review_after_days,
        created_by=article.created_by,
        created_at=article.created_at,
        updated_at=article.updated_at,
    )
