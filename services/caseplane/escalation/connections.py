"""Connections to desks outside: set up by admins, opened for deliveries, hooks and polls."""

import base64
import binascii
from datetime import timedelta
from uuid import UUID

from caseplane.core import audit
from caseplane.core.ids import new_id
from caseplane.escalation.connectors.registry import KINDS
from caseplane.escalation.context import Work
from caseplane.escalation.desk_repository import DeskRepository
from caseplane.escalation.desk_schemas import (
    ConnectionSettings,
    ConnectorCreate,
    ConnectorPatch,
    ConnectorRead,
)
from caseplane.escalation.desks import Desks
from caseplane.escalation.errors import ConnectionNameTakenError, HookNotFoundError, TicketChangedError
from caseplane.escalation.jobs import POLL, PollArgs
from caseplane.escalation.models import Connection


class ConnectorChangedError(TicketChangedError):
    """Somebody changed the connector since the caller read it."""

    slug, title = "connector-changed", "The connector changed in the meantime"


def endpoint_of(tenant_id: UUID, connection_id: UUID) -> str:
    """The locator in a hook's path; it says where a webhook belongs, not that it is genuine."""
    return base64.urlsafe_b64encode(tenant_id.bytes + connection_id.bytes).decode().rstrip("=")


def locate(endpoint: str) -> tuple[UUID, UUID]:
    """Tenant and connection of an endpoint.

    Raises:
        HookNotFoundError: it is none.
    """
    try:
        raw = base64.b64decode(endpoint + "=" * (-len(endpoint) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise HookNotFoundError from exc
    if len(raw) != 32:
        raise HookNotFoundError
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:])


def read_connection(connection: Connection) -> ConnectorRead:
    endpoint = endpoint_of(connection.tenant_id, connection.id)
    return ConnectorRead(
        connection_id=connection.id,
        kind=connection.kind,
        name=connection.name,
        url=connection.url,
        enabled=connection.enabled,
        settings=ConnectionSettings.model_validate(connection.settings),
        hook_path=f"/api/v1/hooks/{connection.kind}/{endpoint}",
        polled_at=connection.polled_at,
        poll_error=connection.poll_error,
        version=connection.version,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )


async def create_connection(work: Work, body: ConnectorCreate, *, desks: Desks) -> Connection:
    """Connect a desk; tickets from now on are mirrored to it."""
    secret = body.secret.get_secret_value()
    _check(desks, url=body.url, settings=body.settings)
    KINDS[body.kind].check_secret(secret)
    if await work.repo(DeskRepository).name_taken(body.name):
        raise ConnectionNameTakenError(f"There is a connector named {body.name} already.")
    connection_id = new_id()
    connection = work.repo(DeskRepository).add_connection(
        id=connection_id,
        kind=body.kind,
        name=body.name,
        url=body.url,
        secret=desks.box.seal(secret, tenant_id=work.tenant_id, connection_id=connection_id),
        enabled=body.enabled,
        settings=body.settings.model_dump(),
        created_at=work.now,
        updated_at=work.now,
    )
    await work.tx.flush()
    await audit.record(
        work.tx, work.principal, "connector.created", target_type="connector", target_id=connection_id,
        kind=body.kind, url=body.url,
    )  # fmt: skip
    await schedule_poll(work, connection)
    return connection


async def change_connection(
    work: Work, connection_id: UUID, body: ConnectorPatch, *, version: int, desks: Desks
) -> Connection:
    """Change a connection; what is under way to it goes on under the new settings."""
    connection = await work.repo(DeskRepository).connection(connection_id, lock=True)
    if connection.version != version:
        raise ConnectorChangedError(f"The connector is at version {connection.version}.")
    _check(desks, url=body.url or connection.url, settings=body.settings)
    if body.name is not None and await work.repo(DeskRepository).name_taken(body.name, but=connection.id):
        raise ConnectionNameTakenError(f"There is a connector named {body.name} already.")
    if body.secret is not None:
        secret = body.secret.get_secret_value()
        KINDS[connection.kind].check_secret(secret)
        connection.secret = desks.box.seal(secret, tenant_id=work.tenant_id, connection_id=connection.id)
    connection.name = body.name or connection.name
    connection.url = body.url or connection.url
    connection.enabled = connection.enabled if body.enabled is None else body.enabled
    if body.settings is not None:
        connection.settings = body.settings.model_dump()
    connection.version += 1
    connection.updated_at = work.now
    await audit.record(
        work.tx, work.principal, "connector.changed", target_type="connector", target_id=connection.id,
        fields=sorted(body.model_fields_set),
    )  # fmt: skip
    await schedule_poll(work, connection)
    return connection


async def remove_connection(work: Work, connection_id: UUID) -> None:
    """Disconnect a desk: its secret is destroyed, what was delivered stays on record."""
    connection = await work.repo(DeskRepository).connection(connection_id, lock=True)
    connection.deleted_at = connection.updated_at = work.now
    connection.secret, connection.enabled = None, False
    connection.version += 1
    await audit.record(
        work.tx, work.principal, "connector.removed", target_type="connector", target_id=connection.id
    )


async def schedule_poll(work: Work, connection: Connection, *, delay: float = 0.0) -> None:
    """Ask for the next poll of a connection that is polled; one is waiting at most."""
    settings = ConnectionSettings.model_validate(connection.settings)
    if not (connection.enabled and settings.poll_url):
        return
    await work.defer(
        POLL, PollArgs(connection_id=connection.id), delay=timedelta(seconds=delay) if delay else None
    )


def _check(desks: Desks, *, url: str, settings: ConnectionSettings | None) -> None:
    desks.http.policy.check_url(url)
    if settings is not None and settings.poll_url:
        desks.http.policy.check_url(settings.poll_url)
