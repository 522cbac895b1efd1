from typing import Annotated, Literal

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section, Tier


class DatabaseNeeds(Section):
    """PostgreSQL with pgvector."""

    tier: Tier = "small"
    """Compute and memory: small 2 vCPU/4 to 8 GiB, medium 2 vCPU/16 GiB, large 4 vCPU/32 GiB.
    The largest fixed cost: about 60, 200 and 400 USD a month, twice that with `high_availability`."""
    version: Literal["15", "16", "17"] = "17"
    """Major version; raising it is an upgrade with downtime, lowering it is refused. No cost."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = "gc_ticketing"
    """The application's database; cannot change later. No cost."""
    admin: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "gc_admin"
    """Login that owns the schemas and runs migrations; services do not use it. Cannot change later."""
    storage_gib: Annotated[int, Field(ge=20, le=16_384)] = 50
    """Initial disk, GiB. About 0.12 to 0.17 USD per GiB and month, twice that with `high_availability`."""
    max_storage_gib: Annotated[int, Field(ge=20, le=16_384)] = 500
    """The disk grows automatically up to this, GiB; it never shrinks."""
    high_availability: bool = False
    """Standby in a second zone. Doubles compute and storage."""
    backup_days: Annotated[int, Field(ge=1, le=35)] = 7
    """How many days point-in-time recovery reaches back. Storage beyond the database's size is billed."""
    protect: bool = True
    """Refuse deletion, in Pulumi and in the cloud. No cost."""
    performance_insights: bool = True
    """Query statistics, kept 7 days. No cost for that time."""


class Database(Part):
    """A PostgreSQL server that only the app ring can reach, by TLS only, with the application's database."""

    id: pulumi.Output[str]
    host: pulumi.Output[str]
    port: pulumi.Output[int]
    name: pulumi.Output[str]
    password_reference: pulumi.Output[str]
    """Secret with nothing but the password of the services' login `caseplane_app`. No resource creates that login on
    any cloud: the first migration does, and each migration sets this password."""
    admin_password_reference: pulumi.Output[str]
    """Secret with nothing but the owner's password, for migrations only."""
