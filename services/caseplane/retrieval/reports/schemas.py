"""Ingestions and what became of their files, as they cross the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from caseplane.retrieval.schemas import Wire


class ItemState(StrEnum):
    """What became of one file of an ingestion; from `indexed` on, nothing more happens to it."""

    awaited = "awaited"
    stored = "stored"
    indexed = "indexed"
    unchanged = "unchanged"
    moved = "moved"
    deleted = "deleted"
    failed = "failed"
    superseded = "superseded"


class IngestionState(StrEnum):
    """`running` until every file has an outcome; `superseded` by a newer one of the same source."""

    running = "running"
    done = "done"
    superseded = "superseded"


class Failure(Wire):
    """A file that could not be used, and why."""

    path: str
    reason: str
    detail: str


class IngestionRead(Wire):
    """An ingestion and how far it is."""

    id: UUID
    knowledge_base_id: UUID
    source_id: UUID
    state: IngestionState
    total: int
    counts: dict[ItemState, int]
    chunks: int
    failures: list[Failure] = Field([])
    """The first twenty of the files that failed; the lines of the report name all."""
    created_at: datetime
    finished_at: datetime | None


class ItemRead(Wire):
    """One line of the report."""

    path: str
    state: ItemState
    document_id: UUID | None
    reason: str | None
    detail: str | None
    previous_path: str | None
    chunks: Annotated[int, Field(validation_alias="chunk_count")]
    size_bytes: int
    updated_at: datetime
