"""Routes by which admins connect desks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from caseplane.core.auth import AdminCaller
from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from caseplane.escalation import connections as use
from caseplane.escalation.api.common import E, VersionSeen, etag
from caseplane.escalation.desk_repository import DeskRepository
from caseplane.escalation.desk_schemas import ConnectorCreate, ConnectorPatch, ConnectorRead, InboundRead
from caseplane.escalation.errors import (
    ConnectionNameTakenError,
    PreconditionRequiredError,
    TargetRefusedError,
)

connectors = APIRouter(prefix="/connectors", tags=["operations"])


@connectors.get("")
async def list_connectors(who: AdminCaller, e: E) -> list[ConnectorRead]:
    """List the desks that tickets are mirrored to."""
    async with e.work(who) as work:
        return [use.read_connection(c) for c in await work.repo(DeskRepository).connections()]


@connectors.post("", status_code=201, responses=problems(ConnectionNameTakenError, TargetRefusedError))
async def create_connector(
    body: ConnectorCreate, who: AdminCaller, e: E, response: Response
) -> ConnectorRead:
    """Connect a desk; its secret is stored sealed and never shown again."""
    async with e.work(who) as work:
        connection = await use.create_connection(work, body, desks=e.desks)
    response.headers.update(etag(connection.version))
    return use.read_connection(connection)


@connectors.get("/{connection_id}", responses=problems(NotFoundError))
async def get_connector(connection_id: UUID, who: AdminCaller, e: E, response: Response) -> ConnectorRead:
    """Read a connector, with where the desk posts its webhooks."""
    async with e.work(who) as work:
        connection = await work.repo(DeskRepository).connection(connection_id)
    response.headers.update(etag(connection.version))
    return use.read_connection(connection)


@connectors.patch(
    "/{connection_id}",
    responses=problems(
        NotFoundError,
        use.ConnectorChangedError,
        PreconditionRequiredError,
        ConnectionNameTakenError,
        TargetRefusedError,
    ),
)
async def patch_connector(
    connection_id: UUID,
    body: ConnectorPatch,
    version: VersionSeen,
    who: AdminCaller,
    e: E,
    response: Response,
) -> ConnectorRead:
    """Change a connector. Needs `If-Match`."""
    async with e.work(who) as work:
        connection = await use.change_connection(work, connection_id, body, version=version, desks=e.desks)
    response.headers.update(etag(connection.version))
    return use.read_connection(connection)


@connectors.delete("/{connection_id}", status_code=204, responses=problems(NotFoundError))
async def delete_connector(connection_id: UUID, who: AdminCaller, e: E) -> None:
    """Disconnect a desk and destroy its secret; the record of deliveries stays."""
    async with e.work(who) as work:
        await use.remove_connection(work, connection_id)


@connectors.get("/{connection_id}/events", responses=problems(NotFoundError))
async def list_inbound(
    connection_id: UUID,
    who: AdminCaller,
    e: E,
    outcome: Annotated[list[Literal["applied", "ignored", "dead"]] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[InboundRead]:
    """List what the desk told us, newest first; `?outcome=dead` gives what could not be applied."""
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    async with e.work(who) as work:
        await work.repo(DeskRepository).connection(connection_id)
        found = await work.repo(DeskRepository).events(
            connection_id,
            outcomes=outcome or (),
            before=(before[0], before[1]) if before else None,
            limit=limit + 1,
        )
    rows = found[:limit]
    more = len(found) > limit
    return Page(
        items=[InboundRead.model_validate(i) for i in rows],
        next=encode_cursor(rows[-1].created_at.isoformat(), rows[-1].id) if more else None,
    )
