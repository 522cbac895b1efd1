"""What crosses the wire of a ticket's and a customer's context."""

from caseplane.escalation.schemas import CustomerHistory, TicketSurroundings
from caseplane.workflow.customers.schemas import CustomerPicture
from caseplane.workflow.duplicates.schemas import LinkRead
from caseplane.workflow.incidents.schemas import IncidentRead


class TicketContext(TicketSurroundings):
    """All that an agent needs on one screen."""

    customer: CustomerPicture
    similar: list[LinkRead]
    """Tickets about the same thing, the likest first; those that a person rejected are left out."""
    incident: IncidentRead | None
    """That the ticket belongs to, or that it stands for."""


class CustomerContext(CustomerPicture):
    """All that is known of a customer."""

    history: CustomerHistory | None
    """What their tickets show in sum; null for a customer without any."""
