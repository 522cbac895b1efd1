"""Receives webhooks: who sent one is checked in a transaction, what it means is read outside of any.

Reading may ask the desk, which may take long; the same webhook, sent again meanwhile, is applied once all the same,
since the update's id is written down in the transaction that applies it.
"""

import base64
import binascii
from collections.abc import Mapping
from uuid import UUID

from caseplane.core.auth import Principal, service_principal
from caseplane.core.errors import InvalidInputError, NotFoundError, UnauthorizedError, UnavailableError
from caseplane.escalation.connections.models import Connection
from caseplane.escalation.connections.opening import open_connector
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.mail import MailAccount
from caseplane.escalation.connectors.protocol import (
    DeskError,
    HookEvent,
    HookMalformedError,
    HookRefusedError,
    TicketConnector,
)
from caseplane.escalation.context import Escalation, Work
from caseplane.escalation.inbound.applying import apply
from caseplane.escalation.inbound.schemas import HookAnswer

OUTCOMES = ("applied", "ignored", "duplicate")
"""Of several updates, the webhook's outcome is the first of these that one of them had."""


class HookNotFoundError(NotFoundError):
    """No connector listens at this endpoint."""

    slug, title = "hook-not-found", "No connector listens here"


class HookSignatureError(UnauthorizedError):
    """The webhook does not prove who sent it, or is too old."""

    slug, title = "hook-signature", "The webhook's signature does not hold"

    @property
    def headers(self) -> dict[str, str]:
        return {}


async def receive(
    e: Escalation, kind: str, endpoint: str, headers: Mapping[str, str], body: bytes
) -> HookAnswer:
    """Apply the updates of a webhook, once."""
    tenant_id, connection_id = _locate(endpoint)
    who = service_principal(tenant_id, "hooks")
    connector, event = await _verify(e, who, connection_id, kind, headers, body)
    try:
        updates = await connector.read(event)
    except HookMalformedError as exc:
        raise InvalidInputError(str(exc)) from exc
    except DeskError as exc:
        raise UnavailableError(str(exc)) from exc
    async with e.work(who) as work:
        connection = await _connection(work, connection_id, kind)
        # A webhook's id is noted once, with its first update; the others are known by their own ids.
        ids = [event.webhook_id, *[None] * len(updates)]
        answers = [
            await apply(work, connection, update, via="webhook", webhook_id=webhook_id)
            for update, webhook_id in zip(updates, ids, strict=False)
        ]
    nothing = HookAnswer(outcome="ignored")
    return min(answers, key=lambda answer: OUTCOMES.index(answer.outcome), default=nothing)


async def _verify(
    e: Escalation, who: Principal, connection_id: UUID, kind: str, headers: Mapping[str, str], body: bytes
) -> tuple[TicketConnector, HookEvent]:
    async with e.work(who) as work:
        connector = open_connector(e, await _connection(work, connection_id, kind))
    if isinstance(connector, MailAccount):
        raise HookNotFoundError  # mails are fetched
    try:
        return connector, connector.verify(headers, body)
    except HookRefusedError as exc:
        raise HookSignatureError(str(exc)) from exc


async def _connection(work: Work, connection_id: UUID, kind: str) -> Connection:
    connection = await work.repo(Connections).find(connection_id)
    if connection is None or connection.kind != kind or not connection.enabled:
        raise HookNotFoundError
    return connection


def _locate(endpoint: str) -> tuple[UUID, UUID]:
    """Tenant and connection of the last part of a hook's path."""
    try:
        raw = base64.b64decode(endpoint + "=" * (-len(endpoint) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise HookNotFoundError from exc
    if len(raw) != 32:
        raise HookNotFoundError
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:])
