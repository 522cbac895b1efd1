"""Routes of likeness between tickets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from caseplane.core.clock import utcnow
from caseplane.core.errors import ConflictError, NotFoundError, problems
from caseplane.core.ids import new_id
from caseplane.workflow.callers import Agent, AgentWork, Shared
from caseplane.workflow.duplicates import deciding
from caseplane.workflow.duplicates.finding import find
from caseplane.workflow.duplicates.reading import SeenTicket, read
from caseplane.workflow.duplicates.repository import Links
from caseplane.workflow.duplicates.schemas import LinkRead, LinkState, LookUp, Matches

router = APIRouter(prefix="/workflow", tags=["workflow"])
LinkId = Annotated[UUID, Path(description="The link")]


@router.post("/duplicates")
async def find_duplicates(body: LookUp, who: Agent, context: Shared) -> Matches:
    """Find the tickets that are about the same thing as a text; nothing is stored."""
    seen = SeenTicket(new_id(), body.customer_id, body.text, utcnow())
    ticket = await read(context.embedder, seen)
    async with context.work(who) as work:
        return Matches(items=await find(work, ticket, limit=body.limit))


@router.get("/tickets/{ticket_id}/links")
async def list_links(ticket_id: UUID, work: AgentWork) -> list[LinkRead]:
    """List the tickets that are linked to one, the likest first."""
    return [LinkRead.model_validate(link) for link in await work.repo(Links).of_ticket(ticket_id)]


@router.post("/links/{link_id}/confirm", responses=problems(NotFoundError, deciding.LinkMergedError))
async def confirm_link(link_id: LinkId, work: AgentWork) -> LinkRead:
    """Say that two tickets are about the same thing."""
    return LinkRead.model_validate(await deciding.decide(work, link_id, LinkState.confirmed))


@router.post("/links/{link_id}/reject", responses=problems(NotFoundError, deciding.LinkMergedError))
async def reject_link(link_id: LinkId, work: AgentWork) -> LinkRead:
    """Say that two tickets are about different things; they are not linked again."""
    return LinkRead.model_validate(await deciding.decide(work, link_id, LinkState.rejected))


@router.post("/links/{link_id}/merge", responses=problems(NotFoundError, ConflictError))
async def merge_link(link_id: LinkId, who: Agent, context: Shared) -> LinkRead:
    """Close the later ticket in favour of the earlier one; both must be of one customer."""
    return LinkRead.model_validate(await deciding.merge(context, who, link_id))


@router.post("/links/{link_id}/part", responses=problems(NotFoundError, ConflictError))
async def part_link(link_id: LinkId, who: Agent, context: Shared) -> LinkRead:
    """Undo the merge of two tickets."""
    return LinkRead.model_validate(await deciding.part(context, who, link_id))
