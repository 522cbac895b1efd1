"""Every SQL statement on classifiers."""

from uuid import UUID

from sqlalchemy import func, select, update

from caseplane.core.repository import TenantRepository
from caseplane.workflow.classifiers.models import ClassifierRow
from caseplane.workflow.classifiers.schemas import ClassifierState


class Classifiers(TenantRepository[ClassifierRow]):
    """Versions of the tenant's classifier."""

    async def lock(self) -> None:
        """Let one change of the tenant's classifiers happen at a time, until the transaction ends."""
        await self._take_turns("workflow.classifiers")

    async def active(self) -> ClassifierRow | None:
        found: ClassifierRow | None = await self._tx.scalar(self._select().where(ClassifierRow.active))
        return found

    async def training(self) -> ClassifierRow | None:
        found: ClassifierRow | None = await self._tx.scalar(
            self._select().where(ClassifierRow.state == ClassifierState.training)
        )
        return found

    async def page(self, *, limit: int, before: int | None) -> list[ClassifierRow]:
        """The newest first, one more than `limit`."""
        query = self._select().order_by(ClassifierRow.version.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(ClassifierRow.version < before)
        return list(await self._tx.scalars(query))

    async def last_version(self) -> int:
        """The highest version of the tenant, 0 if there is none."""
        query = select(func.coalesce(func.max(ClassifierRow.version), 0))
        found: int = (
            await self._tx.execute(query.where(ClassifierRow.tenant_id == self._tenant_id))
        ).scalar_one()
        return found

    async def model(self, classifier_id: UUID) -> bytes | None:
        """The weights of one version, which are not read with its row."""
        found: bytes | None = await self._tx.scalar(
            select(ClassifierRow.model).where(
                ClassifierRow.tenant_id == self._tenant_id, ClassifierRow.id == classifier_id
            )
        )
        return found

    async def activated_before(self, version: int) -> ClassifierRow | None:
        """The newest earlier version that decided once and still has its weights."""
        query = self._select().where(
            ClassifierRow.version < version,
            ClassifierRow.activated_at.is_not(None),
            ClassifierRow.state == ClassifierState.trained,
        )
        found: ClassifierRow | None = await self._tx.scalar(
            query.order_by(ClassifierRow.version.desc()).limit(1)
        )
        return found

    async def deactivate(self) -> None:
        await self._tx.execute(
            update(ClassifierRow)
            .where(ClassifierRow.tenant_id == self._tenant_id, ClassifierRow.active)
            .values(active=False)
        )

    async def retire_before(self, version: int) -> None:
        """Delete the weights of versions before one that are not in force."""
        await self._tx.execute(
            update(ClassifierRow)
            .where(
                ClassifierRow.tenant_id == self._tenant_id,
                ClassifierRow.version < version,
                ClassifierRow.state == ClassifierState.trained,
                ~ClassifierRow.active,
            )
            .values(model=None, state=ClassifierState.retired)
        )
