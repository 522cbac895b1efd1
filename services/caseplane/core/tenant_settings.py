"""Reads a tenant's own settings (`tenants.settings`)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from cachetools import TTLCache
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.database import Database

_SETTINGS = text("SELECT settings FROM platform.tenants WHERE id = :tenant_id")


async def tenant_setting(tx: AsyncSession, tenant_id: UUID, section: str, name: str) -> Any:
    """A value of the tenant's settings, such as `retrieval`, `rerank`; None for the installation's default.

    Any database role may read the settings of its transaction's tenant.
    """
    return _value(await tx.scalar(_SETTINGS, {"tenant_id": tenant_id}), section, name)


async def tenant_section(tx: AsyncSession, tenant_id: UUID, section: str) -> dict[str, Any]:
    """All that the tenant set of a section; empty if nothing."""
    values = (await tx.scalar(_SETTINGS, {"tenant_id": tenant_id}) or {}).get(section)
    return values if isinstance(values, dict) else {}


class TenantSettings:
    """The same outside a transaction, with a cache.

    Args:
        database: of any role.
        lifetime: how long a value is cached.
    """

    def __init__(self, database: Database, *, lifetime: timedelta) -> None:
        self._database = database
        self._known: TTLCache[UUID, dict[str, Any]] = TTLCache(10_000, lifetime.total_seconds())

    async def get(self, tenant_id: UUID, section: str, name: str) -> Any:
        """A value, or None for the installation's default."""
        known = self._known.get(tenant_id)
        if known is None:
            async with self._database.tenant(tenant_id) as tx:
                known = await tx.scalar(_SETTINGS, {"tenant_id": tenant_id}) or {}
            self._known[tenant_id] = known
        return _value(known, section, name)


def _value(settings: dict[str, Any] | None, section: str, name: str) -> Any:
    values = (settings or {}).get(section)
    return values.get(name) if isinstance(values, dict) else None
