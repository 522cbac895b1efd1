"""Routes for our other services only; the gateway does not forward `/internal`."""

from fastapi import APIRouter
from pydantic import AwareDatetime

from caseplane.core.auth import AdminCaller
from caseplane.core.clock import utcnow
from caseplane.orchestrator.api import O
from caseplane.orchestrator.repository import ConversationRepository
from caseplane.orchestrator.schemas import CaseCounts

internal = APIRouter(prefix="/internal/sessions", include_in_schema=False)


@internal.get("/counts")
async def counts(since: AwareDatetime, until: AwareDatetime, who: AdminCaller, o: O) -> CaseCounts:
    """How many conversations began, and ended for good, from `since` up to `until`."""
    settled = utcnow() - o.settings.reopen_window
    async with o.db.tenant(who.tenant) as tx:
        found = await ConversationRepository(tx, who.tenant).counts(since, until, settled=settled)
    return CaseCounts.model_validate(found)
