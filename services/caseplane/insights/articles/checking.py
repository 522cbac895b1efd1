"""Finds published articles that may no longer hold, and sends them back to review.

An article goes stale when it is older than it says it may be, when a document that it rests on is gone, or when the
sources of an affected question contradict one another now.
"""

from datetime import timedelta
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.gate import ReasonCode
from caseplane.insights.articles import changing
from caseplane.insights.articles.jobs import CHECK, CHECK_EVERY, ArticleArgs
from caseplane.insights.articles.models import Article
from caseplane.insights.articles.repository import Articles
from caseplane.insights.articles.states import ArticleState
from caseplane.insights.context import Insights, Work
from caseplane.orchestrator.schemas import QuestionTry


async def check(context: Insights, who: Principal, article_id: UUID) -> None:
    """Look whether a published article still holds, and have it looked at again tomorrow."""
    async with context.work(who) as work:
        article = await work.repo(Articles).find(article_id)
        now = work.now
    if article is None or article.published_at is None:
        return
    because = None
    if article.state == ArticleState.published:
        age = now - article.published_at
        because = (
            _too_old(article, age)
            or await _missing_source(context, who, article)
            or await _conflict(context, who, article)
        )
    async with context.work(who) as work:
        await _note(work, article, because)


async def _note(work: Work, seen: Article, because: str | None) -> None:
    article = await work.repo(Articles).find(seen.id, lock=True)
    if article is None or article.published_revision is None:
        return
    article.checked_at = work.now
    if because and article.state == ArticleState.published and article.version == seen.version:
        await changing.go_stale(work, article, because)
    await work.defer(CHECK, ArticleArgs(article_id=article.id), delay=CHECK_EVERY)


def _too_old(article: Article, age: timedelta) -> str | None:
    if age < timedelta(days=article.review_after_days):
        return None
    return f"It was published {age.days} days ago; after {article.review_after_days} it has to be reviewed again."


async def _missing_source(context: Insights, who: Principal, article: Article) -> str | None:
    """A document that it rests on; of cases only what was learnt from them is a document."""
    named = {UUID(each["document_id"]): each for each in article.refs if each.get("document_id")}
    if not named:
        return None
    present = await context.retrieval.present_documents(who, list(named))
    gone = [str(each.get("title") or key) for key, each in named.items() if key not in present]
    return f"A document that it rests on is gone: {', '.join(gone[:5])}." if gone else None


async def _conflict(context: Insights, who: Principal, article: Article) -> str | None:
    for question in article.questions:
        tried = await context.orchestrator.try_question(who, QuestionTry(question=question))
        if tried.reason == ReasonCode.conflicting_sources:
            return f"Sources contradict one another about “{question[:200]}”."
    return None
