"""Wire models of exports."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class ExportStatus(StrEnum):
    """How far an export is."""

    running = "running"
    done = "done"


class ExportedTable(BaseModel):
    """A table of an export: gzipped JSON lines, one row each, in numbered parts."""

    table: str
    rows: int
    parts: list[str]


class ExportedFile(BaseModel):
    """A stored file; its key is relative to the tenant's folder."""

    key: str
    size_bytes: int


class ExportRead(BaseModel):
    """An export of all that is stored of a tenant, but for secrets and derived search indexes."""

    export_id: UUID
    status: ExportStatus
    finished_at: datetime | None = None
    tables: list[ExportedTable] = []
    files: list[ExportedFile] = []
