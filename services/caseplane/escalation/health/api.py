"""Routes of how connectors fare."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from caseplane.core.auth import Principal, Role, require
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.work import context_of
from caseplane.escalation.connections.api import AdminWork
from caseplane.escalation.context import Escalation
from caseplane.escalation.health import checking, measuring
from caseplane.escalation.health.schemas import ConnectorCheck, ConnectorHealth

health = APIRouter(prefix="/connectors/{connection_id}", tags=["operations"])


@health.get("/health", responses=problems(NotFoundError))
async def connector_health(connection_id: UUID, work: AdminWork) -> ConnectorHealth:
    """Show what waits for a desk and since when, what is dead, and what went wrong last."""
    return await measuring.health_of(work, connection_id)


@health.post("/check", responses=problems(NotFoundError))
async def check_connector(
    connection_id: UUID,
    who: Annotated[Principal, Depends(require(Role.admin))],
    e: Annotated[Escalation, Depends(context_of)],
) -> ConnectorCheck:
    """Ask a desk something harmless, to see whether its address and credentials are right."""
    return await checking.check(e, who, connection_id)
