"""Runs turns."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.jobs import TURN, SessionArgs
from caseplane.orchestrator.turns.turn import run_turn

handlers = Handlers[Orchestrator]()


@handlers.on(TURN)
async def turn(context: Orchestrator, principal: Principal, args: SessionArgs) -> None:
    with context.answering.taken():
        await run_turn(context, principal, args.session_id)
