"""What a Zendesk ticket's history says, as updates of ours: one for each audit that somebody else made.

An audit is everything that one save of a ticket did, triggers included, and its id never changes: a webhook and the
export that report the same save give the same update. Our own saves carry a key in their metadata; they, and what
the desk's triggers made of them, are not news.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from caseplane.escalation.connectors.contents import reason_of
from caseplane.escalation.connectors.protocol import RemoteComment, TicketUpdated, Unreadable
from caseplane.escalation.connectors.zendesk.models import STATUSES
from caseplane.text.html import html_to_text

KEY = "caseplane_key"
"""Holds our idempotency key in the metadata of an audit."""
MOMENT: TypeAdapter[Any] = TypeAdapter(AwareDatetime)


def key_of(audit: Mapping[str, Any]) -> str | None:
    """Our idempotency key of an audit; None if it is not ours."""
    metadata = audit.get("metadata")
    custom = metadata.get("custom") if isinstance(metadata, dict) else None
    key = custom.get(KEY) if isinstance(custom, dict) else None
    return key if isinstance(key, str) else None


def events_of(audit: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    events = audit.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("type") == kind:
            yield event


def comment_id(audit: Mapping[str, Any]) -> str | None:
    """The desk's id of an audit's comment."""
    for event in events_of(audit, "Comment"):
        return str(event.get("id"))
    return None


def owner_of(ticket: Mapping[str, Any], marker: str) -> UUID | None:
    """Our id of the ticket that a desk's ticket mirrors; None if it mirrors none."""
    external_id = ticket.get("external_id")
    if not isinstance(external_id, str) or not external_id.startswith(f"{marker}:"):
        return None
    try:
        return UUID(external_id.removeprefix(f"{marker}:"))
    except ValueError:
        return None


def updates_of(
    ticket: Mapping[str, Any],
    audits: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
    *,
    owner: UUID,
    since: Any = None,
) -> Iterator[TicketUpdated | Unreadable]:
    """What others did to a ticket, the oldest first.

    Args:
        ticket: as Zendesk has it now.
        audits: all of them, the oldest first.
        names: of users, by their ids.
        owner: our id of the ticket.
        since: time before which nothing is news.
    """
    status = _first_status(ticket, audits)
    for audit in audits:
        changes = [*events_of(audit, "Create"), *events_of(audit, "Change")]
        status = next((c.get("value") for c in reversed(changes) if c.get("field_name") == "status"), status)
        if key_of(audit) is not None:
            continue
        try:
            at = MOMENT.validate_python(audit.get("created_at"))
            if since is None or at >= since:
                yield _update(ticket, audit, names, owner=owner, status=status, changes=changes)
        except (ValidationError, ValueError) as exc:
            yield Unreadable(f"zendesk-audit-{audit.get('id')}", reason_of(exc), dict(audit))


def _first_status(ticket: Mapping[str, Any], audits: Sequence[Mapping[str, Any]]) -> Any:
    """The status before the first of the audits."""
    for audit in audits:
        for change in events_of(audit, "Change"):
            if change.get("field_name") == "status":
                return change.get("previous_value")
    return ticket.get("status")


def _update(
    ticket: Mapping[str, Any],
    audit: Mapping[str, Any],
    names: Mapping[int, str],
    *,
    owner: UUID,
    status: Any,
    changes: Sequence[Mapping[str, Any]],
) -> TicketUpdated:
    said = next(events_of(audit, "Comment"), None)
    comment = _comment(said, audit, names) if said is not None else None
    # What the requester writes at the desk itself is no reply to them.
    spoken = bool(said and said.get("public"))
    public = spoken and (said or {}).get("author_id") != ticket.get("requester_id")
    changed = [str(change.get("field_name")) for change in changes]
    return TicketUpdated(
        event_id=f"zendesk-audit-{audit['id']}",
        ticket_id=str(ticket["id"]),
        source_ticket_id=owner,
        changed_fields=(["comment"] if comment else []) + changed or ["nothing"],
        latest_public_comment=comment if public else None,
        latest_internal_note=None if public else comment,
        status=STATUSES.read(status),
        updated_at=MOMENT.validate_python(audit.get("created_at")),
    )


def _comment(
    event: Mapping[str, Any], audit: Mapping[str, Any], names: Mapping[int, str]
) -> RemoteComment | None:
    html, body = event.get("html_body"), event.get("body")
    text = html_to_text(html) if isinstance(html, str) and html else body
    attached = [
        f"[{each.get('file_name')}] {each.get('content_url')}"
        for each in event.get("attachments") or ()
        if isinstance(each, dict)
    ]
    text = "\n".join([text, *attached] if isinstance(text, str) and text else attached)
    if not text:
        return None
    author = names.get(event.get("author_id") or 0) or None
    return RemoteComment(id=str(event["id"]), body=text, author=author, created_at=audit.get("created_at"))
