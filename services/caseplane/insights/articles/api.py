"""Routes of articles."""

from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from caseplane.core.errors import InvalidInputError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, encode_cursor
from caseplane.core.versions import MalformedVersionError, PreconditionRequiredError, RequiredVersions, etag
from caseplane.insights.articles import changing, checking, drafting, effect, reading
from caseplane.insights.articles.models import Article
from caseplane.insights.articles.repository import Articles, Decisions, Revisions
from caseplane.insights.articles.schemas import (
    ArticleCreate,
    ArticleDecision,
    ArticleRead,
    ArticleRefusal,
    ArticleReview,
    ArticleUpdate,
    DecisionRead,
    EffectRead,
    RevisionRead,
)
from caseplane.insights.articles.states import ArticleState, StepRefusedError
from caseplane.insights.callers import ExpertWork, OwnerWork, Reader, ReaderWork, Shared, Writer, WriterWork
from caseplane.insights.context import Work

router = APIRouter(prefix="/articles", tags=["insights"])
ArticleId = Annotated[UUID, Path(description="The article")]
FOUND = problems(NotFoundError)
STEPS = problems(
    NotFoundError,
    StepRefusedError,
    changing.ArticleChangedError,
    MalformedVersionError,
    PreconditionRequiredError,
)
APPROVAL = problems(changing.SamePersonError)
ROLLBACK = problems(
    NotFoundError,
    StepRefusedError,
    changing.NothingLiveError,
    changing.ArticleChangedError,
    MalformedVersionError,
    PreconditionRequiredError,
)


async def _answer(work: Work, step: Awaitable[Article], response: Response) -> ArticleRead:
    article = await step
    response.headers.update(etag(article.version))
    return await reading.read(work, article)


@router.get("")
async def list_articles(
    work: ReaderWork,
    state: Annotated[ArticleState | None, Query(description="Only these")] = None,
    gap_id: Annotated[UUID | None, Query(description="Only those about this gap")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ArticleRead]:
    """List articles, the newest first."""
    rows = await reading.page_of(work, state=state, gap_id=gap_id, cursor=cursor, limit=limit)
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=await reading.read_all(work, rows[:limit]), next=following)


@router.post(
    "",
    status_code=201,
    responses=problems(
        NotFoundError, drafting.GapHasArticleError, drafting.NothingSolvedError, InvalidInputError
    ),
)
async def create_article(
    body: ArticleCreate, who: Writer, context: Shared, response: Response
) -> ArticleRead:
    """Draft an article, of what people answered to the questions of a gap, or by hand."""
    article = await drafting.create(context, who, body)
    async with context.work(who) as work:
        return await _answer(work, work.repo(Articles).get(article.id), response)


@router.get("/{article_id}", responses=FOUND)
async def get_article(article_id: ArticleId, work: ReaderWork, response: Response) -> ArticleRead:
    """Read an article; its version is the ETag."""
    return await _answer(work, work.repo(Articles).get(article_id), response)


@router.patch("/{article_id}", responses=STEPS)
async def edit_article(
    article_id: ArticleId,
    body: ArticleUpdate,
    versions: RequiredVersions,
    work: WriterWork,
    response: Response,
) -> ArticleRead:
    """Change an article. A new text has to be reviewed and approved; what is published stays until then."""
    return await _answer(work, changing.edit(work, article_id, body, seen=versions), response)


@router.post("/{article_id}/submit", responses=STEPS)
async def submit_article(
    article_id: ArticleId,
    versions: RequiredVersions,
    work: WriterWork,
    response: Response,
    body: ArticleDecision | None = None,
) -> ArticleRead:
    """Ask an expert to review the text."""
    note = body.note if body else ""
    return await _answer(work, changing.submit(work, article_id, note, seen=versions), response)


@router.post("/{article_id}/review", responses=STEPS)
async def review_article(
    article_id: ArticleId,
    versions: RequiredVersions,
    work: ExpertWork,
    response: Response,
    body: ArticleReview | None = None,
) -> ArticleRead:
    """Find the text right, as an expert; `title` and `body` are corrections."""
    said = body or ArticleReview()
    return await _answer(work, changing.review(work, article_id, said, seen=versions), response)


@router.post("/{article_id}/send-back", responses=STEPS)
async def send_article_back(
    article_id: ArticleId,
    body: ArticleRefusal,
    versions: RequiredVersions,
    work: ExpertWork,
    response: Response,
) -> ArticleRead:
    """Find the text wrong, as an expert, and say why."""
    return await _answer(work, changing.send_back(work, article_id, body.note, seen=versions), response)


@router.post("/{article_id}/approve", responses={**STEPS, **APPROVAL})
async def approve_article(
    article_id: ArticleId,
    versions: RequiredVersions,
    work: OwnerWork,
    response: Response,
    body: ArticleDecision | None = None,
) -> ArticleRead:
    """Publish the reviewed text, as a product owner who neither wrote nor reviewed it."""
    note = body.note if body else ""
    return await _answer(work, changing.approve(work, article_id, note, seen=versions), response)


@router.post("/{article_id}/reject", responses=STEPS)
async def reject_article(
    article_id: ArticleId,
    body: ArticleRefusal,
    versions: RequiredVersions,
    work: OwnerWork,
    response: Response,
) -> ArticleRead:
    """Refuse to publish the reviewed text, as a product owner, and say why."""
    return await _answer(work, changing.reject(work, article_id, body.note, seen=versions), response)


@router.post("/{article_id}/rollback", responses=ROLLBACK)
async def roll_article_back(
    article_id: ArticleId,
    versions: RequiredVersions,
    work: OwnerWork,
    response: Response,
    body: ArticleDecision | None = None,
) -> ArticleRead:
    """Take the published text back at once; the one that it took the place of is published again, if there was one."""
    note = body.note if body else ""
    return await _answer(work, changing.roll_back(work, article_id, note, seen=versions), response)


@router.post("/{article_id}/check", responses=FOUND)
async def check_article(
    article_id: ArticleId, who: Writer, context: Shared, response: Response
) -> ArticleRead:
    """Look now whether a published article still holds; it is looked at every day anyway."""
    async with context.work(who) as work:
        await work.repo(Articles).get(article_id)
    await checking.check(context, context.principal(who.tenant), article_id)
    async with context.work(who) as work:
        return await _answer(work, work.repo(Articles).get(article_id), response)


@router.get("/{article_id}/revisions", responses=FOUND)
async def list_revisions(article_id: ArticleId, work: ReaderWork) -> list[RevisionRead]:
    """List all texts of an article, the newest first."""
    await work.repo(Articles).get(article_id)
    return [RevisionRead.model_validate(each) for each in await work.repo(Revisions).of(article_id)]


@router.get("/{article_id}/history", responses=FOUND)
async def list_decisions(article_id: ArticleId, work: ReaderWork) -> list[DecisionRead]:
    """List who did what with an article, the oldest first."""
    await work.repo(Articles).get(article_id)
    return [DecisionRead.model_validate(each) for each in await work.repo(Decisions).of(article_id)]


@router.get("/{article_id}/effect", responses=FOUND)
async def get_effect(
    article_id: ArticleId,
    who: Reader,
    context: Shared,
    days: Annotated[int, Query(ge=1, le=365, description="Before and after publication")] = 28,
) -> EffectRead:
    """Read whether a published article helped: its questions and its customers, before and after."""
    async with context.work(who) as work:
        return await effect.measure(work, article_id, days=days)
