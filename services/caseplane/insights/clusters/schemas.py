"""What crosses the wire of clusters."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from caseplane.insights.datasets.schemas import Name


class ClusteringState(StrEnum):
    waiting = "waiting"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"


OVER = frozenset({ClusteringState.done, ClusteringState.failed, ClusteringState.cancelled})


class Level(StrEnum):
    theme = "theme"
    topic = "topic"


class Detail(StrEnum):
    """How fine topics are."""

    coarse = "coarse"
    normal = "normal"
    fine = "fine"


class ClusteringCreate(BaseModel):
    detail: Detail = Detail.normal
    smallest: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Fewest tickets of a topic; 0 lets the number of tickets decide (5 to 25)."""


class ClusteringRead(BaseModel):
    """A run that groups a data set."""

    model_config = ConfigDict(from_attributes=True)

    clustering_id: Annotated[UUID, Field(validation_alias="id")]
    dataset_id: UUID
    state: ClusteringState
    reason: str
    step: str
    """What it does now."""
    tickets: int | None
    noise: int | None
    """Tickets that belong to no topic."""
    clusters: int | None
    themes: int | None
    kept: int | None
    """Topics that are those of the run before."""
    seconds: float | None
    peak_mb: int | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None


class ClusterRead(BaseModel):
    """A topic or a theme."""

    cluster_id: UUID
    dataset_id: UUID
    parent_id: UUID | None
    level: Level
    title: str
    """Its name, or its most distinctive words."""
    name: str | None
    locked: bool
    terms: list[str]
    size: int
    share: float
    """Of the tickets that were grouped."""
    version: int
    updated_at: datetime


class Example(BaseModel):
    """A typical ticket."""

    row_id: UUID
    external_id: str
    subject: str
    excerpt: str


class Month(BaseModel):
    """Tickets that were opened in a month (UTC)."""

    month: str
    tickets: int


class ClusterDetail(ClusterRead):
    """A cluster with what is in it."""

    examples: list[Example]
    trend: list[Month]
    """By month of opening; tickets without a date are not in it."""
    unresolved: int
    """Tickets without a time of resolution."""


class ClusterPatch(BaseModel):
    """What a person changes; left out means unchanged."""

    name: Name | None = None
    """Null takes the name away, so that the words stand for it again."""
    locked: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> "ClusterPatch":
        if not self.model_fields_set:
            raise ValueError("names nothing to change")
        return self


class ClusterMerge(BaseModel):
    """Topics that are one."""

    into: UUID
    clusters: Annotated[list[UUID], Field(min_length=1, max_length=100)]


class ClusterSplit(BaseModel):
    """A topic that is two."""

    rows: Annotated[list[UUID], Field(max_length=10_000)] = Field(default_factory=list)
    """Tickets of the new topic; without them, the two halves that lie farthest apart."""
    name: Name | None = None
    """Of the new topic."""


class RowsMove(BaseModel):
    """Tickets that belong elsewhere."""

    rows: Annotated[list[UUID], Field(min_length=1, max_length=10_000)]
    to: UUID | None
    """A topic; null if they belong to none."""
