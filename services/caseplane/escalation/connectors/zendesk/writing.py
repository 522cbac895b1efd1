"""A new ticket in Zendesk's words."""

from typing import Any

from caseplane.escalation.connectors.protocol import DeskTicket
from caseplane.escalation.connectors.zendesk.models import STATUSES, ZendeskSettings

SUBJECT_LIMIT = 150
COMMENT_LIMIT = 65_535
"""Bytes of a comment."""
CUT = "\n[…]"
TAG = "ai_escalated"


def body_of_ticket(ticket: DeskTicket, settings: ZendeskSettings) -> dict[str, Any]:
    """Everything but who asks and where it is known by."""
    first = {"body": fitting(_described(ticket, settings)), "public": settings.public_description}
    body: dict[str, Any] = {
        "subject": ticket.subject[:SUBJECT_LIMIT],
        "comment": first,
        "priority": ticket.priority,
        "tags": [tag.replace(" ", "_") for tag in ticket.tags] + [TAG] * bool(ticket.ai_escalation_reason),
        "custom_fields": _custom_fields(ticket, settings),
    }
    custom = settings.statuses.get(ticket.status)
    body |= {"custom_status_id": custom} if custom else {"status": STATUSES.write(ticket.status)}
    for name in ("brand_id", "group_id", "ticket_form_id"):
        if getattr(settings, name) is not None:
            body[name] = getattr(settings, name)
    return body


def fitting(text: str) -> str:
    """A text as long as a comment may be."""
    if len(text.encode()) <= COMMENT_LIMIT:
        return text
    return text.encode()[: COMMENT_LIMIT - len(CUT.encode())].decode(errors="ignore") + CUT


def _described(ticket: DeskTicket, settings: ZendeskSettings) -> str:
    """The description; where the requester cannot see it, with the evidence that was found."""
    evidence = ticket.packet.evidence if ticket.packet and not settings.public_description else []
    found = [f"- {each.title} ({each.uri})" for each in evidence]
    return "\n".join([ticket.description, *(["", "Evidence that was found:", *found] if found else [])])


def _custom_fields(ticket: DeskTicket, settings: ZendeskSettings) -> list[dict[str, Any]]:
    fields = settings.fields
    values = {
        fields.conversation: str(ticket.session_id) if ticket.session_id else None,
        fields.reason: ticket.ai_escalation_reason,
        fields.confidence: ticket.ai_confidence,
    }
    own = [{"id": field, "value": value} for field, value in values.items() if field and value is not None]
    return own + [{"id": int(field), "value": value} for field, value in settings.values.items()]
