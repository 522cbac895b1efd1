"""Runs and their steps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "workflow"}


class Run(TenantModel):
    """One pass of a ticket through the steps; a ticket has one for each cause."""

    __tablename__ = "runs"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    cause: Mapped[str]
    status: Mapped[str]
    configuration: Mapped[str]
    configuration_id: Mapped[UUID | None]
    degraded: Mapped[list[str]] = mapped_column(insert_default=list)
    error: Mapped[str | None]
    request_id: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(insert_default=0)
    tokens: Mapped[int] = mapped_column(insert_default=0)
    draft_state: Mapped[str] = mapped_column(insert_default="none")
    duration_ms: Mapped[float | None]
    finished_at: Mapped[datetime | None]


class RunStep(TenantModel):
    """What one step did; never changed."""

    __tablename__ = "steps"
    __table_args__ = SCHEMA

    run_id: Mapped[UUID]
    name: Mapped[str]
    status: Mapped[str]
    attempt: Mapped[int]
    input_digest: Mapped[str]
    output: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    model_version: Mapped[str] = mapped_column(default="")
    rule_version: Mapped[str] = mapped_column(default="")
    error: Mapped[str | None]
    duration_ms: Mapped[float]
