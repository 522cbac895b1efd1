"""Brings the index to what is approved, and tries the affected questions before and after.

It looks at what should be live, not at what was asked for, and looks again when it is done: however often it runs and
wherever it is killed, the index ends with the approved text, or without any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import RemoteProblemError
from caseplane.core.ids import new_id
from caseplane.insights.articles.models import Article, Revision
from caseplane.insights.articles.repository import Articles, Revisions, Trials
from caseplane.insights.context import Insights
from caseplane.orchestrator.schemas import QuestionTried, QuestionTry
from caseplane.retrieval.schemas import ArticleIndex

_LATER = frozenset({409, 429, 502, 503, 504})
"""Answers after which a repetition makes sense; a knowledge base may be changing its model."""


@dataclass(frozen=True)
class _Wanted:
    """What should be live."""

    article: Article
    revision: Revision | None


async def publish(context: Insights, who: Principal, article_id: UUID) -> None:
    """Bring the index to what is approved; nothing if the article was erased meanwhile."""
    wanted = await _wanted(context, who, article_id)
    while wanted is not None and await _bring(context, who, wanted):
        brought = wanted.article.published_revision
        wanted = await _wanted(context, who, article_id)
        if wanted is None or wanted.article.published_revision == brought:
            return


async def _wanted(context: Insights, who: Principal, article_id: UUID) -> _Wanted | None:
    async with context.work(who) as work:
        article = await work.repo(Articles).find(article_id)
        if article is None:
            return None
        number = article.published_revision
        revision = None if number is None else await work.repo(Revisions).numbered(article_id, number)
        return _Wanted(article, revision)


async def _bring(context: Insights, who: Principal, wanted: _Wanted) -> bool:
    """Publish or withdraw; false if the knowledge base refuses, which is kept on the article."""
    article, revision = wanted.article, wanted.revision
    if revision is None:
        await context.retrieval.withdraw_article(who, article.id, knowledge_base_id=article.knowledge_base_id)
        await _note(context, who, article.id, revision=None, document_id=None)
        return True
    if article.indexed_revision != revision.number:
        await _try(context, who, article, revision.number, phase="before")
    body = ArticleIndex(knowledge_base_id=article.knowledge_base_id, title=revision.title, body=revision.body)
    try:
        document_id = await context.retrieval.publish_article(who, article.id, body)
    except RemoteProblemError as exc:
        if exc.code in _LATER:
            raise
        await refuse(context, who, article.id, exc.detail or str(exc.problem.get("title", "")))
        return False
    await _note(context, who, article.id, revision=revision.number, document_id=document_id)
    await _try(context, who, article, revision.number, phase="after", document_id=document_id)
    return True


async def _note(
    context: Insights, who: Principal, article_id: UUID, *, revision: int | None, document_id: UUID | None
) -> None:
    async with context.work(who) as work:
        article = await work.repo(Articles).find(article_id, lock=True)
        if article is not None:
            article.indexed_revision, article.document_id = revision, document_id
            article.publish_error = None


async def refuse(context: Insights, who: Principal, article_id: UUID, error: str) -> None:
    """Say on the article why it is not live."""
    async with context.work(who) as work:
        article = await work.repo(Articles).find(article_id, lock=True)
        if article is not None:
            article.publish_error = error


async def _try(
    context: Insights,
    who: Principal,
    article: Article,
    revision: int,
    *,
    phase: str,
    document_id: UUID | None = None,
) -> None:
    """Ask the affected questions as new customers would, once for each phase, and keep what became of them."""
    async with context.work(who) as work:
        if await work.repo(Trials).of(article.id, revision, phase):
            return
    tried = [
        await context.orchestrator.try_question(who, QuestionTry(question=question))
        for question in article.questions
    ]
    async with context.work(who) as work:
        await work.repo(Articles).get(article.id, lock=True)
        if await work.repo(Trials).of(article.id, revision, phase):
            return  # another run was quicker
        for trial in _trials(article, tried, document_id):
            work.repo(Trials).add(id=new_id(), article_id=article.id, revision=revision, phase=phase, **trial)


def _trials(
    article: Article, tried: Sequence[QuestionTried], document_id: UUID | None
) -> list[dict[str, object]]:
    return [
        {
            "position": position,
            "question": question,
            "answered": found.answered,
            "cites_article": document_id is not None and document_id in found.cited_documents,
            "reason": found.reason,
            "confidence": found.confidence,
        }
        for position, (question, found) in enumerate(zip(article.questions, tried, strict=True))
    ]
