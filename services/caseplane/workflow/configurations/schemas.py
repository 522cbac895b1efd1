"""Wire models of configurations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.text import Text
from caseplane.triage.configuration import NAME

ConfigurationName = Annotated[str, Field(pattern=NAME, examples=["main"])]
EXAMPLE = """\
format: 1
categories:
  general: {keywords: [question], team: general_support}
severities:
  medium: {priority: 3, response: 24h}
teams:
  general_support: {title: Support}
"""


class ConfigurationSource(BaseModel):
    """A configuration as YAML."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"source": EXAMPLE}]})

    source: Annotated[Text, Field(min_length=1, max_length=256 * 1024, description="YAML")]


class ConfigurationCreate(ConfigurationSource):
    """A new version; it changes nothing until it is activated."""

    name: ConfigurationName = "main"
    note: Annotated[Text, Field(max_length=2000)] = ""


class ConfigurationRead(BaseModel):
    """A version of a configuration."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    configuration_id: UUID | None = Field(validation_alias="id")
    name: str
    version: int
    """0 for one that comes with the platform."""
    active: bool
    note: str = ""
    created_by: str = ""
    created_at: datetime | None = None
    activated_at: datetime | None = None


class ConfigurationDetail(ConfigurationRead):
    """A version with its text."""

    source: str


class FaultRead(BaseModel):
    """What is wrong with a text, and where."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    column: int
    where: str
    message: str


class ConfigurationCheck(BaseModel):
    """Whether a text is a configuration, and else everything that is wrong with it."""

    valid: bool
    faults: list[FaultRead] = []
