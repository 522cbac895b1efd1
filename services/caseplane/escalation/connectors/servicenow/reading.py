"""What a ServiceNow record and its journal say, as updates of ours.

An entry of a journal never changes and has an id; a state has neither, so it is reported as it stands at each version of
the record, and is followed only if it differs from what was known.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from caseplane.escalation.connectors.contents import reason_of
from caseplane.escalation.connectors.protocol import RemoteComment, TicketUpdated, Unreadable
from caseplane.escalation.connectors.servicenow.client import moment
from caseplane.escalation.connectors.servicenow.models import ServiceNowSettings
from caseplane.text.html import html_to_text

_CODE = re.compile(r"\[code\](.*?)\[/code\]", re.DOTALL | re.IGNORECASE)
"""Between these marks an entry holds HTML."""


def owner_of(record: Mapping[str, Any], marker: str) -> UUID | None:
    """Our id of the ticket that a record mirrors; None if it mirrors none."""
    correlation = str(record.get("correlation_id") or "")
    try:
        return UUID(correlation.removeprefix(f"{marker}:")) if correlation.startswith(f"{marker}:") else None
    except ValueError:
        return None


def updates_of(
    record: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    *,
    owner: UUID,
    settings: ServiceNowSettings,
) -> Iterator[TicketUpdated | Unreadable]:
    """What others wrote, the oldest first, and then the state.

    Args:
        record: as it is now.
        entries: of its journal, the oldest first.
        owner: our id of the ticket.
        settings: of the connection, which map states.
    """
    common = {
        "ticket_id": record["sys_id"],
        "source_ticket_id": owner,
        "status": settings.status_of(record),
    }
    for entry in entries:
        # The connector's user made the record, and writes nothing but what comes from here.
        if entry.get("sys_created_by") == record.get("sys_created_by"):
            continue
        name = f"servicenow-journal-{entry.get('sys_id')}"
        try:
            comment, public = _comment(entry), entry.get("element") == "comments"
            yield TicketUpdated(
                **common,
                event_id=name,
                changed_fields=["comment"],
                latest_public_comment=comment if public else None,
                latest_internal_note=None if public else comment,
                updated_at=moment(entry.get("sys_created_on")),
            )
        except ValueError as exc:
            yield Unreadable(name, reason_of(exc), dict(entry))
    name = f"servicenow-state-{record['sys_id']}-{record.get('sys_mod_count')}"
    try:
        yield TicketUpdated(**common, event_id=name, updated_at=moment(record.get("sys_updated_on")))
    except ValueError as exc:
        yield Unreadable(name, reason_of(exc), dict(record))


def _comment(entry: Mapping[str, Any]) -> RemoteComment:
    text = _CODE.sub(lambda found: html_to_text(found[1]), str(entry.get("value") or ""))
    author = str(entry.get("sys_created_by") or "") or None
    return RemoteComment(
        id=str(entry["sys_id"]), body=text, author=author, created_at=moment(entry.get("sys_created_on"))
    )
