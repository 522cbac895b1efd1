"""The table of knowledge bases."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class KnowledgeBase(TenantModel):
    """A set of documents that is searched together; `index_version` rises with every change."""

    __tablename__ = "knowledge_bases"
    __table_args__ = ({"schema": "knowledge"},)

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="documents")
    description: Mapped[str] = mapped_column(default="")
    acl: Mapped[list[str]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    index_version: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
