"""Any desk that can receive a signed webhook: outgoing and incoming by the Standard Webhooks scheme.

Outgoing: `POST url` with `{"type", "timestamp", "data"}`; `webhook-id` is the idempotency key, the same for
every attempt, and a receiver must act on it once. The answer may name the desk's own id as
`{"external_id": …, "url": …}`. Incoming: `POST /api/v1/hooks/generic/{endpoint}` with the contract
`ticket.updated`. Polling: `GET poll_url?updated_since=…&after_id=…&limit=…`, signed like a webhook with an
empty body, answered by `{"updates": [ticket.updated…], "more": bool}` in the order of `(updated_at, event_id)`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import httpx
from pydantic import AwareDatetime, BaseModel, ValidationError

from caseplane.core.ids import new_id
from caseplane.escalation.connectors.contents import hook_contents, json_object, reason_of
from caseplane.escalation.connectors.generic.models import STATUSES
from caseplane.escalation.connectors.http import DeskHttp
from caseplane.escalation.connectors.protocol import (
    DeskComment,
    DeskRefusedError,
    DeskTicket,
    DeskUnavailableError,
    DeskUpdate,
    ExternalId,
    HookEvent,
    PollCursor,
    Polled,
    Receipt,
    TicketUpdated,
    Unreadable,
    raise_for_answer,
)
from caseplane.escalation.connectors.standard_hooks import SignedHooks
from caseplane.escalation.schemas import TicketStatus

PAGE = 100


class GenericConnector:
    """One receiver of webhooks.

    Args:
        url: that events are posted to.
        secret: `whsec_` and base64, shared with the receiver.
        http: how desks are called.
        poll_url: that updates are read from; without it the desk is not polled.
        former: secrets that were replaced and are still valid: accepted, and signed with besides.
    """

    needs_external_id: ClassVar[bool] = False

    def __init__(
        self,
        *,
        url: str,
        secret: str,
        http: DeskHttp,
        poll_url: str | None = None,
        former: Sequence[str] = (),
    ) -> None:
        self._url, self._http, self._poll_url = url, http, poll_url
        self._hooks = SignedHooks((secret, *former))

    async def create_ticket(self, ticket: DeskTicket, *, key: str) -> Receipt:
        return await self._post(
            "ticket.created",
            {
                "ticket_id": ticket.ticket_id,
                "number": ticket.number,
                "external_conversation_id": ticket.session_id,
                "subject": ticket.subject,
                "description": ticket.description,
                "status": STATUSES.write(ticket.status),
                "priority": ticket.priority,
                "severity": ticket.severity,
                "requester_id": ticket.requester_id,
                "tags": ticket.tags,
                "ai_escalation_reason": ticket.ai_escalation_reason,
                "ai_confidence": ticket.ai_confidence,
                "handoff": ticket.packet.model_dump(mode="json") if ticket.packet else None,
                "created_at": ticket.created_at,
            },
            at=ticket.created_at,
            key=key,
        )

    async def add_comment(self, external_id: str | None, comment: DeskComment, *, key: str) -> Receipt:
        return await self._post(
            "ticket.comment_added",
            {
                "ticket_id": comment.ticket_id,
                "external_id": external_id,
                "external_conversation_id": comment.session_id,
                "comment": {
                    "comment_id": comment.comment_id,
                    "author_type": comment.author_type,
                    "author": comment.author,
                    "visibility": "public" if comment.public else "internal",
                    "body": comment.body,
                    "created_at": comment.created_at,
                },
            },
            at=comment.created_at,
            key=key,
        )

    async def update_ticket(self, external_id: str | None, update: DeskUpdate, *, key: str) -> Receipt:
        changes, status = update.changes, update.changes.get("status")
        if status is not None:
            changes = changes | {"status": STATUSES.write(TicketStatus(status))}
        resolved = status is not None and TicketStatus(status).done
        return await self._post(
            "ticket.resolved" if resolved else "ticket.updated",
            {
                "ticket_id": update.ticket_id,
                "external_id": external_id,
                "external_conversation_id": update.session_id,
                "changed_fields": sorted(changes),
                "changes": changes,
                "updated_at": update.updated_at,
            },
            at=update.updated_at,
            key=key,
        )

    async def _post(self, kind: str, data: dict[str, Any], *, at: datetime, key: str) -> Receipt:
        event = {"type": kind, "timestamp": at, "data": data}
        body = json.dumps(event, default=_plain, ensure_ascii=False, separators=(",", ":"))
        headers = {**self._hooks.signed(key, body), "Content-Type": "application/json"}
        answer = await self._http.call("POST", self._url, content=body.encode(), headers=headers)
        raise_for_answer(answer)
        return _receipt(answer)

    def verify(self, headers: Mapping[str, str], body: bytes) -> HookEvent:
        return self._hooks.verify(headers, body)

    async def read(self, event: HookEvent) -> Sequence[TicketUpdated]:
        with hook_contents():
            return [_update(json.loads(event.body))]

    async def poll(self, cursor: PollCursor) -> Polled:
        if not self._poll_url:
            return Polled()
        answer = await self._http.call(
            "GET",
            self._poll_url,
            params={
                "updated_since": cursor.timestamp.isoformat(),
                "after_id": cursor.last_id,
                "limit": PAGE,
            },
            headers=self._hooks.signed(f"poll-{new_id()}", ""),
        )
        raise_for_answer(answer)
        found = json_object(answer, desk="The desk")
        updates = found.get("updates")
        if not isinstance(updates, list):
            raise DeskUnavailableError("The desk's answer has no list of updates.")
        page: list[tuple[TicketUpdated | Unreadable, PollCursor]] = []
        for raw in updates:
            place = _place(raw)
            if place is not None:
                if place.timestamp < cursor.timestamp:
                    raise DeskRefusedError(
                        "The desk's updates are not in the order of (updated_at, event_id)."
                    )
                cursor = place
            page.append((_read(raw), cursor))
        return Polled(page, more=bool(found.get("more")) and bool(page))


class _Place(BaseModel):
    """The two fields by which the cursor moves, even past an update that cannot be read otherwise."""

    event_id: ExternalId
    updated_at: AwareDatetime


def _place(raw: Any) -> PollCursor | None:
    try:
        place = _Place.model_validate(raw)
    except ValidationError:
        return None
    return PollCursor(place.updated_at, place.event_id)


def _update(raw: Any) -> TicketUpdated:
    if isinstance(raw, dict) and "status" in raw:
        raw = raw | {"status": STATUSES.read(raw["status"])}
    return TicketUpdated.model_validate(raw)


def _read(raw: Any) -> TicketUpdated | Unreadable:
    try:
        return _update(raw)
    except ValidationError as exc:
        place = _place(raw)
        digest = hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
        return Unreadable(place.last_id if place else f"unreadable-{digest[:32]}", reason_of(exc), raw)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _receipt(answer: httpx.Response) -> Receipt:
    """Ids from the answer, if it has any; a receiver need not answer more than 2xx."""
    if not answer.content.strip() or "json" not in answer.headers.get("content-type", ""):
        return Receipt()
    found = json_object(answer, desk="The desk")
    external_id, url = found.get("external_id"), found.get("url")
    if external_id is not None and not isinstance(external_id, str | int):
        raise DeskUnavailableError("The desk's answer has an external_id that is no string.")
    return Receipt(
        external_id=str(external_id)[:200] if external_id not in (None, "") else None,
        url=url[:2000] if isinstance(url, str) else None,
    )
