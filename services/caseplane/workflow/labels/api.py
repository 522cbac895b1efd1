"""Routes of labels."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.workflow.callers import Shared, Speaker, StaffWork
from caseplane.workflow.labels import labels
from caseplane.workflow.labels.repository import Labels
from caseplane.workflow.labels.schemas import LabelCreate, LabelRead

router = APIRouter(prefix="/workflow/labels", tags=["workflow"])


@router.post("", status_code=201, responses=problems(NotFoundError, labels.StaffOnlyError))
async def give_label(body: LabelCreate, who: Speaker, context: Shared) -> LabelRead:
    """Rate, correct or comment on a ticket that you may read; each is a label to learn from."""
    return LabelRead.model_validate(await labels.give(context, who, body))


@router.get("")
async def list_labels(
    work: StaffWork,
    limit: Limit = 50,
    cursor: Cursor = None,
    ticket_id: Annotated[UUID | None, Query(description="Only of this ticket")] = None,
) -> Page[LabelRead]:
    """List what people said of tickets, the newest first."""
    found = await work.repo(Labels).page(limit=limit, cursor=cursor, ticket_id=ticket_id)
    return page(found, limit, read=LabelRead.model_validate, position=lambda row: (row.id,))
