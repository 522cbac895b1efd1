"""The table of API keys."""

from caseplane.core.repository import TenantRepository
from caseplane.platform.keys.models import ApiKey


class Keys(TenantRepository[ApiKey]):
    """A tenant's API keys."""

    async def issued_by(self, subject: str, cursor: str | None, limit: int) -> list[ApiKey]:
        """Like `by_age`, of those that one caller made and that are not revoked."""
        return await self.by_age(cursor, limit, ApiKey.created_by == subject, ApiKey.revoked_at.is_(None))
