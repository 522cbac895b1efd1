"""Reads named sections on a caller's behalf."""

from caseplane.core.auth import Principal
from caseplane.retrieval.access import visible_to
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.index.sections import Sections
from caseplane.retrieval.schemas import SearchHit, SearchResponse, SectionsRequest

CHOSEN = 1.0
"""Score of what is named rather than searched."""


async def read_sections(context: Retrieval, principal: Principal, request: SectionsRequest) -> SearchResponse:
    """The chunks of the sections, in their order; a section that is gone or hidden has none."""
    async with context.work(principal) as work:
        rows = [
            row
            for section in request.sections
            for row in await work.repo(Sections).chunks(
                section.document_id,
                section.heading,
                entitlements=visible_to(principal),
                limit=request.limit,
            )
        ]
    hits = [SearchHit.model_validate({**row, "score": CHOSEN}) for row in rows]
    return SearchResponse(results=hits[: request.limit])
