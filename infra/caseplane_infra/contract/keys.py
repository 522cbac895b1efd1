from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class KeysNeeds(Section):
    """The key that encrypts everything at rest."""

    rotation_days: Annotated[int, Field(ge=90, le=2_560)] = 365
    """Days between new key material. About 1 USD a month per key."""
    deletion_window_days: Annotated[int, Field(ge=7, le=90)] = 30
    """Days in which a deleted key can be restored; without its key, data is lost. No cost.
    Clouds limit it (AWS 30, Azure 90)."""


class Keys(Part):
    """The key that encrypts database, objects, secrets, queue, disks and logs."""

    id: pulumi.Output[str]
    """The cloud's id: ARN, key URL or resource name."""
