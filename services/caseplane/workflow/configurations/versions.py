"""Versions of a tenant's configurations: stored, activated, rolled back."""

import asyncio
import hashlib
from uuid import UUID

from caseplane.core.errors import ConflictError, InvalidInputError
from caseplane.core.ids import new_id
from caseplane.triage.configuration import Configuration
from caseplane.triage.loading import SHIPPED, BadConfigurationError, Fault, load, shipped_text
from caseplane.workflow.configurations.models import ConfigurationRow
from caseplane.workflow.configurations.repository import Configurations
from caseplane.workflow.configurations.schemas import (
    ConfigurationCheck,
    ConfigurationCreate,
    ConfigurationDetail,
    FaultRead,
)
from caseplane.workflow.context import Work


class InvalidConfigurationError(InvalidInputError):
    """The text is no configuration; every fault is listed with its line."""

    slug, title = "invalid-configuration", "The configuration has faults"


class NothingToRollBackError(ConflictError):
    """What comes with the platform holds already."""

    slug, title = "nothing-to-roll-back", "No version of the tenant's own is in force"


class TooManyVersionsError(ConflictError):
    """The tenant stores as many versions as it may."""

    slug, title = "too-many-versions", "The tenant stores too many versions"


async def read_source(source: str) -> Configuration:
    """A configuration from YAML; in a thread, since a long text takes a second.

    Raises:
        InvalidConfigurationError: with every fault.
    """
    try:
        return await asyncio.to_thread(load, source)
    except BadConfigurationError as exc:
        shown = "; ".join(map(str, exc.faults[:5]))
        faults = [_read(fault).model_dump() for fault in exc.faults[:200]]
        raise InvalidConfigurationError(shown, errors=faults) from exc


async def check_source(source: str) -> ConfigurationCheck:
    """Whether a text is a configuration."""
    try:
        await asyncio.to_thread(load, source)
    except BadConfigurationError as exc:
        return ConfigurationCheck(valid=False, faults=[_read(fault) for fault in exc.faults[:200]])
    return ConfigurationCheck(valid=True)


def _read(fault: Fault) -> FaultRead:
    return FaultRead.model_validate(fault)


async def propose(work: Work, body: ConfigurationCreate, configuration: Configuration) -> ConfigurationRow:
    """Store a new version; the text of the name's newest version again is that version.

    Args:
        work: the unit of work.
        body: with the text.
        configuration: read from it, before the transaction began.
    """
    rows = work.repo(Configurations)
    await rows.lock()
    digest = hashlib.sha256(body.source.encode()).hexdigest()
    newest = await rows.newest(body.name)
    if newest is not None and newest.digest == digest:
        return newest
    version, count = await rows.last_version()
    if count >= work.context.settings.versions_per_tenant:
        raise TooManyVersionsError(f"It stores {count} versions; an operator can raise the limit.")
    row = rows.add(
        id=new_id(),
        name=body.name,
        version=version + 1,
        active=False,
        source=body.source,
        configuration=configuration.model_dump(mode="json"),
        digest=digest,
        note=body.note,
        created_by=work.principal.subject,
        created_at=work.now,
    )
    await work.audit(
        "workflow_configuration.created", target_type="workflow_configuration", target_id=row.id,
        name=row.name, version=row.version,
    )  # fmt: skip
    return row


async def activate(work: Work, configuration_id: UUID) -> ConfigurationRow:
    """Put a version in force; the one before stays and can be activated again."""
    rows = work.repo(Configurations)
    await rows.lock()
    row = await rows.get(configuration_id, lock=True)
    if not row.active:
        await rows.deactivate(row.name)
        row.active, row.activated_at = True, work.now
        await _note(work, "activated", row)
    return row


async def roll_back(work: Work, name: str) -> ConfigurationRow | None:
    """Go back to the version that was in force before, or to what comes with the platform (None).

    Raises:
        NothingToRollBackError: no version of the tenant's own is in force.
    """
    rows = work.repo(Configurations)
    await rows.lock()
    now = await rows.active(name)
    if now is None:
        raise NothingToRollBackError(f"There is no active version of {name!r} to go back from.")
    earlier = await rows.activated_before(name, now.version)
    await rows.deactivate(name)
    await _note(work, "rolled_back", now)
    if earlier is not None:
        earlier.active, earlier.activated_at = True, work.now
    return earlier


async def _note(work: Work, what: str, row: ConfigurationRow) -> None:
    await work.audit(
        f"workflow_configuration.{what}", target_type="workflow_configuration", target_id=row.id,
        name=row.name, version=row.version,
    )  # fmt: skip


def shipped_detail(name: str, *, active: bool = False) -> ConfigurationDetail:
    """A configuration that comes with the platform; the default for a name that does not."""
    known = name if name in SHIPPED else "default"
    return ConfigurationDetail(
        configuration_id=None,
        name=known,
        version=0,
        active=active,
        note="Comes with the platform",
        created_by="caseplane",
        source=shipped_text(known),
    )
