"""Wire models of gate policies."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text
from caseplane.gate import ClassCalibration, ErrorBase, ErrorBudget, Measured


class GatePolicyCreate(BaseModel):
    """A new version of the tenant's gate policy; it takes effect when it is activated."""

    model_config = ConfigDict(extra="forbid")

    policy: dict[str, Any] = Field(description="As `GET /gate-policies/default` shows it")
    note: Annotated[Text, Field(max_length=2000)] = ""


class GatePolicyRead(BaseModel):
    """A version of the gate policy."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    policy_id: UUID | None = Field(validation_alias="id")
    version: int
    active: bool
    policy: dict[str, Any]
    note: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    activated_at: datetime | None = None


class CalibrateCreate(BaseModel):
    """The error budget that the gate is to keep."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"wrong": 0.05}]})

    wrong: Annotated[float, Field(ge=1e-6, lt=1)] = Field(
        0.05, description="Share of wrong answers that is accepted"
    )
    base: ErrorBase = Field(ErrorBase.answered, description="Out of what wrong answers are counted")
    certainty: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
    count_silence: bool = Field(
        False, description="Take a customer who wrote no more after an answer for content (`assumed`)"
    )
    apply: bool = Field(
        False, description="Store the policy as a new version; activating it is a step of its own"
    )
    note: Annotated[Text, Field(max_length=2000)] = ""


class CalibrationRead(BaseModel):
    """A policy fitted to stored conversations, and how it would have done."""

    labels: int = Field(description="Drafts of which the outcome tells whether they were right")
    wrong_labels: int
    sources: dict[str, int] = Field(description="What the labels rest on")
    budget: ErrorBudget
    classes: dict[str, ClassCalibration] = Field(description="What was fitted for each class of questions")
    cross_validated: Measured = Field(
        description="Fitted on four fifths of the customers, measured on the others, in turn"
    )
    active: Measured = Field(description="The policy in force, on the same labels")
    active_version: int = 0
    fitted: Measured = Field(description="The new policy on the very labels it was fitted to")
    policy: dict[str, Any]
    stored: GatePolicyRead | None = Field(None, description="The new version, if it was to be stored")


class ReplayRead(BaseModel):
    """What stored decisions would be under another policy."""

    decisions: int
    same: int
    changed: list[dict[str, Any]] = Field(description="At most 100: session, event, verdict then and now")
    verdicts: dict[str, int]
