"""Settings of the workflow service, `CASEPLANE_WORKFLOW_*`."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from caseplane.core.settings import FileSettings


class WorkflowSettings(FileSettings):
    """Read once at start-up; what a support lead decides is in a tenant's configuration."""

    model_config = SettingsConfigDict(env_prefix="CASEPLANE_WORKFLOW_", frozen=True)

    versions_per_tenant: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Versions of its configurations that a tenant may store."""
    interactions_kept: Annotated[timedelta, Field(ge=timedelta(hours=1), le=timedelta(days=3650))] = (
        timedelta(days=90)
    )
    """How long contacts outside of tickets are kept that name no time of their own (`P90D`)."""
    lookup_timeout: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(seconds=30))] = timedelta(
        seconds=3
    )
    """Longest wait for a system of record, for each statement or call (`PT3S`)."""
    allow_http: bool = False
    """Permits systems of record that are called without TLS, for tests and closed networks."""
    allow_private: bool = False
    """Permits systems of record at private addresses. An admin of any tenant can then reach them."""
    evidence_limit: Annotated[int, Field(ge=1, le=50)] = 8
    """Passages that a draft may rest on."""
    tried_tickets: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """Stored tickets that a configuration can be tried on at once."""
