"""A row of a file as a ticket, with its text ready to be indexed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from caseplane.core.privacy.pii import redact
from caseplane.insights.datasets.reading.columns import TicketField
from caseplane.insights.datasets.reading.dates import DayOrder, read_date
from caseplane.insights.datasets.reading.errors import RowError
from caseplane.insights.datasets.reading.rows import Row
from caseplane.text.html import plain_text

_LONGEST_TEXT: Final = 20_000
_LONGEST_WORD: Final = 200
_LONGEST_EXTRA: Final = 1_000
_MOST_EXTRAS: Final = 40
_DATES = (TicketField.opened_at, TicketField.resolved_at)
_TEXTS = (TicketField.subject, TicketField.body, TicketField.resolution)


@dataclass(frozen=True)
class Reading:
    """How rows are read.

    Attributes:
        columns: fields to columns.
        orders: of the dates in a column, where they are not clear.
        zone: of dates that name none.
    """

    columns: Mapping[TicketField, str]
    orders: Mapping[TicketField, DayOrder | None]
    zone: tzinfo


def ticket_of(row: Row, reading: Reading) -> dict[str, Any]:
    """The values of a ticket, personal data replaced in all that can be searched.

    Raises:
        RowError: the row is no ticket.
    """
    if row.problem:
        raise RowError(row.problem)
    given = {field: row.values.get(column, "").strip() for field, column in reading.columns.items()}
    ticket: dict[str, Any] = {
        field.value: _value(field, given.get(field, ""), reading) for field in TicketField
    }
    if not ticket["subject"] and not ticket["body"]:
        raise RowError("has no text: neither a subject nor a body")
    used = set(reading.columns.values())
    rest = [(name, value) for name, value in row.values.items() if name not in used]
    ticket["extra"] = {name: redact(value[:_LONGEST_EXTRA]).text for name, value in rest[:_MOST_EXTRAS]}
    ticket["content_hash"] = content_hash(ticket)
    ticket["external_id"] = ticket["external_id"] or f"sha:{content_hash(ticket).hex()[:32]}"
    return ticket


def searchable(text: str) -> str:
    """A text that may be searched: no markup, no personal data, and not too long."""
    return redact(plain_text(text)[:_LONGEST_TEXT]).text.strip()


def indexed_text(subject: str, body: str) -> str:
    """What is embedded of a ticket."""
    return (
        subject
        if not body or (body.startswith(subject) and len(body) <= len(subject))
        else f"{subject}\n{body}".strip()
    )


def _value(field: TicketField, text: str, reading: Reading) -> Any:
    if field in _DATES:
        return _date(field, text, reading) if text else None
    if field in _TEXTS:
        return searchable(text)
    if field is TicketField.tags:
        return [tag[:_LONGEST_WORD] for tag in text.replace(";", ",").replace(",", " ").split()][:50]
    if field is TicketField.external_id and len(text) > _LONGEST_WORD:
        raise RowError(f"its id has {len(text)} characters; {_LONGEST_WORD} are allowed")
    return text[:_LONGEST_WORD]


def _date(field: TicketField, text: str, reading: Reading) -> datetime:
    try:
        return read_date(text, order=reading.orders.get(field), zone=reading.zone)
    except (ValueError, OverflowError, OSError) as exc:
        raise RowError(f"{field.value}: {text[:60]!r} is no date that can be read") from exc


def content_hash(ticket: Mapping[str, Any]) -> bytes:
    """Equal for tickets with equal values."""
    plain = json.dumps({k: v for k, v in ticket.items() if k != "content_hash"}, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode("utf-8", "replace")).digest()
