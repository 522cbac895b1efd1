"""Whether an article helped: trials of its questions, and what customers did before and after it went live."""

from datetime import datetime, timedelta
from uuid import UUID

from caseplane.core.errors import NotFoundError
from caseplane.insights.articles.models import Article
from caseplane.insights.articles.repository import Articles, Revisions, Trials
from caseplane.insights.articles.schemas import EffectRead, PeriodRead, ShareRead, TrialRead, TrialsRead
from caseplane.insights.context import Work
from caseplane.insights.outcomes.comparing import Comparing, Conduct
from caseplane.insights.outcomes.shares import Share, difference

DAY = timedelta(days=1)


async def measure(work: Work, article_id: UUID, *, days: int) -> EffectRead:
    """The effect of the text that is live, or else of the last one that was.

    Raises:
        NotFoundError: there is no such article, or none of its texts was ever published.
    """
    article = await work.repo(Articles).get(article_id)
    number, since = await _published(work, article)
    length = min(timedelta(days=days), max(work.now - since, timedelta(0)))
    before = await _conduct(work, article, since - length, since)
    after = await _conduct(work, article, since, since + length)
    change = difference(before.handed_over, after.handed_over)
    return EffectRead(
        revision=number,
        before=await _trials(work, article, number, "before"),
        after=await _trials(work, article, number, "after"),
        days=length // DAY,
        period_before=_period(before, since - length, since),
        period_after=_period(after, since, since + length),
        change=change[0] if change else None,
        change_low=change[1] if change else None,
        change_high=change[2] if change else None,
    )


async def _published(work: Work, article: Article) -> tuple[int, datetime]:
    approved = [each for each in await work.repo(Revisions).of(article.id) if each.approved_at is not None]
    live = [each for each in approved if each.number == article.published_revision]
    for revision in [*live, *approved]:
        assert revision.approved_at is not None
        return revision.number, revision.approved_at
    raise NotFoundError("No text of this article was published yet, so there is no effect to measure.")


async def _conduct(work: Work, article: Article, since: datetime, until: datetime) -> Conduct:
    return await work.repo(Comparing).conduct(
        gap_id=article.gap_id, document_id=article.document_id, since=since, until=until
    )


async def _trials(work: Work, article: Article, revision: int, phase: str) -> TrialsRead:
    found = await work.repo(Trials).of(article.id, revision, phase)
    return TrialsRead(
        asked=len(found),
        answered=sum(each.answered for each in found),
        citing=sum(each.cites_article for each in found),
        questions=[TrialRead.model_validate(each) for each in found],
    )


def _period(conduct: Conduct, since: datetime, until: datetime) -> PeriodRead:
    return PeriodRead(
        since=since,
        until=until,
        handed_over=_share(conduct.handed_over),
        cited=conduct.cited,
        recontacted=_share(conduct.recontacted),
    )


def _share(share: Share) -> ShareRead:
    return ShareRead(count=share.count, of=share.of, share=share.share, low=share.low, high=share.high)
