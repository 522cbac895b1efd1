"""The table of API keys."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.pagination import decode_cursor
from caseplane.core.repository import TenantRepository
from caseplane.platform.keys.models import ApiKey


class Keys(TenantRepository[ApiKey]):
    """A tenant's API keys."""

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        super().__init__(tx, ApiKey, tenant_id=tenant_id)

    async def rows(self, *, cursor: str | None, limit: int, issued_by: str | None = None) -> list[ApiKey]:
        """Keys by age, one more than `limit`; with `issued_by`, those of one maker that are not revoked."""
        statement = self._select().order_by(ApiKey.id).limit(limit + 1)
        if issued_by is not None:
            statement = statement.where(ApiKey.created_by == issued_by, ApiKey.revoked_at.is_(None))
        if cursor:
            (after,) = decode_cursor(cursor, UUID)
            statement = statement.where(ApiKey.id > after)
        return list(await self._tx.scalars(statement))
