"""Routes of how connectors fare."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.escalation.connections.api import AdminWork
from caseplane.escalation.health import measuring
from caseplane.escalation.health.schemas import ConnectorHealth

health = APIRouter(prefix="/connectors/{connection_id}/health", tags=["operations"])


@health.get("", responses=problems(NotFoundError))
async def connector_health(connection_id: UUID, work: AdminWork) -> ConnectorHealth:
    """Show what waits for a desk and since when, what is dead, and what went wrong last."""
    return await measuring.health_of(work, connection_id)
