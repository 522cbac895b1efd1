"""The tables of ingestions and of their files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class Ingestion(TenantModel):
    """One run that brings a source, or some files of it, up to date."""

    __tablename__ = "ingestions"
    __table_args__ = ({"schema": "knowledge"},)

    knowledge_base_id: Mapped[UUID]
    source_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")
    keep_missing: Mapped[bool] = mapped_column(default=False)
    started_by: Mapped[str]
    finished_at: Mapped[datetime | None]


class IngestionItem(TenantModel):
    """One file of an ingestion and what became of it: the state machine of a document.

    awaited → stored → indexed | failed; unchanged, moved and deleted are decided at once.
    """

    __tablename__ = "ingestion_items"
    __table_args__ = ({"schema": "knowledge"},)

    ingestion_id: Mapped[UUID]
    path: Mapped[str]
    state: Mapped[str]
    document_id: Mapped[UUID | None]
    content_hash: Mapped[bytes | None]
    size_bytes: Mapped[int] = mapped_column(default=0)
    media_type: Mapped[str | None]
    object_key: Mapped[str | None]
    """Where its bytes wait; after success they are under the document's own key."""
    previous_path: Mapped[str | None]
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    chunk_count: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
