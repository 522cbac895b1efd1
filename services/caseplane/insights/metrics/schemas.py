"""Wire models of metrics."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.insights.metrics.definitions import Kind


class Group(StrEnum):
    """What a metric can be split by."""

    channel = "channel"
    category = "category"
    team = "team"
    model = "model"
    """What drafted the last answer, with its version."""
    policy_version = "policy_version"
    reason = "reason"
    resolution = "resolution"
    """How the case stands resolved."""
    resolved_as = "resolved_as"
    """Of a resolution, its kind at that time."""
    month = "month"
    week = "week"
    day = "day"


class MetricRead(BaseModel):
    """What a metric is."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    facts: str
    title: str
    definition: str
    limits: str
    kind: Kind
    unit: str
    always_by: Sequence[str]


class Figure(BaseModel):
    """A metric's value for one group; null where there is nothing to compute it of."""

    group: dict[str, str | None]
    count: int
    """Rows that count, of a share; otherwise rows with a value."""
    of: int
    """Rows that were looked at."""
    share: float | None = None
    low: float | None = None
    high: float | None = None
    """95 % interval of the share (Wilson)."""
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None


class FiguresRead(BaseModel):
    """A metric's values for a period."""

    metric: MetricRead
    since: datetime
    until: datetime
    timezone: str
    days: int
    figures: list[Figure]


class CaseBehind(BaseModel):
    """A row behind a number, with its case."""

    model_config = ConfigDict(from_attributes=True)

    row_id: UUID
    case_id: UUID
    kind: str
    at: datetime
    counts: bool | None = Field(description="Of a share, whether it counts; null for values")
    value: float | None
    channel: str
    status: str
    resolution: str | None
    category: str | None
    team: str | None
    ticket_id: UUID | None
