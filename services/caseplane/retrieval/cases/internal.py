"""Routes through which other services turn resolved cases into knowledge."""

from uuid import UUID

from fastapi import APIRouter

from caseplane.core.auth import AdminCaller
from caseplane.retrieval.access import AdminWork, Service
from caseplane.retrieval.cases import learning
from caseplane.retrieval.schemas import CaseIndex

cases = APIRouter(prefix="/cases", tags=["internal"], include_in_schema=False)


@cases.post("", status_code=201)
async def index_case(body: CaseIndex, caller: AdminCaller, context: Service) -> dict[str, UUID]:
    """Make a resolved case findable."""
    return {"document_id": await learning.index_case(context, caller, body)}


@cases.delete("/{case_id}", status_code=204)
async def forget_case(case_id: UUID, work: AdminWork) -> None:
    """Take a case out of the index."""
    await learning.forget_case(work, case_id)
