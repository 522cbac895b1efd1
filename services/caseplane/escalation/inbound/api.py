"""Routes of webhooks, and of what came in by them or by polls.

A hook's path only says which connector it is for; the signature is the credential.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from caseplane.core.errors import NotFoundError, PayloadTooLargeError, problems
from caseplane.core.http import read_body
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.core.work import context_of
from caseplane.escalation.connections.api import AdminWork
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.protocol import TicketUpdated
from caseplane.escalation.context import Escalation
from caseplane.escalation.inbound import receiving
from caseplane.escalation.inbound.applying import InboundRejectedError
from caseplane.escalation.inbound.repository import InboundEvents
from caseplane.escalation.inbound.schemas import HookAnswer, InboundRead

hooks = APIRouter(prefix="/hooks", tags=["operations"])
events = APIRouter(prefix="/connectors/{connection_id}/events", tags=["operations"])


def _whole(schema: Any, defs: dict[str, Any]) -> Any:
    """A schema with its references filled in: within an operation they would point nowhere."""
    if isinstance(schema, list):
        return [_whole(part, defs) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(defs[schema["$ref"].rsplit("/", 1)[-1]], defs)
    return {name: _whole(part, defs) for name, part in schema.items() if name != "$defs"}


# The body is read raw, since its signature covers the bytes; so the contract is written out here.
SCHEMA = TicketUpdated.model_json_schema()
CONTRACT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _whole(SCHEMA, SCHEMA["$defs"])}},
    },
    "security": [],
}


@hooks.post(
    "/{kind}/{endpoint}",
    openapi_extra=CONTRACT,
    responses=problems(
        receiving.HookNotFoundError, receiving.HookSignatureError, InboundRejectedError, PayloadTooLargeError
    ),
)
async def receive_hook(
    kind: Annotated[str, Path(max_length=50)],
    endpoint: Annotated[str, Path(max_length=100)],
    request: Request,
    e: Annotated[Escalation, Depends(context_of)],
) -> HookAnswer:
    """Take in `ticket.updated` from a desk; a repeated one is answered 200 and changes nothing."""
    body = await read_body(request, limit=e.settings.hook_limit_kib * 1024)
    return await receiving.receive(e, kind, endpoint, dict(request.headers), body)


@events.get("", responses=problems(NotFoundError))
async def list_inbound(
    connection_id: UUID,
    work: AdminWork,
    outcome: Annotated[list[Literal["applied", "ignored", "dead"]] | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[InboundRead]:
    """List what the desk told us, newest first; `?outcome=dead` gives what could not be applied."""
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    await work.repo(Connections).get(connection_id)
    found = await work.repo(InboundEvents).page(
        connection_id,
        outcomes=outcome or (),
        before=(before[0], before[1]) if before else None,
        limit=limit + 1,
    )
    return page(
        found, limit, read=InboundRead.model_validate,
        position=lambda event: (event.created_at.isoformat(), event.id),
    )  # fmt: skip
