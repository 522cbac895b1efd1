"""The route of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query

from caseplane.core.pagination import Cursor, Limit, Page, page
from caseplane.platform.access import AdminWork
from caseplane.platform.audit.repository import AuditEntries
from caseplane.platform.audit.schemas import AuditRead

router = APIRouter()
Filter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("/audit", tags=["operations"], summary="Read the audit log")
async def list_audit(
    work: AdminWork,
    cursor: Cursor = None,
    limit: Limit = 50,
    action: Filter = None,
    actor: Filter = None,
    target_id: Filter = None,
) -> Page[AuditRead]:
    """Who did what to which thing in the tenant, newest first."""
    rows = await work.repo(AuditEntries).rows(
        cursor=cursor, limit=limit, action=action, actor=actor, target_id=target_id
    )
    return page(
        rows, limit, read=AuditRead.model_validate, position=lambda row: (row.created_at.isoformat(), row.id)
    )
