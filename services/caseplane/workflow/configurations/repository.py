"""Every SQL statement on configurations."""

from sqlalchemy import func, select, update

from caseplane.core.repository import TenantRepository
from caseplane.workflow.configurations.models import ConfigurationRow


class Configurations(TenantRepository[ConfigurationRow]):
    """Versions of a tenant's configurations."""

    async def lock(self) -> None:
        """Let one change of the tenant's configurations happen at a time, until the transaction ends."""
        await self._take_turns("workflow.configurations")

    async def active(self, name: str) -> ConfigurationRow | None:
        found: ConfigurationRow | None = await self._tx.scalar(
            self._select().where(ConfigurationRow.name == name, ConfigurationRow.active)
        )
        return found

    async def page(self, *, limit: int, before: int | None = None) -> list[ConfigurationRow]:
        """The newest first, one more than `limit`."""
        query = self._select().order_by(ConfigurationRow.version.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(ConfigurationRow.version < before)
        return list(await self._tx.scalars(query))

    async def newest(self, name: str) -> ConfigurationRow | None:
        query = self._select().where(ConfigurationRow.name == name)
        found: ConfigurationRow | None = await self._tx.scalar(
            query.order_by(ConfigurationRow.version.desc()).limit(1)
        )
        return found

    async def activated_before(self, name: str, version: int) -> ConfigurationRow | None:
        """The newest earlier version that was in force once."""
        query = self._select().where(
            ConfigurationRow.name == name,
            ConfigurationRow.version < version,
            ConfigurationRow.activated_at.is_not(None),
        )
        found: ConfigurationRow | None = await self._tx.scalar(
            query.order_by(ConfigurationRow.version.desc()).limit(1)
        )
        return found

    async def last_version(self) -> tuple[int, int]:
        """The highest version of the tenant, 0 if there is none, and how many there are."""
        query = select(func.coalesce(func.max(ConfigurationRow.version), 0), func.count())
        highest, count = (
            await self._tx.execute(query.where(ConfigurationRow.tenant_id == self._tenant_id))
        ).one()
        return highest, count

    async def deactivate(self, name: str) -> None:
        await self._tx.execute(
            update(ConfigurationRow)
            .where(
                ConfigurationRow.tenant_id == self._tenant_id,
                ConfigurationRow.name == name,
                ConfigurationRow.active,
            )
            .values(active=False)
        )
