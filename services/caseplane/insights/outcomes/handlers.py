"""Follows what happens to conversations and tickets."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.escalation.events import TICKET_CHANGED, TicketChanged
from caseplane.insights.context import Insights
from caseplane.insights.outcomes import keeping
from caseplane.orchestrator.events import SESSION_CHANGED, SessionChanged

handlers = Handlers[Insights]()


@handlers.on(SESSION_CHANGED)
async def session_changed(context: Insights, who: Principal, args: SessionChanged) -> None:
    await keeping.keep_session(context, who, args.session_id)


@handlers.on(TICKET_CHANGED)
async def ticket_changed(context: Insights, who: Principal, args: TicketChanged) -> None:
    await keeping.keep_ticket(context, who, args.ticket_id)
