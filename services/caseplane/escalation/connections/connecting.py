"""Use cases of connections: made, changed and removed by admins; the next poll asked for."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from caseplane.core.errors import ConflictError, InvalidInputError, PreconditionFailedError
from caseplane.core.ids import new_id
from caseplane.core.versions import check_version
from caseplane.escalation.connections.jobs import POLL, RELEASE, PollArgs, ReleaseArgs
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.opening import credentials_of, keep_former, seal, settings_of
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connections.schemas import CHANGES, ConnectorCreate, ConnectorPatch
from caseplane.escalation.connectors.kind import ConnectionSettings, ConnectorKind, Credentials
from caseplane.escalation.connectors.registry import kind_named
from caseplane.escalation.context import Work


class ConnectorChangedError(PreconditionFailedError):
    """The connector changed since the caller read it."""

    slug, title = "connector-changed", "The connector changed in the meantime"


class ConnectionNameTakenError(ConflictError):
    """Another connection of the tenant has this name."""

    slug, title = "connector-name-taken", "Another connector has this name"


async def create_connection(work: Work, body: ConnectorCreate) -> Connection:
    """Connect a desk; tickets from now on are mirrored to it."""
    _check_urls(work, body.kind, body.url, body.settings)
    await _check_name(work, body.name)
    kind = kind_named(body.kind)
    connection = work.repo(Connections).add(
        id=new_id(),
        kind=kind.name,
        name=body.name,
        url=body.url,
        enabled=body.enabled,
        settings=body.settings.model_dump(),
        created_at=work.now,
        updated_at=work.now,
    )
    seal(work.context, connection, make_credentials(kind, body.model_dump()))
    await work.tx.flush()
    await work.audit(
        "connector.created", target_type="connector", target_id=connection.id, kind=kind.name, url=body.url
    )
    await schedule_poll(work, connection)
    return connection


async def change_connection(
    work: Work, connection_id: UUID, body: ConnectorPatch, *, seen: frozenset[int] | None
) -> Connection:
    """Change a connection; deliveries under way to it go on under the new settings, or wait while it is paused."""
    connection = await work.repo(Connections).get(connection_id, lock=True)
    check_version(connection.version, seen, noun="connector", error=ConnectorChangedError)
    body = _of_kind(connection, body)
    _check_urls(work, connection.kind, body.url or connection.url, body.settings)
    if body.name is not None:
        await _check_name(work, body.name, but=connection.id)
    _change_credentials(work, connection, body)
    connection.name = body.name or connection.name
    connection.url = body.url or connection.url
    if body.enabled is not None:
        await _pause_or_resume(work, connection, enabled=body.enabled)
    if body.settings is not None:
        connection.settings = body.settings.model_dump()
    connection.version += 1
    connection.updated_at = work.now
    await work.audit(
        "connector.changed", target_type="connector", target_id=connection.id,
        fields=sorted(body.model_fields_set),
    )  # fmt: skip
    await schedule_poll(work, connection)
    return connection


async def remove_connection(work: Work, connection_id: UUID) -> None:
    """Disconnect a desk: its secret is destroyed, what was delivered stays on record."""
    connection = await work.repo(Connections).get(connection_id, lock=True)
    connection.deleted_at = connection.updated_at = work.now
    connection.secret, connection.former_secrets, connection.enabled = None, [], False
    connection.version += 1
    await work.defer(RELEASE, ReleaseArgs(connection_id=connection.id))  # their attempts find that it is gone
    await work.audit("connector.removed", target_type="connector", target_id=connection.id)


async def schedule_poll(work: Work, connection: Connection, *, delay: timedelta | None = None) -> None:
    """Ask for the next poll of a connection that is polled; at most one waits."""
    if connection.enabled and settings_of(connection).poll_after is not None:
        await work.defer(POLL, PollArgs(connection_id=connection.id), delay=delay)


async def _pause_or_resume(work: Work, connection: Connection, *, enabled: bool) -> None:
    if enabled and not connection.enabled:
        await work.defer(RELEASE, ReleaseArgs(connection_id=connection.id))
    connection.enabled = enabled


def _of_kind(connection: Connection, body: ConnectorPatch) -> ConnectorPatch:
    """The body, read as one of the connection's kind: it does not say which it is."""
    try:
        return CHANGES[connection.kind].model_validate(body.model_dump(exclude_unset=True))
    except ValidationError as exc:
        said = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()]
        raise InvalidInputError(f"Of a {connection.kind} connector: {'; '.join(said)}.") from exc


def _change_credentials(work: Work, connection: Connection, body: ConnectorPatch) -> None:
    kind = kind_named(connection.kind)
    fields = kind.credentials.model_fields.keys()
    given = {name: value for name, value in body if name in fields and value is not None}
    if not given:
        return
    # Only what is not given is opened: a secret that no longer opens must be replaceable.
    kept = dict(credentials_of(work.context, connection)) if given.keys() != fields else {}
    seal(work.context, connection, make_credentials(kind, kind.credentials.merged(kept, given)))
    keep_former(connection, [])  # whoever changes a secret this way wants the ones before to end


def make_credentials(kind: ConnectorKind, values: dict[str, Any]) -> Credentials:
    """Credentials of a kind.

    Raises:
        InvalidInputError: they are too weak or of the wrong form.
    """
    try:
        return kind.credentials.model_validate(values)
    except ValidationError as exc:
        said = [f"{error['loc'][0]}: {error['msg'].removeprefix('Value error, ')}" for error in exc.errors()]
        raise InvalidInputError("; ".join(said)) from exc


def _check_urls(work: Work, kind: str, url: str, settings: ConnectionSettings | None) -> None:
    for each in (url, *(settings.urls() if settings else ())):
        work.context.http.policy.check_url(each, schemes=kind_named(kind).schemes)


async def _check_name(work: Work, name: str, *, but: UUID | None = None) -> None:
    if await work.repo(Connections).name_taken(name, but=but):
        raise ConnectionNameTakenError(f"There is a connector named {name} already.")
