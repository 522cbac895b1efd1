"""Wire models of case summaries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.orchestrator.conversations.states import Resolution


class CaseRead(BaseModel):
    """What a resolved case teaches."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    case_id: UUID = Field(validation_alias="id")
    session_id: UUID
    ticket_id: UUID | None
    question: str
    facts: list[str]
    summary: str
    resolution: str
    resolution_kind: Resolution
    tags: list[str]
    references: list[dict[str, Any]] = Field(validation_alias="refs")
    created_at: datetime
