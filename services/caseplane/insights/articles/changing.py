"""Steps that people take with articles: write, review, approve, reject, roll back.

Each is one transaction, holds the article's row, goes through the state machine, and is kept and audited. What leaves
the service is a job. The person who approves is neither an author nor the reviewer; the database refuses it, too.
"""

from uuid import UUID

from caseplane.core.errors import ConflictError, ForbiddenError, PreconditionFailedError
from caseplane.core.ids import new_id
from caseplane.core.versions import check_version
from caseplane.insights.articles.jobs import CHECK, CHECK_EVERY, PUBLISH, ArticleArgs
from caseplane.insights.articles.models import Article, Revision
from caseplane.insights.articles.repository import Articles, Decisions, Revisions
from caseplane.insights.articles.schemas import ArticleReview, ArticleUpdate, Method
from caseplane.insights.articles.states import ArticleState, Step, next_state
from caseplane.insights.context import Work
from caseplane.insights.gaps.repository import Gaps
from caseplane.insights.gaps.schemas import GapState

Seen = frozenset[int] | None


class ArticleChangedError(PreconditionFailedError):
    """Someone changed the article since the caller read it."""

    slug, title = "article-changed", "The article changed in the meantime"


class SamePersonError(ForbiddenError):
    """Who approves must be another person than who wrote or reviewed the text."""

    slug, title = "approval-needs-another-person", "Another person has to approve this"


class NothingLiveError(ConflictError):
    """No text of the article is published."""

    slug, title = "nothing-to-roll-back", "No text of the article is published"


async def edit(work: Work, article_id: UUID, body: ArticleUpdate, *, seen: Seen) -> Article:
    """Change the text, and begin its way to publication anew; what is published stays until the new text is approved.

    Other fields change without a step.
    """
    article = await _held(work, article_id, seen)
    if body.questions is not None:
        article.questions = body.questions
    if body.review_after_days is not None:
        article.review_after_days = body.review_after_days
    revision = await work.repo(Revisions).numbered(article.id, article.revision)
    title, text = body.title or revision.title, body.body or revision.body
    if (title, text) != (revision.title, revision.body):
        await add_revision(work, article, revision, title=title, body=text, by=work.principal.subject)
        await take(work, article, Step.edit)
    else:
        _touch(work, article)
    return article


async def submit(work: Work, article_id: UUID, note: str, *, seen: Seen) -> Article:
    """Ask an expert to review the text."""
    article = await _held(work, article_id, seen)
    next_state(ArticleState(article.state), Step.submit)
    await renew(work, article)
    await take(work, article, Step.submit, note=note)
    return article


async def review(work: Work, article_id: UUID, body: ArticleReview, *, seen: Seen) -> Article:
    """An expert finds the text right; corrections make a new revision, of which the expert is an author."""
    article = await _held(work, article_id, seen)
    next_state(ArticleState(article.state), Step.review)
    expert = work.principal.subject
    revision = await work.repo(Revisions).numbered(article.id, article.revision)
    title, text = body.title or revision.title, body.body or revision.body
    if (title, text) != (revision.title, revision.body):
        revision = await add_revision(work, article, revision, title=title, body=text, by=expert)
    revision.reviewed_by, revision.reviewed_at = expert, work.now
    await take(work, article, Step.review, note=body.note)
    return article


async def send_back(work: Work, article_id: UUID, note: str, *, seen: Seen) -> Article:
    """An expert finds the text wrong, and says why."""
    article = await _held(work, article_id, seen)
    await take(work, article, Step.send_back, note=note)
    return article


async def approve(work: Work, article_id: UUID, note: str, *, seen: Seen) -> Article:
    """Publish the reviewed text.

    Raises:
        ArticleChangedError: the text may be another than the caller read.
        SamePersonError: the caller wrote or reviewed it.
    """
    article = await _held(work, article_id, seen)
    next_state(ArticleState(article.state), Step.approve)
    revision = await work.repo(Revisions).numbered(article.id, article.revision)
    approver = work.principal.subject
    if approver in revision.authors:
        raise SamePersonError("You wrote a part of this text, so another product owner has to approve it.")
    if approver == revision.reviewed_by:
        raise SamePersonError("You reviewed this text, so another product owner has to approve it.")
    revision.approved_by, revision.approved_at = approver, work.now
    revision.follows = article.published_revision
    article.published_revision, article.published_at = revision.number, work.now
    article.stale_because, article.publish_error = None, None
    await take(work, article, Step.approve, note=note)
    await _publish(work, article)
    await work.defer(CHECK, ArticleArgs(article_id=article.id), delay=CHECK_EVERY)
    return article


async def reject(work: Work, article_id: UUID, note: str, *, seen: Seen) -> Article:
    """Refuse to publish the reviewed text, and say why; a new text may follow."""
    article = await _held(work, article_id, seen)
    await take(work, article, Step.reject, note=note)
    return article


async def roll_back(work: Work, article_id: UUID, note: str, *, seen: Seen) -> Article:
    """Take the published text back, at once: the one that it took the place of is published again, if there was one.

    Raises:
        NothingLiveError
    """
    article = await _held(work, article_id, seen)
    if article.published_revision is None:
        raise NothingLiveError("No text of this article is published, so there is nothing to take back.")
    live = await work.repo(Revisions).numbered(article.id, article.published_revision)
    article.published_revision = live.follows
    article.published_at = None if live.follows is None else work.now
    article.publish_error = None
    if article.state == ArticleState.published and live.follows is not None:
        article.revision = live.follows
    step = Step.withdraw if live.follows is None else Step.restore
    await take(work, article, step, note=note)
    await _publish(work, article)
    return article


async def go_stale(work: Work, article: Article, because: str) -> None:
    """Send a published text back to review; it stays live meanwhile."""
    await renew(work, article)
    article.stale_because = because
    await take(work, article, Step.go_stale, note=because)


async def add_revision(
    work: Work, article: Article, former: Revision, *, title: str, body: str, by: str
) -> Revision:
    """Another text of the article; who wrote what was approved already need not be named again."""
    kept = [] if former.approved_by is not None else former.authors
    numbers = [each.number for each in await work.repo(Revisions).of(article.id)]
    article.revision = max(numbers) + 1
    return work.repo(Revisions).add(
        id=new_id(),
        article_id=article.id,
        number=article.revision,
        title=title,
        body=body,
        method=former.method if kept else Method.by_hand,
        authors=[*(each for each in kept if each != by), by],
        created_at=work.now,
    )


async def renew(work: Work, article: Article) -> None:
    """Work on a copy of the text if it was approved before: each revision is approved at most once."""
    revision = await work.repo(Revisions).numbered(article.id, article.revision)
    if revision.approved_by is not None:
        by = work.principal.subject
        copy = await add_revision(work, article, revision, title=revision.title, body=revision.body, by=by)
        copy.method, copy.authors = revision.method, [*(a for a in revision.authors if a != by), by]


async def take(work: Work, article: Article, step: Step, *, note: str = "") -> None:
    """Move the article as the state machine says; keep the step, and audit it.

    Raises:
        StepRefusedError
    """
    article.state = next_state(ArticleState(article.state), step)
    _touch(work, article)
    work.repo(Decisions).add(
        id=new_id(), article_id=article.id, revision=article.revision, step=step, state=article.state,
        by=work.principal.subject, note=note, created_at=work.now,
    )  # fmt: skip
    await _tell_gap(work, article)
    await work.audit(
        f"article.{step}", target_type="article", target_id=article.id, revision=article.revision,
        published=article.published_revision,
    )  # fmt: skip


async def _held(work: Work, article_id: UUID, seen: Seen) -> Article:
    article = await work.repo(Articles).get(article_id, lock=True)
    check_version(article.version, seen, noun="article", error=ArticleChangedError)
    return article


def _touch(work: Work, article: Article) -> None:
    article.version += 1
    article.updated_at = work.now


async def _publish(work: Work, article: Article) -> None:
    await work.defer(PUBLISH, ArticleArgs(article_id=article.id))


async def _tell_gap(work: Work, article: Article) -> None:
    """Keep the gap's state in step; a gap without a text that is live or on its way is open again."""
    gap = await work.repo(Gaps).find(article.gap_id, lock=True) if article.gap_id else None
    if gap is None or gap.article_id != article.id:
        return
    if article.published_revision is not None:
        gap.state = GapState.covered
    elif article.state in (ArticleState.rejected, ArticleState.withdrawn):
        gap.state = GapState.open
    else:
        gap.state = GapState.drafted
