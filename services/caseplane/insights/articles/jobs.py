"""Background jobs of articles."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs

CHECK_EVERY = timedelta(days=1)


class ArticleArgs(JobArgs):
    article_id: UUID


PUBLISH = Job(
    "insights.publish_article",
    ArticleArgs,
    queue="insights",
    after="an approval or a rollback",
    repeat="it brings the index to what is approved, whatever it holds",
    lock=lambda args: f"article:{args.article_id}",
    retry=Backoff(30, cap=timedelta(minutes=5)),
)
# Without a lock: a job that waits for its day would hold up publishing.
CHECK = Job(
    "insights.check_article",
    ArticleArgs,
    queue="insights",
    after="publication, then every day",
    repeat="only a published article goes stale",
    once=lambda args: f"check:{args.article_id}",
)
