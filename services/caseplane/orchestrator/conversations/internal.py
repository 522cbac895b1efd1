"""Routes for our other services only; the gateway does not forward `/internal`."""

from fastapi import APIRouter
from pydantic import AwareDatetime

from caseplane.orchestrator.callers import AdminWork
from caseplane.orchestrator.conversations.repository import Sessions
from caseplane.orchestrator.schemas import CaseCounts

router = APIRouter(prefix="/internal/sessions", include_in_schema=False)


@router.get("/counts")
async def counts(since: AwareDatetime, until: AwareDatetime, work: AdminWork) -> CaseCounts:
    """How many conversations began, and ended for good, from `since` up to `until`."""
    settled = work.now - work.context.settings.reopen_window
    return CaseCounts.model_validate(await work.repo(Sessions).counts(since, until, settled=settled))
