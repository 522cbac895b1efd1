"""Routes for our other services only; the gateway does not forward `/internal`."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.orchestrator.callers import AdminWork
from caseplane.orchestrator.outcomes import reading
from caseplane.orchestrator.schemas import SessionDigest

router = APIRouter(prefix="/internal/sessions", include_in_schema=False)


@router.get("/{session_id}/digest")
async def digest(session_id: UUID, work: AdminWork) -> SessionDigest:
    """What is measured of a conversation."""
    return await reading.digest(work, session_id)
