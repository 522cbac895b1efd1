"""Which column of an export is which field of a ticket."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final


class TicketField(StrEnum):
    """What is known of a ticket of a data set."""

    external_id = "external_id"
    subject = "subject"
    body = "body"
    status = "status"
    priority = "priority"
    category = "category"
    channel = "channel"
    team = "team"
    customer_id = "customer_id"
    tags = "tags"
    opened_at = "opened_at"
    resolved_at = "resolved_at"
    resolution = "resolution"
    satisfaction = "satisfaction"


class Desk(StrEnum):
    """Whose export a file looks like."""

    zendesk = "zendesk"
    servicenow = "servicenow"
    jira = "jira"
    freshdesk = "freshdesk"
    other = "other"


NAMES: Final[Mapping[TicketField, tuple[str, ...]]] = {
    TicketField.external_id: (
        "issue key", "ticket id", "number", "key", "external id", "id", "ticket number", "ticket", "case number",
        "case id", "sys id", "issue id",
    ),
    TicketField.subject: (
        "subject", "short description", "summary", "fields summary", "title", "raw subject",
    ),
    TicketField.body: (
        "description text", "description", "fields description", "body", "text", "message", "content", "comment",
        "question", "initial comment", "details",
    ),
    TicketField.status: ("status", "state", "fields status name", "incident state", "ticket status"),
    TicketField.priority: ("priority", "fields priority name", "urgency", "severity"),
    TicketField.category: (
        "category", "customer request type", "request type", "fields issuetype name", "issue type", "ticket type",
        "type", "topic", "contact reason", "label",
    ),
    TicketField.channel: ("channel", "via channel", "via", "contact type", "source", "ticket channel"),
    TicketField.team: (
        "group", "assignment group", "assignment group display value", "team", "assigned group", "group id", "queue",
    ),
    TicketField.customer_id: (
        "requester email", "email", "requester id", "caller id", "caller", "requester", "customer id", "customer",
        "fields reporter emailaddress", "fields reporter displayname", "reporter", "contact id", "reporter id",
        "user id", "full name",
    ),
    TicketField.tags: ("tags", "labels", "fields labels"),
    TicketField.opened_at: (
        "created at", "created time", "opened at", "opened", "created", "fields created", "created on",
        "sys created on", "creation date", "date", "opened on", "timestamp",
    ),
    TicketField.resolved_at: (
        "solved at", "resolved time", "resolved at", "resolved", "fields resolutiondate", "closed at", "closed time",
        "closed", "resolution date", "resolved on",
    ),
    TicketField.resolution: ("close notes", "resolution notes", "resolution text", "answer", "resolution"),
    TicketField.satisfaction: (
        "satisfaction score", "satisfaction rating score", "satisfaction rating", "survey results", "satisfaction",
        "csat", "rating",
    ),
}  # fmt: skip
_DESKS: Final[tuple[tuple[Desk, frozenset[str]], ...]] = (
    (Desk.jira, frozenset({"issue key", "summary"})),
    (Desk.jira, frozenset({"key", "fields summary"})),
    (Desk.servicenow, frozenset({"number", "short description"})),
    (Desk.freshdesk, frozenset({"ticket id", "subject", "created time"})),
    (Desk.freshdesk, frozenset({"id", "subject", "description text"})),
    (Desk.zendesk, frozenset({"id", "subject", "requester"})),
    (Desk.zendesk, frozenset({"id", "subject", "via channel"})),
    (Desk.zendesk, frozenset({"id", "subject", "requester id"})),
)
_BETWEEN = re.compile(r"[^\w]+|_+")


def plain(name: str) -> str:
    """A column's name as `NAMES` spells it."""
    return _BETWEEN.sub(" ", name.casefold()).strip()


def recognise(columns: Iterable[str]) -> dict[TicketField, str]:
    """Fields to the columns that hold them, by name; every column is used once."""
    known: dict[str, str] = {}
    for column in columns:
        known.setdefault(plain(column), column)
    found: dict[TicketField, str] = {}
    for field, names in NAMES.items():
        for name in names:
            if name in known and known[name] not in found.values():
                found[field] = known[name]
                break
    return found


def with_text(
    mapping: dict[TicketField, str], samples: Sequence[Mapping[str, str]]
) -> dict[TicketField, str]:
    """The mapping with a column for the text, where no name says which: the one with the longest values."""
    if TicketField.subject in mapping or TicketField.body in mapping:
        return mapping
    lengths: dict[str, int] = {}
    for row in samples:
        for column, value in row.items():
            if column not in mapping.values() and " " in value.strip():
                lengths[column] = lengths.get(column, 0) + len(value)
    if not lengths:
        return mapping
    return {**mapping, TicketField.body: max(lengths, key=lambda each: lengths[each])}


def desk_of(columns: Iterable[str]) -> Desk:
    """Whose export it is, by columns that only that one has together."""
    names = {plain(each) for each in columns}
    return next((desk for desk, needed in _DESKS if needed <= names), Desk.other)
