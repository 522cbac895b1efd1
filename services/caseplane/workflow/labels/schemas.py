"""Wire models of labels."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from caseplane.core.text import Text
from caseplane.triage.configuration import NAME

Name = Annotated[str, Field(pattern=NAME)]
_LONGEST = 20_000


class LabelSource(StrEnum):
    """Who says it; of several opinions the expert's counts, then the agent's."""

    customer = "customer"
    agent = "agent"
    expert = "expert"


class DraftOutcome(StrEnum):
    """What an agent did with a draft."""

    accepted = "accepted"
    edited = "edited"
    rejected = "rejected"


class LabelCreate(BaseModel):
    """What somebody says of a ticket: at least one thing."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"ticket_id": "0199a4c0-0000-7000-8000-000000000000", "rating": 4}]}
    )  # fmt: skip

    ticket_id: UUID
    rating: Annotated[int, Field(ge=1, le=5)] | None = Field(None, description="1, the worst, to 5")
    helpful: bool | None = Field(None, description="Whether the answer helped")
    category: Name | None = Field(
        None, description="What the ticket is about in truth; agents and experts only"
    )
    severity: Name | None = Field(None, description="How bad it is in truth; agents and experts only")
    correction: Annotated[Text, Field(max_length=_LONGEST)] = Field(
        "", description="What the answer should say"
    )
    comment: Annotated[Text, Field(max_length=_LONGEST)] = ""
    draft_id: UUID | None = None
    draft_outcome: DraftOutcome | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        said = (self.rating, self.helpful, self.category, self.severity, self.draft_outcome)
        if all(each is None for each in said) and not (self.correction.strip() or self.comment.strip()):
            raise ValueError("give at least one of rating, helpful, category, severity, correction, comment")
        if (self.draft_id is None) != (self.draft_outcome is None):
            raise ValueError("draft_id and draft_outcome belong together")
        return self


class LabelRead(BaseModel):
    """An opinion as it is stored: personal data in texts is replaced by its kind."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    label_id: UUID = Field(validation_alias="id")
    ticket_id: UUID
    source: LabelSource
    created_by: str
    created_at: datetime
    rating: int | None
    helpful: bool | None
    category: str | None
    severity: str | None
    correction: str
    comment: str
    draft_id: UUID | None
    draft_outcome: DraftOutcome | None
