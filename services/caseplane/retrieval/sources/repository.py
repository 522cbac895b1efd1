"""Every statement on sources."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert as upsert

from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.core.repository import TenantRepository
from caseplane.retrieval.errors import NameTakenError
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.schemas import SourceKind


class Sources(TenantRepository[Source]):
    """Sources of a tenant."""

    async def hold(self, base_id: UUID, source_id: UUID) -> Source:
        """A source of a knowledge base, locked until the transaction ends.

        Raises:
            NotFoundError
        """
        source = await self.find(source_id, lock=True)
        if source is None or source.knowledge_base_id != base_id:
            raise NotFoundError(f"There is no source {source_id} in this knowledge base.")
        return source

    async def named(self, base_id: UUID, name: str, *, lock: bool = False) -> Source | None:
        statement = self._select().where(Source.knowledge_base_id == base_id, Source.name == name)
        found: Source | None = await self._tx.scalar(statement.with_for_update() if lock else statement)
        return found

    async def ensure(self, base_id: UUID, name: str, *, kind: SourceKind) -> Source:
        """The source of this name, locked, made unless it is there; two requests at once make one.

        Raises:
            NameTakenError: it was deleted between the two statements.
        """
        await self._tx.execute(
            upsert(Source)
            .values(tenant_id=self._tenant_id, id=new_id(), knowledge_base_id=base_id, name=name, kind=kind)
            .on_conflict_do_nothing(constraint="uq_sources_name")
        )
        source = await self.named(base_id, name, lock=True)
        if source is None:
            raise NameTakenError("The source was deleted just now; try again.")
        return source

    async def of_base(self, base_id: UUID) -> Sequence[Source]:
        statement = self._select().where(Source.knowledge_base_id == base_id).order_by(Source.name)
        return (await self._tx.scalars(statement)).all()

    async def in_object_store(self) -> Sequence[Source]:
        """Every source of the tenant that is read from the object store."""
        statement = self._select().where(Source.kind == SourceKind.object_store)
        return (await self._tx.scalars(statement)).all()

    async def note_synced(self, source_id: UUID) -> None:
        await self._tx.execute(
            update(Source)
            .where(Source.tenant_id == self._tenant_id, Source.id == source_id)
            .values(last_synced_at=func.now())
            .execution_options(synchronize_session=False)
        )
