"""Routes of drafts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from caseplane.core.errors import NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, page
from caseplane.core.versions import MalformedVersionError, PreconditionRequiredError, RequiredVersions, etag
from caseplane.triage.ticket_text import read_ticket
from caseplane.workflow.callers import Agent, AgentWork, Lead, Shared
from caseplane.workflow.drafts import deciding, trying, writing
from caseplane.workflow.drafts.answers import suggestions
from caseplane.workflow.drafts.models import DraftRow
from caseplane.workflow.drafts.repository import Drafts
from caseplane.workflow.drafts.schemas import (
    ContextRead,
    ContextRequest,
    DraftAccept,
    DraftPage,
    DraftRead,
    DraftReject,
    DraftRequest,
    ReplyRead,
    RespondRequest,
    TemplateTried,
    TemplateTry,
)

router = APIRouter(tags=["workflow"])
DraftId = Annotated[UUID, Path(description="The draft")]
TicketId = Annotated[UUID, Path(description="The ticket")]
CHANGES = problems(
    NotFoundError,
    deciding.DraftChangedError,
    deciding.DraftDecidedError,
    MalformedVersionError,
    PreconditionRequiredError,
)


def _read(row: DraftRow, response: Response) -> DraftRead:
    response.headers.update(etag(row.version))
    return DraftRead.model_validate(row)


@router.post("/workflow/respond")
async def respond(body: RespondRequest, who: Agent, context: Shared) -> ReplyRead:
    """Draft a reply to a text, from documents if they answer it, else from a template; nothing is stored or sent."""
    return await writing.respond(context, who, body)


@router.post("/workflow/context")
async def find_context(body: ContextRequest, who: Agent, context: Shared) -> ContextRead:
    """Find what the documents hold on a ticket's text, as far as any customer may read it."""
    text = read_ticket(body.subject, body.body)
    if text.empty:
        return ContextRead(suggestions=[])
    found = await suggestions(context, who.tenant, text.whole, limit=body.limit)
    return ContextRead(suggestions=list(found.results))


@router.post("/workflow/templates/try", responses=problems(NotFoundError))
async def try_template(body: TemplateTry, who: Lead, context: Shared) -> TemplateTried:
    """Try a template of a reply: its text, or every fault with its line."""
    return await trying.try_template(context, who, body)


@router.post(
    "/tickets/{ticket_id}/draft",
    status_code=201,
    responses=problems(NotFoundError, writing.TicketMergedError),
)
async def draft_reply(
    ticket_id: TicketId, who: Agent, context: Shared, response: Response, body: DraftRequest | None = None
) -> DraftRead:
    """Draft a reply to a ticket for an agent to send, change or reject."""
    return _read(await writing.draft_for(context, who, ticket_id, body or DraftRequest()), response)


@router.get("/tickets/{ticket_id}/drafts")
async def list_drafts(
    ticket_id: TicketId, work: AgentWork, limit: Limit = 20, cursor: Cursor = None
) -> DraftPage:
    """List the drafts of a ticket, the newest first."""
    rows = work.repo(Drafts)
    found = await rows.newest_first(cursor, limit, DraftRow.ticket_id == ticket_id)
    listed = page(found, limit, read=DraftRead.model_validate, position=lambda row: (row.id,))
    return DraftPage(items=listed.items, next=listed.next, pending=await rows.pending(ticket_id))


@router.get("/workflow/drafts/{draft_id}", responses=problems(NotFoundError))
async def get_draft(draft_id: DraftId, work: AgentWork, response: Response) -> DraftRead:
    """Read a draft; its version is the ETag."""
    return _read(await work.repo(Drafts).get(draft_id), response)


@router.post("/workflow/drafts/{draft_id}/accept", responses=CHANGES)
async def accept_draft(
    draft_id: DraftId,
    body: DraftAccept,
    versions: RequiredVersions,
    who: Agent,
    context: Shared,
    response: Response,
) -> DraftRead:
    """Send a draft to the customer as your reply, as it is or changed. Needs `If-Match`; repeating it sends nothing again."""
    return _read(await deciding.accept(context, who, draft_id, body, seen=versions), response)


@router.post("/workflow/drafts/{draft_id}/reject", responses=CHANGES)
async def reject_draft(
    draft_id: DraftId, body: DraftReject, versions: RequiredVersions, work: AgentWork, response: Response
) -> DraftRead:
    """Say that a draft is of no use, and why. Needs `If-Match`."""
    return _read(await deciding.reject(work, draft_id, body, seen=versions), response)
