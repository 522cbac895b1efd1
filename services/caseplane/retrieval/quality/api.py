"""Routes of quality reports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from caseplane.core.errors import NotFoundError, problems
from caseplane.retrieval.access import Keeper, KeeperWork, Service
from caseplane.retrieval.quality import measuring
from caseplane.retrieval.quality.schemas import QualityRead

quality = APIRouter(prefix="/knowledge-bases/{base_id}/quality", tags=["knowledge"])
GONE = problems(NotFoundError)


@quality.post("", status_code=202, responses=GONE)
async def ask_for_quality(base_id: UUID, work: KeeperWork) -> QualityRead:
    """Have a quality report made; the earlier one stays until then."""
    return await measuring.ask_for_report(work, base_id)


@quality.get("", responses=GONE)
async def get_quality(
    base_id: UUID,
    keeper: Keeper,
    context: Service,
    wait: Annotated[float, Query(ge=0, le=60, description="Seconds to wait until it is made")] = 0,
) -> QualityRead:
    """The latest quality report: what was not read, what is there twice, which of its own questions it answers."""
    return await measuring.wait_for_report(context, keeper, base_id, seconds=wait)
