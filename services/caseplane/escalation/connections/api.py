"""Routes by which admins connect desks."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Path, Response

from caseplane.core.auth import Role
from caseplane.core.errors import InvalidInputError, NotFoundError, problems
from caseplane.core.outgoing import TargetRefusedError
from caseplane.core.versions import MalformedVersionError, PreconditionRequiredError, RequiredVersions, etag
from caseplane.core.work import opened
from caseplane.escalation.connections import connecting, rotating
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connections.schemas import (
    VIEWS,
    AnyCreate,
    AnyPatch,
    AnyRead,
    ConnectorRead,
    SecretRead,
    SecretRotate,
    SecretRotated,
)
from caseplane.escalation.context import Work

connectors = APIRouter(prefix="/connectors", tags=["operations"])
AdminWork: TypeAlias = Annotated[Work, opened(Role.admin)]


def _read(connection: Connection) -> ConnectorRead:
    return VIEWS[connection.kind].model_validate(connection)


@connectors.get("")
async def list_connectors(work: AdminWork) -> list[AnyRead]:
    """List the desks that tickets are mirrored to."""
    return [_read(connection) for connection in await work.repo(Connections).all()]


@connectors.post(
    "", status_code=201, responses=problems(connecting.ConnectionNameTakenError, TargetRefusedError)
)
async def create_connector(body: AnyCreate, work: AdminWork, response: Response) -> AnyRead:
    """Connect a desk; its secret is stored sealed and never shown again."""
    connection = await connecting.create_connection(work, body)
    response.headers.update(etag(connection.version))
    return _read(connection)


@connectors.get("/{connection_id}", responses=problems(NotFoundError))
async def get_connector(connection_id: UUID, work: AdminWork, response: Response) -> AnyRead:
    """Read a connector, with where the desk posts its webhooks."""
    connection = await work.repo(Connections).get(connection_id)
    response.headers.update(etag(connection.version))
    return _read(connection)


@connectors.patch(
    "/{connection_id}",
    responses=problems(
        NotFoundError,
        connecting.ConnectorChangedError,
        MalformedVersionError,
        PreconditionRequiredError,
        connecting.ConnectionNameTakenError,
        TargetRefusedError,
    ),
)
async def patch_connector(
    connection_id: UUID, body: AnyPatch, versions: RequiredVersions, work: AdminWork, response: Response
) -> AnyRead:
    """Change a connector. Needs `If-Match`."""
    connection = await connecting.change_connection(work, connection_id, body, seen=versions)
    response.headers.update(etag(connection.version))
    return _read(connection)


@connectors.get("/{connection_id}/secrets", responses=problems(NotFoundError, InvalidInputError))
async def list_secrets(connection_id: UUID, work: AdminWork) -> list[SecretRead]:
    """List the secrets that are valid now, by fingerprint; the present one first."""
    return await rotating.secrets_of(work, connection_id)


@connectors.post(
    "/{connection_id}/secrets", status_code=201, responses=problems(NotFoundError, InvalidInputError)
)
async def rotate_secret(
    connection_id: UUID, body: SecretRotate, work: AdminWork, response: Response
) -> SecretRotated:
    """Give a connector a new secret; the one before stays valid for `overlap`, in both directions."""
    response.headers["Cache-Control"] = "no-store"
    return await rotating.rotate_secret(work, connection_id, body)


@connectors.delete(
    "/{connection_id}/secrets/{fingerprint}",
    status_code=204,
    responses=problems(NotFoundError, rotating.SecretInUseError, InvalidInputError),
)
async def revoke_secret(
    connection_id: UUID,
    fingerprint: Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")],
    work: AdminWork,
) -> None:
    """End a former secret now."""
    await rotating.revoke_secret(work, connection_id, fingerprint)


@connectors.delete("/{connection_id}", status_code=204, responses=problems(NotFoundError))
async def delete_connector(connection_id: UUID, work: AdminWork) -> None:
    """Disconnect a desk and destroy its secret; the record of deliveries stays."""
    await connecting.remove_connection(work, connection_id)
