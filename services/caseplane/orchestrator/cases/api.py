"""The route of a conversation's case summary."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.errors import NotFoundError, problems
from caseplane.orchestrator.callers import AgentWork
from caseplane.orchestrator.cases.repository import Cases
from caseplane.orchestrator.cases.schemas import CaseRead
from caseplane.orchestrator.conversations.sessions import visible_session

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.get("/{session_id}/case", responses=problems(NotFoundError))
async def get_case(session_id: UUID, work: AgentWork) -> CaseRead:
    """What the resolved conversation teaches: summary, resolution, tags, references."""
    await visible_session(work, session_id)
    case = await work.repo(Cases).latest(session_id)
    if case is None:
        raise NotFoundError(f"Session {session_id} has no case summary yet.")
    read = CaseRead.model_validate(case)
    read.cases_alike = len(await work.repo(Cases).alike(case.indexed_as))
    return read
