"""The configuration that holds for a tenant."""

from dataclasses import dataclass
from uuid import UUID

from cachetools import LRUCache
from pydantic import ValidationError

from caseplane.core.errors import UnavailableError
from caseplane.core.tenant_settings import tenant_setting
from caseplane.triage.configuration import Configuration
from caseplane.triage.loading import SHIPPED, shipped
from caseplane.workflow.configurations.models import ConfigurationRow
from caseplane.workflow.configurations.repository import Configurations
from caseplane.workflow.context import Work

_read: LRUCache[UUID, Configuration] = LRUCache(512)
"""By version: the text of one never changes."""


class NewerConfigurationError(UnavailableError):
    """A newer release stored it; this process is about to be replaced by one that can read it."""

    slug, title = "newer-configuration", "The configuration was stored by a newer release"


@dataclass(frozen=True, slots=True)
class Active:
    """A configuration with its name and version, as results are marked with it."""

    configuration: Configuration
    name: str
    version: int
    row: ConfigurationRow | None = None

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"


async def active_name(work: Work) -> str:
    """The name that the tenant's settings choose, or `main`."""
    return await tenant_setting(work.tx, work.tenant_id, "workflow", "configuration") or "main"


async def active_configuration(work: Work) -> Active:
    """The active version of the chosen name; without one, what comes with the platform."""
    name = await active_name(work)
    row = await work.repo(Configurations).active(name)
    if row is None:
        known = name if name in SHIPPED else "default"
        return Active(shipped(known), known, 0)
    return Active(parsed(row), name, row.version, row)


def parsed(row: ConfigurationRow) -> Configuration:
    """A stored version's configuration."""
    known = _read.get(row.id)
    if known is None:
        try:
            known = Configuration.model_validate(row.configuration)
        except ValidationError as exc:
            raise NewerConfigurationError(f"Version {row.version} cannot be read here.") from exc
        _read[row.id] = known
    return known
