"""Routes of tickets, desks and hooks."""

from caseplane.escalation.api.attachments import attachments
from caseplane.escalation.api.connectors import connectors
from caseplane.escalation.api.deliveries import deliveries
from caseplane.escalation.api.hooks import hooks
from caseplane.escalation.api.internal import internal
from caseplane.escalation.api.tickets import customers, tickets

routers = (tickets, attachments, customers, deliveries, connectors, hooks, internal)
