"""All access to a tenant's rows: a repository cannot be built without a tenant."""

from typing import Any, Generic, TypeVar, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.errors import NotFoundError
from caseplane.core.models import Base, TenantRow
from caseplane.core.pagination import decode_cursor


class TenantModel(Base, TenantRow):
    """A table of a tenant's rows."""

    __abstract__ = True


M = TypeVar("M", bound=TenantModel)
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


class TenantRepository(Generic[M]):
    """Reads and writes one table for one tenant; row-level security is a second check.

    A subclass names its table's model: `class Tickets(TenantRepository[Ticket])`.
    """

    _model: type[M]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in getattr(cls, "__orig_bases__", ()):
            for model in get_args(base):
                if isinstance(model, type) and issubclass(model, TenantModel):
                    cls._model = model  # type: ignore[assignment]

    def __init__(self, tx: AsyncSession, tenant_id: UUID) -> None:
        self._tx, self._tenant_id = tx, tenant_id

    def _select(self) -> Select[M]:
        return select(self._model).where(self._model.tenant_id == self._tenant_id)

    async def find(self, row_id: UUID, *, lock: bool = False) -> M | None:
        """The row, or None; `lock` holds it until the transaction ends."""
        statement = self._select().where(self._model.id == row_id)
        if lock:
            statement = statement.with_for_update()
        row: M | None = await self._tx.scalar(statement)
        return row

    async def get(self, row_id: UUID, *, lock: bool = False) -> M:
        """The row; another tenant's row counts as missing."""
        row = await self.find(row_id, lock=lock)
        if row is None:
            noun = str(self._model.__tablename__).rstrip("s").replace("_", " ")
            raise NotFoundError(f"There is no {noun} {row_id}.")
        return row

    async def by_age(self, cursor: str | None, limit: int, *where: ColumnElement[bool]) -> list[M]:
        """Rows by age, oldest first, one more than `limit`; the id is a row's position in the list."""
        statement = self._select().where(*where).order_by(self._model.id).limit(limit + 1)
        if cursor:
            (after,) = decode_cursor(cursor, UUID)
            statement = statement.where(self._model.id > after)
        return list(await self._tx.scalars(statement))

    async def newest_first(self, cursor: str | None, limit: int, *where: ColumnElement[bool]) -> list[M]:
        """Like `by_age`, the newest first."""
        statement = self._select().where(*where).order_by(self._model.id.desc()).limit(limit + 1)
        if cursor:
            (before,) = decode_cursor(cursor, UUID)
            statement = statement.where(self._model.id < before)
        return list(await self._tx.scalars(statement))

    async def _take_turns(self, name: str, *parts: object) -> None:
        """Let one transaction of the tenant at a time go on from here, until it ends.

        Args:
            name: of what must not happen twice at once.
            parts: which one of the tenant's, if there are several.
        """
        key = ":".join(["caseplane." + name, str(self._tenant_id), *map(str, parts)])
        await self._tx.execute(_TAKE_TURNS, {"key": key})

    def add(self, **values: Any) -> M:
        """Add a row to this tenant; it is written when the transaction flushes."""
        row = self._model(tenant_id=self._tenant_id, **values)
        self._tx.add(row)
        return row
