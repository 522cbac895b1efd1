from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class KeysNeeds(Section):
    """Own encryption keys for everything at rest."""

    rotation_days: Annotated[int, Field(ge=90, le=2_560)] = 365
    """New key material every so many days. About 1 USD a month per key."""
    deletion_window_days: Annotated[int, Field(ge=7, le=90)] = 30
    """How long a deleted key can still be brought back; without it the data is gone. No cost.
    Clouds cap it (AWS 30, Azure 90)."""


class Keys(Part):
    """The key that encrypts database, objects, secrets, queue, disks and logs."""

    id: pulumi.Output[str]
    """As the cloud names it: ARN, key URL or resource name."""
