"""Wire models of gaps."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text


class GapState(StrEnum):
    """Where a gap stands."""

    open = "open"
    drafted = "drafted"
    """An article about it is being written, reviewed or approved."""
    covered = "covered"
    """An article about it is published."""
    dismissed = "dismissed"
    """No article is wanted."""


class GapRead(BaseModel):
    """What customers ask and the knowledge does not answer."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    gap_id: UUID = Field(validation_alias="id")
    question: str
    """As it was asked first, without personal data."""
    state: GapState
    asked: int
    """How often a person had to take over."""
    reason: str
    """Why, the last time."""
    first_at: datetime
    last_at: datetime
    article_id: UUID | None
    note: str


class GapQuestionRead(BaseModel):
    """One time that it was asked."""

    model_config = ConfigDict(from_attributes=True)

    session_id: UUID
    question: str
    reason: str
    at: datetime
    case_id: UUID | None
    resolution: str | None
    """What solved it, if that helps others."""
    references: list[dict[str, Any]] = Field(validation_alias="refs")


class GapDismiss(BaseModel):
    """Why no article is wanted."""

    note: Annotated[Text, Field(min_length=1, max_length=2000)]
