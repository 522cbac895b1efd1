"""Runs the jobs of tickets."""

from caseplane.core.work import Handlers
from caseplane.escalation.context import Escalation
from caseplane.escalation.tickets.checking_responses import check_response
from caseplane.escalation.tickets.jobs import CHECK_RESPONSE

handlers = Handlers[Escalation]()
handlers.in_work(CHECK_RESPONSE)(check_response)
