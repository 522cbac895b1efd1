"""Settings of the workflow service, `CASEPLANE_WORKFLOW_*`."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class WorkflowSettings(FileSettings):
    """Read once at start-up; what a support lead decides is in a tenant's configuration."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_WORKFLOW_", frozen=True)

    versions_per_tenant: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Versions of its configurations that a tenant may store."""
    evidence_limit: Annotated[int, Field(ge=1, le=50)] = 8
    """Passages that a draft may rest on."""
    tried_tickets: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Stored tickets that a configuration can be tried on at once."""
