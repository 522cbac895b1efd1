"""The tables of clusters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel


class Clustering(TenantModel):
    """One run that groups the rows of a data set."""

    __tablename__ = "clusterings"
    __table_args__ = {"schema": "insights"}  # noqa: RUF012 - SQLAlchemy reads it once

    dataset_id: Mapped[UUID]
    state: Mapped[str]
    options: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")
    step: Mapped[str] = mapped_column(default="")
    tickets: Mapped[int | None]
    noise: Mapped[int | None]
    clusters: Mapped[int | None]
    themes: Mapped[int | None]
    kept: Mapped[int | None]
    seconds: Mapped[float | None]
    peak_mb: Mapped[int | None]
    created_by: Mapped[str]
    finished_at: Mapped[datetime | None]


class Cluster(TenantModel):
    """A topic, or a theme above several; its centre is read by statements of its own.

    Attributes:
        name: given by a person; without it the terms stand for it.
        locked: its tickets stay in it when the data set is grouped anew.
        examples: typical rows, the most typical first.
    """

    __tablename__ = "clusters"
    __table_args__ = {"schema": "insights"}  # noqa: RUF012

    dataset_id: Mapped[UUID]
    parent_id: Mapped[UUID | None]
    level: Mapped[str]
    name: Mapped[str | None]
    locked: Mapped[bool] = mapped_column(default=False)
    terms: Mapped[list[str]]
    examples: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    size: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
