"""Mirrors tickets to Zendesk and reads what its agents did.

A ticket is known at Zendesk by its external id, `MARKER:TICKET_ID`, and so is a follow-up of it: a closed ticket takes no
comment, so the first one after that opens a follow-up with the same external id. Zendesk knows an idempotency key of a
new ticket for two hours only, and none of a comment; so each save carries our key in its metadata and is looked for
before it is made, and is made only if the ticket did not change since it was looked at (`safe_update`).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from caseplane.core.clock import utcnow
from caseplane.escalation.connectors.contents import hook_contents
from caseplane.escalation.connectors.protocol import (
    DeskComment,
    DeskRefusedError,
    DeskTicket,
    DeskUpdate,
    HookEvent,
    HookRefusedError,
    PollCursor,
    Polled,
    Receipt,
    TicketUpdated,
    Unreadable,
)
from caseplane.escalation.connectors.zendesk.client import NoSuchRecordError, ZendeskClient, record, records
from caseplane.escalation.connectors.zendesk.models import STATUSES, ZendeskSettings
from caseplane.escalation.connectors.zendesk.reading import (
    KEY,
    MOMENT,
    comment_id,
    key_of,
    owner_of,
    updates_of,
)
from caseplane.escalation.connectors.zendesk.writing import body_of_ticket, fitting
from caseplane.escalation.schemas import TicketStatus

TOLERANCE = timedelta(minutes=5)
"""Between a webhook's time and ours."""
LAG = timedelta(minutes=10)
"""Between a save and its appearance in the export, at most, with what clocks differ."""
YOUNGEST = timedelta(seconds=61)
"""The export refuses to begin within the last minute."""
PAGE = 100
DONE = ("solved", "closed")


class _Hook(BaseModel):
    """The body that our page on Zendesk tells to send; ids come as text from Zendesk's placeholders."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    ticket_id: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}$")]


class ZendeskConnector:
    """One account.

    Args:
        secrets: that sign webhooks, the present one first.
    """

    needs_external_id: ClassVar[bool] = True

    def __init__(
        self, *, client: ZendeskClient, settings: ZendeskSettings, secrets: Sequence[str] = ()
    ) -> None:
        self._client, self._settings, self._secrets = client, settings, secrets

    async def create_ticket(self, ticket: DeskTicket, *, key: str) -> Receipt:
        marked = self._marked(ticket.ticket_id)
        for found in await self._client.tickets_marked(marked):
            return _receipt(found)
        requester_id = await self._requester(ticket.requester_id)
        body = body_of_ticket(ticket, self._settings) | {
            "external_id": marked,
            "requester_id": requester_id,
            "metadata": {KEY: key},
        }
        made = await self._client.post("tickets.json", {"ticket": body}, {"Idempotency-Key": key[:255]})
        return _receipt(record(made, "ticket"))

    async def add_comment(self, external_id: str | None, comment: DeskComment, *, key: str) -> Receipt:
        ticket, done = await self._look(external_id, comment.ticket_id, key)
        if done is not None:
            return Receipt(external_id=comment_id(done))
        said: dict[str, Any] = {"body": fitting(comment.body), "public": comment.public}
        if comment.author_type == "customer":
            said["author_id"] = ticket["requester_id"]
        if ticket["status"] == "closed":
            if not comment.public:
                raise DeskRefusedError(
                    f"Ticket {ticket['id']} is closed at Zendesk; an internal note opens no follow-up."
                )
            body = {
                "via_followup_source_id": ticket["id"],
                "external_id": self._marked(comment.ticket_id),
                "requester_id": ticket["requester_id"],
                "subject": ticket.get("subject"),
                "comment": said,
                "metadata": {KEY: key},
            }
            made = await self._client.post("tickets.json", {"ticket": body}, {"Idempotency-Key": key[:255]})
        else:
            made = await self._save(ticket, {"comment": said}, key)
        return Receipt(external_id=comment_id(record(made, "audit")))

    async def update_ticket(self, external_id: str | None, update: DeskUpdate, *, key: str) -> Receipt:
        ticket, done = await self._look(external_id, update.ticket_id, key)
        changes = await self._changes(ticket, update.changes)
        # A closed ticket takes no change: the customer's next comment opens its follow-up.
        if done is None and changes and ticket["status"] != "closed":
            await self._save(ticket, changes, key)
        return Receipt(external_id=external_id)

    def verify(self, headers: Mapping[str, str], body: bytes) -> HookEvent:
        lowered = {name.lower(): value for name, value in headers.items()}
        signature = lowered.get("x-zendesk-webhook-signature", "")
        timestamp = lowered.get("x-zendesk-webhook-signature-timestamp", "")
        try:
            at, given = datetime.fromisoformat(timestamp), signature.encode("ascii")
            signed = timestamp.encode("ascii") + body
        except ValueError as exc:
            raise HookRefusedError("The signature or its timestamp is not valid.") from exc
        if abs(utcnow() - (at if at.tzinfo else at.replace(tzinfo=UTC))) > TOLERANCE:
            raise HookRefusedError("The webhook is of another time.")
        expected = [base64.b64encode(hmac.digest(s.encode(), signed, "sha256")) for s in self._secrets]
        # All are compared, so that the time taken does not tell which secret it was.
        if not any([hmac.compare_digest(each, given) for each in expected]):
            raise HookRefusedError("The signature does not hold.")
        # Zendesk's own id of the message is not signed; what is signed does not change when it is sent again.
        return HookEvent(webhook_id=hashlib.sha256(signed).hexdigest(), body=body)

    async def read(self, event: HookEvent) -> Sequence[TicketUpdated]:
        with hook_contents():
            hook = _Hook.model_validate(json.loads(event.body))
        try:
            ticket = await self._client.ticket(hook.ticket_id)
        except NoSuchRecordError:
            return []  # deleted since; the export says so
        return [each for each in await self._updates(ticket) if isinstance(each, TicketUpdated)]

    async def poll(self, cursor: PollCursor) -> Polled:
        start = int(min(cursor.timestamp, utcnow() - YOUNGEST).timestamp())
        place = {"cursor": cursor.last_id} if cursor.last_id else {"start_time": start}
        page = await self._client.get("incremental/tickets/cursor.json", per_page=PAGE, **place)
        latest, found = cursor.timestamp, list[TicketUpdated | Unreadable]()
        for ticket in records(page, "tickets"):
            at = _generated(ticket) or cursor.timestamp
            # The last page comes again with every read; what was read before is not asked for again.
            if at >= cursor.timestamp.replace(microsecond=0):
                found += await self._news(ticket, since=cursor.timestamp - LAG)
            latest = max(latest, at)
        after = page.get("after_cursor")
        behind = PollCursor(latest, after if isinstance(after, str) else cursor.last_id)
        last = len(found) - 1
        updates = [(each, behind if i == last else cursor) for i, each in enumerate(found)]
        return Polled(updates, more=page.get("end_of_stream") is False and bool(after), cursor=behind)

    async def _news(self, ticket: Mapping[str, Any], *, since: datetime) -> list[TicketUpdated | Unreadable]:
        owner = owner_of(ticket, self._settings.marker)
        if owner is None:
            return []
        if ticket.get("status") == "deleted":
            said = f"Ticket {ticket.get('id')} was deleted at Zendesk; {owner} goes on without it."
            return [Unreadable(f"zendesk-deleted-{ticket.get('id')}", said, dict(ticket))]
        try:
            return await self._updates(ticket, since=since)
        except NoSuchRecordError:
            return []  # deleted since; the export says so in its next page

    async def _updates(
        self, ticket: Mapping[str, Any], *, since: datetime | None = None
    ) -> list[TicketUpdated | Unreadable]:
        owner = owner_of(ticket, self._settings.marker)
        if owner is None:
            return []
        audits, names = await self._client.audits(str(ticket["id"]))
        return list(updates_of(ticket, audits, names, owner=owner, since=since))

    async def _look(
        self, external_id: str | None, ticket_id: UUID, key: str
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """The ticket that takes changes now, and the audit that an earlier call with this key left."""
        marked = self._marked(ticket_id)
        try:
            ticket = await self._client.ticket(external_id or "")
        except NoSuchRecordError as exc:
            raise DeskRefusedError(
                f"Ticket {external_id} is not at Zendesk: it was deleted, or Zendesk was restored from a backup."
            ) from exc
        if ticket.get("external_id") != marked:
            raise DeskRefusedError(
                f"Ticket {external_id} at Zendesk is another one: its external id is not {marked}."
            )
        if ticket["status"] == "closed":
            ticket = (await self._client.tickets_marked(marked))[-1]
        audits, _ = await self._client.audits(str(ticket["id"]))
        return ticket, next((audit for audit in audits if key_of(audit) == key), None)

    async def _save(self, ticket: Mapping[str, Any], changes: dict[str, Any], key: str) -> dict[str, Any]:
        guarded = changes | {
            "metadata": {KEY: key},
            "safe_update": True,
            "updated_stamp": ticket["updated_at"],
        }
        return await self._client.put(f"tickets/{ticket['id']}.json", {"ticket": guarded})

    async def _changes(self, ticket: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes in Zendesk's words; fields that it has no place for are left out."""
        made: dict[str, Any] = {name: changes[name] for name in ("subject", "priority") if changes.get(name)}
        if changes.get("tags"):
            tags = [*(ticket.get("tags") or ()), *(tag.replace(" ", "_") for tag in changes["tags"])]
            made["tags"] = list(dict.fromkeys(tags))
        if changes.get("resolution_summary"):
            made["comment"] = {"body": fitting(changes["resolution_summary"]), "public": False}
        if changes.get("status"):
            made |= await self._status(ticket, TicketStatus(changes["status"]))
        return made

    async def _status(self, ticket: Mapping[str, Any], status: TicketStatus) -> dict[str, Any]:
        if status is TicketStatus.new and ticket["status"] != "new":
            status = TicketStatus.open  # no ticket becomes new again there
        word = STATUSES.write(status)
        custom = self._settings.statuses.get(status)
        made: dict[str, Any] = {"custom_status_id": custom} if custom else {"status": word}
        if word in DONE and not ticket.get("assignee_id"):
            made["assignee_id"] = self._settings.assignee_id or await self._own_id()
        return made

    async def _own_id(self) -> int:
        return int(record(await self._client.get("users/me.json"), "user")["id"])

    async def _requester(self, customer: str) -> int:
        """The desk's user for a customer; without an address, so that Zendesk writes no e-mail besides our channel."""
        user = {
            "external_id": f"{self._settings.marker}:{customer}",
            "name": customer,
            "skip_verify_email": True,
        }
        found = record(await self._client.post("users/create_or_update.json", {"user": user}), "user")
        if found.get("suspended"):
            raise DeskRefusedError(
                f"User {found['id']} is suspended at Zendesk and can request nothing: unsuspend them, then redrive."
            )
        return int(found["id"])

    def _marked(self, ticket_id: UUID) -> str:
        return f"{self._settings.marker}:{ticket_id}"


def _receipt(ticket: Mapping[str, Any]) -> Receipt:
    url = ticket.get("url")
    shown = url.replace("/api/v2/tickets/", "/agent/tickets/").removesuffix(".json") if url else None
    return Receipt(external_id=str(ticket["id"]), url=shown)


def _generated(ticket: Mapping[str, Any]) -> datetime | None:
    at = ticket.get("generated_timestamp")
    if isinstance(at, int) and 0 <= at < 2**40:
        return datetime.fromtimestamp(at, UTC)
    try:
        found: datetime = MOMENT.validate_python(ticket.get("updated_at"))
    except ValidationError:
        return None
    return found
