"""One transaction of one tenant on somebody's behalf: what every use case is given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.jobs import Jobs
from caseplane.escalation.desk_repository import DeskRepository
from caseplane.escalation.repository import TicketRepository


@dataclass(frozen=True)
class Work:
    """Committed when its block ends cleanly, undone whole when not; a use case never commits itself."""

    tx: AsyncSession
    principal: Principal
    now: datetime
    jobs: Jobs
    tickets: TicketRepository
    desks: DeskRepository

    @property
    def tenant_id(self) -> UUID:
        return self.principal.tenant


@asynccontextmanager
async def begin(db: Database, jobs: Jobs, principal: Principal) -> AsyncIterator[Work]:
    """Open a transaction of the caller's tenant."""
    async with db.tenant(principal.tenant) as tx:
        tickets, desks = TicketRepository(tx, principal.tenant), DeskRepository(tx, principal.tenant)
        yield Work(tx, principal, utcnow(), jobs, tickets, desks)
