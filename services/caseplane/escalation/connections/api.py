"""Routes by which admins connect desks."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Response

from caseplane.core.auth import Role
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.versions import PreconditionRequiredError, RequiredVersions, etag
from caseplane.core.work import opened
from caseplane.escalation.connections import connecting
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connections.schemas import VIEWS, AnyCreate, AnyPatch, AnyRead, ConnectorRead
from caseplane.escalation.connectors.http import TargetRefusedError
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


@connectors.delete("/{connection_id}", status_code=204, responses=problems(NotFoundError))
async def delete_connector(connection_id: UUID, work: AdminWork) -> None:
    """Disconnect a desk and destroy its secret; the record of deliveries stays."""
    await connecting.remove_connection(work, connection_id)
