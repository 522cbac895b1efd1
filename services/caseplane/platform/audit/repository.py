"""The table of the audit log; `core.audit` writes it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import tuple_

from caseplane.core.pagination import decode_cursor
from caseplane.core.repository import TenantRepository
from caseplane.platform.audit.models import AuditEntry


class AuditEntries(TenantRepository[AuditEntry]):
    """A tenant's audit log."""

    async def rows(
        self,
        *,
        cursor: str | None = None,
        limit: int,
        action: str | None = None,
        actor: str | None = None,
        target_id: str | None = None,
    ) -> list[AuditEntry]:
        """Entries, the newest first, one more than `limit`."""
        given = {"action": action, "actor": actor, "target_id": target_id}
        statement = self._select().filter_by(**{k: v for k, v in given.items() if v is not None})
        if cursor:
            at, last = decode_cursor(cursor, datetime.fromisoformat, UUID)
            statement = statement.where(tuple_(AuditEntry.created_at, AuditEntry.id) < (at, last))
        statement = statement.order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        return list(await self._tx.scalars(statement.limit(limit + 1)))
