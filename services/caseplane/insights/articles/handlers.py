"""Runs the jobs of articles."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.insights.articles import checking, publishing
from caseplane.insights.articles.jobs import CHECK, PUBLISH, ArticleArgs
from caseplane.insights.context import Insights

handlers = Handlers[Insights]()


@handlers.on(PUBLISH)
async def publish(context: Insights, who: Principal, args: ArticleArgs) -> None:
    await publishing.publish(context, who, args.article_id)


@handlers.given_up(PUBLISH)
async def not_published(context: Insights, who: Principal, args: ArticleArgs, exc: Exception | None) -> None:
    """Say on the article that publishing it failed for good; approving or rolling back starts it again."""
    error = type(exc).__name__ if exc else "its workers died"
    await publishing.refuse(context, who, args.article_id, f"Publishing was given up: {error}.")


@handlers.on(CHECK)
async def check(context: Insights, who: Principal, args: ArticleArgs) -> None:
    await checking.check(context, who, args.article_id)
