"""Routes of gaps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.insights.callers import ReaderWork, WriterWork
from caseplane.insights.gaps import deciding
from caseplane.insights.gaps.repository import GapQuestions, Gaps
from caseplane.insights.gaps.schemas import GapDismiss, GapQuestionRead, GapRead, GapState

router = APIRouter(prefix="/gaps", tags=["insights"])
GapId = Annotated[UUID, Path(description="The gap")]


@router.get("")
async def list_gaps(
    work: ReaderWork,
    state: Annotated[GapState | None, Query(description="Only these")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GapRead]:
    """List what customers ask and the knowledge does not answer, the most asked first."""
    rows = await work.repo(Gaps).most_asked(cursor, limit, state=state)
    return page(rows, limit, read=GapRead.model_validate, position=lambda row: (row.asked, row.id))


@router.get("/{gap_id}", responses=problems(NotFoundError))
async def get_gap(gap_id: GapId, work: ReaderWork) -> GapRead:
    """Read a gap."""
    return GapRead.model_validate(await work.repo(Gaps).get(gap_id))


@router.get("/{gap_id}/questions", responses=problems(NotFoundError))
async def list_gap_questions(
    gap_id: GapId, work: ReaderWork, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[GapQuestionRead]:
    """List how it was asked, the newest first, with what solved it."""
    await work.repo(Gaps).get(gap_id)
    return [
        GapQuestionRead.model_validate(row) for row in await work.repo(GapQuestions).of(gap_id, limit=limit)
    ]


@router.post("/{gap_id}/dismiss", responses=problems(NotFoundError, deciding.GapInWorkError))
async def dismiss_gap(gap_id: GapId, body: GapDismiss, work: WriterWork) -> GapRead:
    """Say that no article is wanted, and why."""
    return GapRead.model_validate(await deciding.dismiss(work, gap_id, body.note))


@router.post("/{gap_id}/reopen", responses=problems(NotFoundError))
async def reopen_gap(gap_id: GapId, work: WriterWork) -> GapRead:
    """Undo a dismissal."""
    return GapRead.model_validate(await deciding.reopen(work, gap_id))
