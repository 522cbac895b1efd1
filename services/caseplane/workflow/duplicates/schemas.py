"""What crosses the wire of likeness between tickets."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text
from caseplane.triage.results import Match


class LinkState(StrEnum):
    """What a person decided about two tickets."""

    suggested = "suggested"
    confirmed = "confirmed"
    merged = "merged"
    rejected = "rejected"


class LinkRead(BaseModel):
    """Two tickets that are about the same thing, or seem to be."""

    model_config = ConfigDict(from_attributes=True)

    link_id: UUID
    ticket_id: UUID
    other_id: UUID
    """The earlier one."""
    kind: Literal["duplicate", "related"]
    score: float
    reason: str
    state: LinkState
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime


class LookUp(BaseModel):
    """A text for which like tickets are wanted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "The export fails with ERR-4012"}]}
    )

    text: Annotated[Text, Field(min_length=1, max_length=100_000)]
    customer_id: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    """Whose tickets count as duplicates."""
    limit: Annotated[int, Field(ge=1, le=40)] = 10


class Matches(BaseModel):
    """Tickets that are about the same thing, the likest first."""

    items: list[Match]
