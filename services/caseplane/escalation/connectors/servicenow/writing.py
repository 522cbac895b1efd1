"""A new ticket in ServiceNow's words."""

from collections.abc import Mapping
from typing import Any

from caseplane.escalation.connectors.protocol import DeskTicket
from caseplane.escalation.connectors.servicenow.models import ServiceNowSettings

SHORT = 160
"""Characters of a short description."""
LONG = 4000
"""Characters of a description; the whole text is in a work note besides where it is longer."""
CUT = " […]"
URGENCIES: Mapping[str, Mapping[str, str]] = {
    "low": {"impact": "3", "urgency": "3"},
    "normal": {"impact": "2", "urgency": "2"},
    "high": {"impact": "2", "urgency": "1"},
    "urgent": {"impact": "1", "urgency": "1"},
}
"""ServiceNow reckons the priority from these."""


def columns_of_ticket(ticket: DeskTicket, settings: ServiceNowSettings) -> dict[str, Any]:
    """Everything but what the record is known by; evidence is a work note, which the caller does not see."""
    whole = ticket.description
    notes = [whole] if len(whole) > LONG else []
    if ticket.packet and ticket.packet.evidence:
        evidence = [f"- {each.title} ({each.uri})" for each in ticket.packet.evidence]
        notes.append("\n".join(["Evidence that was found:", *evidence]))
    named = next((settings.categories[tag] for tag in ticket.tags if tag in settings.categories), {})
    fields = settings.fields
    own = {
        fields.conversation: str(ticket.session_id) if ticket.session_id else None,
        fields.reason: ticket.ai_escalation_reason,
        fields.confidence: None if ticket.ai_confidence is None else str(ticket.ai_confidence),
    }
    values: dict[str, Any] = {
        **URGENCIES.get(ticket.priority, {}),
        **settings.values,
        **named,
        **settings.columns_of(ticket.status),
        **{column: value for column, value in own.items() if column and value is not None},
        "short_description": ticket.subject[:SHORT],
        "description": whole if len(whole) <= LONG else whole[: LONG - len(CUT)] + CUT,
    }
    return values | ({"work_notes": "\n\n".join(notes)} if notes else {})
