"""Wire models of case summaries."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.orchestrator.conversations.states import Resolution


class Why(StrEnum):
    """Why a case teaches nothing."""

    no_question = "no_question"
    """Nobody asked anything: a greeting, a request for a person."""
    no_answer = "no_answer"
    """No public word of a person, and no answer that the customer confirmed."""
    turned_away = "turned_away"
    """The customer said of every answer that it did not help."""
    only_done = "only_done"
    """The person said what they did, not what the next customer can do."""
    person_bound = "person_bound"
    """It concerns one customer's account, money or data."""


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
