"""Wire models of case summaries."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.orchestrator.cases.lessons import Why
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
    teaches: Literal["yes", "no"]
    why_not: Why | None = Field(description="Why it teaches the next customer nothing; null if it teaches")
    person_bound: bool = Field(
        description="It concerns one customer's account, money or data: a draft for agents, shown to no customer"
    )
    alike_of: UUID | None = Field(
        description="The earlier case with the same question and resolution, which is indexed"
    )
    cases_alike: int = Field(1, description="How many cases have this question and resolution")
    created_at: datetime
