"""Wire models of classifiers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text
from caseplane.triage.learning.measuring import Figures


class ClassifierState(StrEnum):
    """How far a version is."""

    training = "training"
    trained = "trained"
    failed = "failed"
    retired = "retired"
    """Its weights were deleted, since many later versions exist; its figures are kept."""


class ClassifierCreate(BaseModel):
    """A classifier to be trained on the tickets that are labelled now."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[Text, Field(max_length=2000)] = ""


class Report(BaseModel):
    """What a classifier was trained on, and how it does on labelled tickets that were held back."""

    tickets: int
    """Labelled tickets that were used."""
    unreadable: int = 0
    """Labelled tickets that are deleted, empty or of a category that the configuration no longer has."""
    left_out: dict[str, int] = {}
    """Categories with too few labelled tickets, and how many each has."""
    held_back: Figures
    keywords: Figures
    """Keywords and likeness to descriptions on the same held-back tickets: what you have without a classifier."""
    configuration: str = ""


class ClassifierRead(BaseModel):
    """A version of the tenant's classifier."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    classifier_id: UUID = Field(validation_alias="id")
    version: int
    state: ClassifierState
    active: bool
    note: str
    reason: str
    """Why training failed."""
    embedding: str
    """The embedding model on whose vectors it was trained; with another it is not used."""
    created_by: str
    created_at: datetime
    finished_at: datetime | None
    activated_at: datetime | None
    report: Report | None = None
