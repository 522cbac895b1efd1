from collections.abc import Mapping
from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class SecretsNeeds(Section):
    """The cloud's secret store."""

    recovery_days: Annotated[int, Field(ge=7, le=30)] = 30
    """Days in which a deleted secret can be restored. No cost while deleted."""


class Secrets(Part):
    """A store of secrets, encrypted with the stack's key; values are generated once and never overwritten."""

    store: pulumi.Output[str]
    """The target of External Secrets' ClusterSecretStore: region, vault URL or project id."""
    references: Mapping[str, pulumi.Output[str]]
    """Logical name to name in the store: `service-secret`, `platform-admin-key`, `app-config`."""
