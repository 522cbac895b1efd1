"""Where desks post their webhooks. The path only locates the connector; the signature is the credential."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from caseplane.core.auth import service_principal
from caseplane.core.errors import InvalidInputError, PayloadTooLargeError, problems
from caseplane.core.http import read_body
from caseplane.escalation.api.common import E
from caseplane.escalation.connections import locate
from caseplane.escalation.connectors.base import HookMalformedError, HookRefusedError, TicketUpdated
from caseplane.escalation.desk_schemas import HookAnswer
from caseplane.escalation.errors import HookNotFoundError, HookSignatureError, InboundRejectedError
from caseplane.escalation.inbound import take_in

hooks = APIRouter(prefix="/hooks", tags=["operations"])


def _whole(schema: Any, defs: dict[str, Any]) -> Any:
    """A schema with its references filled in: within an operation there is nowhere to refer to."""
    if isinstance(schema, list):
        return [_whole(part, defs) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(defs[schema["$ref"].rsplit("/", 1)[-1]], defs)
    return {name: _whole(part, defs) for name, part in schema.items() if name != "$defs"}


SCHEMA = TicketUpdated.model_json_schema()
# The body is read raw, since its signature covers the bytes; so the contract is written out here.
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
    responses=problems(HookNotFoundError, HookSignatureError, InboundRejectedError, PayloadTooLargeError),
)
async def receive_hook(
    kind: Annotated[str, Path(max_length=50)],
    endpoint: Annotated[str, Path(max_length=100)],
    request: Request,
    e: E,
) -> HookAnswer:
    """Take in `ticket.updated` from a desk; a repeated one is answered 200 and changes nothing."""
    tenant_id, connection_id = locate(endpoint)
    body = await read_body(request, limit=e.settings.hook_limit_kib * 1024)
    async with e.work(service_principal(tenant_id, "hooks")) as work:
        connection = await work.desks.find_connection(connection_id)
        if connection is None or connection.kind != kind or not connection.enabled:
            raise HookNotFoundError
        try:
            inbound = e.desks.open(connection).verify_and_parse(dict(request.headers), body)
        except HookRefusedError as exc:
            raise HookSignatureError(str(exc)) from exc
        except HookMalformedError as exc:
            raise InvalidInputError(str(exc)) from exc
        return await take_in(work, connection, inbound.update, via="webhook", webhook_id=inbound.webhook_id)
