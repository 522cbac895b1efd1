"""The table of look-ups."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class Lookup(TenantModel):
    """A system of record that may be asked about a customer; its secret is sealed."""

    __tablename__ = "lookups"
    __table_args__ = {"schema": "workflow"}  # noqa: RUF012 - SQLAlchemy reads it once

    name: Mapped[str]
    kind: Mapped[str]
    address: Mapped[str]
    statements: Mapped[list[dict[str, Any]]] = mapped_column(insert_default=list)
    secret: Mapped[bytes | None]
    enabled: Mapped[bool] = mapped_column(default=True)

    @property
    def lookup_id(self) -> Any:
        return self.id
