"""Mirrors tickets to ServiceNow and reads what its agents did.

A record is known by its correlation id, `MARKER:TICKET_ID`. The Table API knows no idempotency key and no version to
compare, so each change leaves its mark in a column of the record, in the same save: a repeated one finds its mark.
What cannot be told apart is a call that ServiceNow carries out after the next attempt has looked.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from caseplane.escalation.connectors.contents import hook_contents
from caseplane.escalation.connectors.protocol import (
    DeskComment,
    DeskRefusedError,
    DeskTicket,
    DeskUpdate,
    HookEvent,
    PollCursor,
    Polled,
    Receipt,
    TicketUpdated,
    Unreadable,
)
from caseplane.escalation.connectors.servicenow.client import (
    NoSuchRecordError,
    ServiceNowClient,
    moment,
    stamp,
)
from caseplane.escalation.connectors.servicenow.models import STATES, ServiceNowSettings
from caseplane.escalation.connectors.servicenow.reading import owner_of, updates_of
from caseplane.escalation.connectors.servicenow.writing import URGENCIES, columns_of_ticket
from caseplane.escalation.connectors.standard_hooks import SignedHooks
from caseplane.escalation.schemas import TicketStatus

PAGE = 100
ENTRIES = 200
"""Newest entries of a journal that a webhook makes us read."""
OVERLAP = timedelta(seconds=2)
"""Times have whole seconds: a record may change again in the second that was read."""
LAG = timedelta(minutes=2)
"""Between an entry's time and its record's, at most."""
MARK, MARKS = 10, 9
"""Characters of a mark, and how many a column of 100 characters holds."""
ENTRY = ("sys_id", "element", "value", "sys_created_on", "sys_created_by")


class _Hook(BaseModel):
    """The body that the business rule of our page sends."""

    model_config = ConfigDict(extra="ignore")

    sys_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class ServiceNowConnector:
    """One instance.

    Args:
        secrets: that sign webhooks, the present one first.
    """

    needs_external_id: ClassVar[bool] = True

    def __init__(
        self, *, client: ServiceNowClient, settings: ServiceNowSettings, secrets: Sequence[str] = ()
    ) -> None:
        self._client, self._settings = client, settings
        self._hooks = SignedHooks(secrets)

    async def create_ticket(self, ticket: DeskTicket, *, key: str) -> Receipt:
        found = await self._correlated(ticket.ticket_id)
        if not found:
            values = columns_of_ticket(ticket, self._settings) | self._marked(ticket.ticket_id, {}, key)
            found = [await self._client.create(self._settings.table, values)]
        return self._receipt(found[0])

    async def add_comment(self, external_id: str | None, comment: DeskComment, *, key: str) -> Receipt:
        record, done = await self._look(external_id, comment.ticket_id, key)
        journal = "comments" if comment.public else "work_notes"
        if not done and self._closed(record):
            if not comment.public:
                raise DeskRefusedError(
                    f"{record['number']} is closed at ServiceNow; an internal note opens no follow-up."
                )
            record = await self._follow_up(record, comment, key)
        elif not done:
            await self._save(record, {journal: comment.body}, key)
        return Receipt(external_id=await self._entry(record, journal, comment.body))

    async def update_ticket(self, external_id: str | None, update: DeskUpdate, *, key: str) -> Receipt:
        record, done = await self._look(external_id, update.ticket_id, key)
        changes = self._changes(update.changes)
        # A closed record takes no change: the customer's next comment opens its follow-up.
        if changes and not done and not self._closed(record):
            await self._save(record, changes, key)
        return Receipt(external_id=external_id)

    def verify(self, headers: Mapping[str, str], body: bytes) -> HookEvent:
        return self._hooks.verify(headers, body)

    async def read(self, event: HookEvent) -> Sequence[TicketUpdated]:
        with hook_contents():
            hook = _Hook.model_validate(json.loads(event.body))
        try:
            record = await self._client.get(self._settings.table, hook.sys_id, columns=self._columns())
        except NoSuchRecordError:
            return []
        return [each for each in await self._updates(record) if isinstance(each, TicketUpdated)]

    async def poll(self, cursor: PollCursor) -> Polled:
        """Within a run the cursor stands on a record; a run starts a little before the end of the last one."""
        start = cursor.timestamp if cursor.last_id else cursor.timestamp - OVERLAP
        query = (
            f"correlation_idSTARTSWITH{self._settings.marker}:^sys_updated_on>={stamp(start)}"
            "^ORDERBYsys_updated_on^ORDERBYsys_id"
        )
        records, total, offset = list[dict[str, Any]](), 1, 0
        while not records and offset < total:
            page, total = await self._client.list(
                self._settings.table, query, columns=self._columns(), limit=PAGE, offset=offset
            )
            offset += PAGE
            records = [record for record in page if _behind(record, cursor)]
        more, updates = offset < total, list[tuple[TicketUpdated | Unreadable, PollCursor]]()
        since, behind = cursor.timestamp - LAG, cursor
        for record in records:
            before, behind = behind, PollCursor(moment(record["sys_updated_on"]), str(record["sys_id"]))
            found = await self._updates(record, since=since)
            updates += [(each, before) for each in found[:-1]] + [(each, behind) for each in found[-1:]]
        end = behind if more else PollCursor(max(behind.timestamp, cursor.timestamp))
        return Polled(updates, more=more, cursor=end)

    async def _updates(
        self, record: Mapping[str, Any], *, since: datetime | None = None
    ) -> list[TicketUpdated | Unreadable]:
        # An unknown column in a query is dropped by ServiceNow, which then finds everything.
        owner = owner_of(record, self._settings.marker)
        if owner is None:
            return []
        entries = await self._journal(record, since=since)
        return list(updates_of(record, entries, owner=owner, settings=self._settings))

    async def _journal(
        self, record: Mapping[str, Any], *, since: datetime | None = None, element: str | None = None
    ) -> list[dict[str, Any]]:
        """The newest entries, the oldest of them first; all of them since a time."""
        elements = f"element={element}" if element else "elementINcomments,work_notes"
        query = f"element_id={record['sys_id']}^{elements}"
        if since is not None:
            query += f"^sys_created_on>={stamp(since)}"
        query += "^ORDERBYDESCsys_created_on^ORDERBYDESCsys_id"
        found: list[dict[str, Any]] = []
        total = 1
        while len(found) < total and (since is not None or not found):
            page, total = await self._client.list(
                "sys_journal_field", query, columns=ENTRY, limit=ENTRIES, offset=len(found)
            )
            if not page:
                break
            found += page
        return [entry for entry in reversed(found) if entry.get("sys_id")]

    async def _entry(self, record: Mapping[str, Any], journal: str, body: str) -> str | None:
        """The id of our newest entry with this text; None where the user may not read journals."""
        for entry in reversed(await self._journal(record, element=journal)):
            if entry.get("value") == body and entry.get("sys_created_by") == record.get("sys_created_by"):
                return str(entry["sys_id"])
        return None

    async def _look(self, external_id: str | None, ticket_id: UUID, key: str) -> tuple[dict[str, Any], bool]:
        """The record that takes changes now, and whether an earlier call with this key left its mark."""
        try:
            record = await self._client.get(self._settings.table, external_id or "", columns=self._columns())
        except NoSuchRecordError as exc:
            raise DeskRefusedError(
                f"Record {external_id} is not at ServiceNow: it was deleted, or the connector's user may not see it."
            ) from exc
        if owner_of(record, self._settings.marker) != ticket_id:
            raise DeskRefusedError(
                f"Record {external_id} at ServiceNow is another one: its correlation id is not {self._name(ticket_id)}."
            )
        if self._closed(record):
            found = await self._correlated(ticket_id)
            record = found[-1] if found else record
        return record, _mark(key) in self._marks(record)

    async def _correlated(self, ticket_id: UUID) -> list[dict[str, Any]]:
        """The ticket's records, the oldest first."""
        query = f"correlation_id={self._name(ticket_id)}^ORDERBYsys_created_on^ORDERBYsys_id"
        found, _ = await self._client.list(self._settings.table, query, columns=self._columns(), limit=PAGE)
        return [record for record in found if owner_of(record, self._settings.marker) == ticket_id]

    async def _follow_up(self, record: Mapping[str, Any], comment: DeskComment, key: str) -> dict[str, Any]:
        values = {
            **self._settings.values,
            **self._settings.columns_of(TicketStatus.new),
            "short_description": record.get("short_description"),
            "description": f"Follows {record.get('number')}.",
            "comments": comment.body,
            **({"parent_incident": record["sys_id"]} if self._settings.table == "incident" else {}),
        }
        values |= self._marked(comment.ticket_id, {}, key)
        return await self._client.create(self._settings.table, values)

    async def _save(self, record: Mapping[str, Any], changes: Mapping[str, Any], key: str) -> None:
        ticket_id = owner_of(record, self._settings.marker)
        assert ticket_id is not None
        marked = self._marked(ticket_id, record, key)
        await self._client.change(self._settings.table, record["sys_id"], {**changes, **marked})

    def _changes(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Changes in ServiceNow's words; fields that it has no place for are left out."""
        made: dict[str, Any] = {}
        if changes.get("subject"):
            made["short_description"] = changes["subject"][:160]
        if changes.get("priority") in URGENCIES:
            made |= URGENCIES[changes["priority"]]
        if changes.get("resolution_summary"):
            made["work_notes"] = changes["resolution_summary"]
        if changes.get("status"):
            made |= self._settings.columns_of(TicketStatus(changes["status"]))
        return made

    def _closed(self, record: Mapping[str, Any]) -> bool:
        return self._settings.status_of(record) is TicketStatus.closed

    def _marked(self, ticket_id: UUID, record: Mapping[str, Any], key: str) -> dict[str, str]:
        marks = [*self._marks(record), _mark(key)][-MARKS:]
        return {"correlation_id": self._name(ticket_id), self._settings.keys_column: " ".join(marks)}

    def _marks(self, record: Mapping[str, Any]) -> list[str]:
        return str(record.get(self._settings.keys_column) or "").split()

    def _name(self, ticket_id: UUID) -> str:
        return f"{self._settings.marker}:{ticket_id}"

    def _columns(self) -> list[str]:
        mapped = {
            column for columns in (*STATES.values(), *self._settings.states.values()) for column in columns
        }
        return [
            "sys_id", "number", "short_description", "correlation_id", self._settings.keys_column,
            "sys_created_by", "sys_updated_on", "sys_mod_count", *sorted(mapped),
        ]  # fmt: skip

    def _receipt(self, record: Mapping[str, Any]) -> Receipt:
        target = f"{self._settings.table}.do%3Fsys_id%3D{record['sys_id']}"
        return Receipt(external_id=record["sys_id"], url=f"{self._client.url}/nav_to.do?uri=%2F{target}")


def _behind(record: Mapping[str, Any], cursor: PollCursor) -> bool:
    """Whether a record of a page was not read in this run; one without its time is not of the query."""
    try:
        at = moment(record.get("sys_updated_on"))
    except ValueError:
        return False
    return not cursor.last_id or (at, str(record.get("sys_id"))) > (cursor.timestamp, cursor.last_id)


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:MARK]
