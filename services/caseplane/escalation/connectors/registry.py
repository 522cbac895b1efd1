"""The kinds of desk there are, and the mail account."""

from caseplane.escalation.connectors.email import EMAIL
from caseplane.escalation.connectors.generic import GENERIC
from caseplane.escalation.connectors.kind import ConnectorKind
from caseplane.escalation.connectors.servicenow import SERVICENOW
from caseplane.escalation.connectors.zendesk import ZENDESK

KINDS: tuple[ConnectorKind, ...] = (GENERIC, ZENDESK, SERVICENOW, EMAIL)


def kind_named(name: str) -> ConnectorKind:
    """Raises `KeyError` where there is none."""
    return {kind.name: kind for kind in KINDS}[name]
