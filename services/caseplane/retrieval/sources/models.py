"""The table of sources."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class Source(TenantModel):
    """Where documents of a knowledge base come from."""

    __tablename__ = "sources"
    __table_args__ = ({"schema": "knowledge"},)

    knowledge_base_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    uri: Mapped[str] = mapped_column(default="")
    """Where it lies: for an object store, the prefix below the tenant's inbox."""
    acl: Mapped[list[str]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`base_uri`: what is put before a document's path to make its address; `uri_style`: by whose rules; `origin`:
    where the files lie."""
    last_synced_at: Mapped[datetime | None]
