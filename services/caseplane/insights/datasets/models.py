"""The tables of data sets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class Dataset(TenantModel):
    """Tickets that are looked at together.

    Attributes:
        embedding: the profile of its rows' vectors; empty before the first.
    """

    __tablename__ = "datasets"
    __table_args__ = {"schema": "insights"}  # noqa: RUF012 - SQLAlchemy reads it once

    name: Mapped[str]
    kind: Mapped[str]
    embedding: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str]
    updated_at: Mapped[datetime]


class Upload(TenantModel):
    """A file of a data set, and how far it was read.

    Attributes:
        reading: `ReadingOptions` with the columns that hold which field.
    """

    __tablename__ = "uploads"
    __table_args__ = {"schema": "insights"}  # noqa: RUF012

    dataset_id: Mapped[UUID]
    file_name: Mapped[str]
    object_key: Mapped[str]
    size_bytes: Mapped[int]
    reading: Mapped[dict[str, Any]]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    rows_read: Mapped[int] = mapped_column(default=0)
    created_rows: Mapped[int] = mapped_column(default=0)
    updated_rows: Mapped[int] = mapped_column(default=0)
    unchanged_rows: Mapped[int] = mapped_column(default=0)
    rejected_rows: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str]
    finished_at: Mapped[datetime | None]
    file_removed_at: Mapped[datetime | None]


class Rejection(TenantModel):
    """A row of a file that is no ticket."""

    __tablename__ = "rejections"
    __table_args__ = {"schema": "insights"}  # noqa: RUF012

    upload_id: Mapped[UUID]
    line: Mapped[int]
    reason: Mapped[str]


class DatasetRow(TenantModel):
    """A ticket of a data set; its vector is read by statements of its own."""

    __tablename__ = "dataset_rows"
    __table_args__ = {"schema": "insights"}  # noqa: RUF012

    dataset_id: Mapped[UUID]
    external_id: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    status: Mapped[str]
    priority: Mapped[str]
    category: Mapped[str]
    channel: Mapped[str]
    team: Mapped[str]
    customer_id: Mapped[str]
    tags: Mapped[list[str]]
    opened_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str]
    satisfaction: Mapped[str]
    extra: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
