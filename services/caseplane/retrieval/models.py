"""What is stored of knowledge bases, sources, documents and ingestions.

Chunks, vectors and postings belong to `index/`, which alone reads and writes them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "knowledge"}


class KnowledgeBase(TenantModel):
    """A set of documents that is searched together; `index_version` rises with every change."""

    __tablename__ = "knowledge_bases"
    __table_args__ = SCHEMA

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="documents")
    description: Mapped[str] = mapped_column(default="")
    acl: Mapped[list[str]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    index_version: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Source(TenantModel):
    """Where documents of a knowledge base come from."""

    __tablename__ = "sources"
    __table_args__ = SCHEMA

    knowledge_base_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str]
    uri: Mapped[str] = mapped_column(default="")
    """Where it lies: for an object store, the prefix below the tenant's inbox."""
    acl: Mapped[list[str]] = mapped_column(default=list)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`base_uri`: what is put before a document's path to make its address."""
    last_synced_at: Mapped[datetime | None]


class Document(TenantModel):
    """A document that is indexed; a row exists only together with its chunks."""

    __tablename__ = "documents"
    __table_args__ = SCHEMA

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


class Ingestion(TenantModel):
    """One run that brings a source, or some files of it, up to date."""

    __tablename__ = "ingestions"
    __table_args__ = SCHEMA

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
    __table_args__ = SCHEMA

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
