"""Every SQL statement on customers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, literal_column, or_
from sqlalchemy.dialects.postgresql import insert

from caseplane.core.ids import new_id
from caseplane.core.repository import M, TenantRepository
from caseplane.workflow.customers.models import Customer, Entitlement, Interaction, Order

BATCH = 500


class Facts(TenantRepository[M]):
    """Rows about customers that are written whole, by a key of the outside world."""

    key: tuple[str, ...]

    async def put(self, rows: Sequence[Mapping[str, Any]], now: datetime) -> tuple[int, int]:
        """Write rows, and count those that are new and those that changed; what is the same stays untouched."""
        created = updated = 0
        for start in range(0, len(rows), BATCH):
            values = [
                {"tenant_id": self._tenant_id, "id": new_id(), "created_at": now, "updated_at": now, **row}
                for row in rows[start : start + BATCH]
            ]
            statement = insert(self._model).values(values)
            fields = [name for name in rows[0] if name not in self.key]
            changed = or_(
                *(getattr(self._model, name).is_distinct_from(statement.excluded[name]) for name in fields)
            )
            found: Iterable[bool] = await self._tx.scalars(
                statement.on_conflict_do_update(
                    index_elements=["tenant_id", *self.key],
                    set_={name: statement.excluded[name] for name in (*fields, "updated_at")},
                    where=changed,
                ).returning(literal_column("(xmax = 0)"))
            )
            for new in found:
                created, updated = created + bool(new), updated + (not new)
        return created, updated

    async def of_customer(self, customer_id: str, *, limit: int = 200) -> list[M]:
        """Those of a customer, the newest first."""
        model: Any = self._model
        query = self._select().where(model.customer_id == customer_id)
        return list(await self._tx.scalars(query.order_by(model.id.desc()).limit(limit)))

    async def forget(self, customer_id: str) -> None:
        """Delete those of a customer."""
        model: Any = self._model
        await self._tx.execute(
            delete(model).where(model.tenant_id == self._tenant_id, model.customer_id == customer_id)
        )


class Customers(Facts[Customer]):
    key = ("customer_id",)


class Orders(Facts[Order]):
    key = ("order_number",)

    async def of_customer(self, customer_id: str, *, limit: int = 200) -> list[Order]:
        query = self._select().where(Order.customer_id == customer_id)
        return list(await self._tx.scalars(query.order_by(Order.placed_at.desc(), Order.id).limit(limit)))


class Entitlements(Facts[Entitlement]):
    key = ("customer_id", "name")


class Interactions(Facts[Interaction]):
    key = ("customer_id", "source_id")

    async def log(self, now: datetime, **values: Any) -> None:
        """Add one, unless one with its `source_id` is there; and drop some of the tenant's that expired."""
        row = {"tenant_id": self._tenant_id, "id": new_id(), "created_at": now, **values}
        await self._tx.execute(insert(Interaction).values(row).on_conflict_do_nothing())
        expired = (
            self._select()
            .where(Interaction.expires_at <= now)
            .with_only_columns(Interaction.id)
            .order_by(Interaction.expires_at)
            .limit(100)
            .with_for_update(skip_locked=True)
        )
        await self._tx.execute(
            delete(Interaction).where(
                Interaction.tenant_id == self._tenant_id, Interaction.id.in_(expired.scalar_subquery())
            )
        )

    async def kept(self, customer_id: str, now: datetime, *, limit: int = 50) -> list[Interaction]:
        """Those of a customer that did not expire, the newest first."""
        query = self._select().where(Interaction.customer_id == customer_id, Interaction.expires_at > now)
        return list(
            await self._tx.scalars(query.order_by(Interaction.at.desc(), Interaction.id).limit(limit))
        )
