"""The table of documents; chunks, vectors and postings belong to `index`, which alone reads and writes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class Document(TenantModel):
    """A document that is indexed; a row exists only together with its chunks."""

    __tablename__ = "documents"
    __table_args__ = ({"schema": "knowledge"},)

    knowledge_base_id: Mapped[UUID]
    source_id: Mapped[UUID]
    source: Mapped[str]
    path: Mapped[str]
    title: Mapped[str]
    uri: Mapped[str]
    media_type: Mapped[str] = mapped_column(default="text/plain")
    language: Mapped[str | None]
    content_hash: Mapped[bytes]
    acl: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(default="pending")
    size_bytes: Mapped[int] = mapped_column(default=0)
    object_key: Mapped[str | None]
    text_object_key: Mapped[str | None]
    chunk_count: Mapped[int] = mapped_column(default=0)
    pipeline: Mapped[str] = mapped_column(default="")
    """How it was parsed, cut and embedded; another value today means it is to be indexed again."""
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    indexed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
