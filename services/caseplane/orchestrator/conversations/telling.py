"""Tells whoever measures conversations that one went on."""

from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.models import Session
from caseplane.orchestrator.events import SESSION_CHANGED, SessionChanged


async def tell_of(work: Work, session: Session) -> None:
    """Announce that a session changed, in the transaction of the change.

    Each change has its own job: one job for several would be taken by a worker that cannot see the later changes yet.
    """
    await work.defer(SESSION_CHANGED, SessionChanged(session_id=session.id))
