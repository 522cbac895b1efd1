"""What crosses the wire of data sets."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from caseplane.core.text import Storable, Text
from caseplane.insights.datasets.reading.columns import Desk, TicketField
from caseplane.insights.datasets.reading.dates import DayOrder
from caseplane.insights.datasets.reading.rows import FileFormat

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Storable]


class DatasetKind(StrEnum):
    upload = "upload"
    platform = "platform"
    """The platform's own tickets."""


class UploadState(StrEnum):
    waiting = "waiting"
    reading = "reading"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"


OVER = frozenset({UploadState.done, UploadState.failed, UploadState.cancelled})


class DatasetCreate(BaseModel):
    name: Name


class DatasetPatch(BaseModel):
    name: Name


class DatasetRead(BaseModel):
    """A data set, and how far its tickets can be used."""

    dataset_id: UUID
    name: str
    kind: DatasetKind
    rows: int
    embedded: int
    """Rows with a vector; only those are grouped and found."""
    clustered: int
    """Rows that were grouped or found to belong to no group."""
    version: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class ReadingOptions(BaseModel):
    """How a file is read; what is left out is recognised."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[TicketField, Annotated[Text, Field(max_length=200)]] = Field(default_factory=dict)
    """Fields to names of columns; an empty name leaves the field out."""
    date_order: DayOrder | None = None
    """Of dates such as 03/04/2025; left out, the file's own dates decide, or month first if they do not."""
    time_zone: str = "UTC"
    """Of dates that name none, such as `Europe/Berlin`."""
    sheet: Annotated[Text | None, Field(max_length=200)] = None
    """Of a workbook; left out, the one that looks most like tickets."""

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is no time zone; use a name such as Europe/Berlin")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class PreviewRow(BaseModel):
    """A row as it would be read."""

    line: int
    ticket: dict[str, Any] | None
    problem: str = ""


class Preview(BaseModel):
    """What a file holds; nothing of it was stored."""

    format: FileFormat
    desk: Desk
    """Whose export it looks like."""
    columns: list[str]
    mapping: dict[TicketField, str]
    rows: list[PreviewRow]
    looked_at: int
    rejected: int
    """Of the rows looked at."""
    remarks: list[str]


class UploadRead(BaseModel):
    """A file of a data set."""

    upload_id: UUID
    dataset_id: UUID
    file_name: str
    size_bytes: int
    state: UploadState
    reason: str
    mapping: dict[TicketField, str]
    rows_read: int
    created_rows: int
    updated_rows: int
    unchanged_rows: int
    rejected_rows: int
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    file_removed_at: datetime | None


class RejectionRead(BaseModel):
    """A row that is no ticket."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    reason: str


class RowRead(BaseModel):
    """A ticket of a data set."""

    row_id: UUID
    external_id: str
    subject: str
    body: str
    status: str
    priority: str
    category: str
    channel: str
    team: str
    customer_id: str
    tags: list[str]
    opened_at: datetime | None
    resolved_at: datetime | None
    resolution: str
    satisfaction: str
    extra: dict[str, Any]
    cluster_id: UUID | None
    similarity: float | None


class ExportFormat(StrEnum):
    csv = "csv"
    xlsx = "xlsx"
