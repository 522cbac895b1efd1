"""Routes for our other services only; the gateway does not forward `/internal`."""

from typing import Annotated

from fastapi import APIRouter, Depends

from caseplane.core.auth import Principal, Role, require
from caseplane.orchestrator.callers import Shared
from caseplane.orchestrator.schemas import QuestionTried, QuestionTry
from caseplane.orchestrator.turns import trying

router = APIRouter(prefix="/internal/questions", include_in_schema=False)


@router.post("/try")
async def try_question(
    body: QuestionTry, who: Annotated[Principal, Depends(require(Role.admin))], context: Shared
) -> QuestionTried:
    """What would become of a question now."""
    return await trying.try_question(context, who, body)
