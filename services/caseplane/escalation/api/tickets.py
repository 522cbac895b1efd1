"""Routes of tickets and comments."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator

from caseplane.core.auth import AgentCaller, Role, SupervisorCaller
from caseplane.core.errors import ConflictError, ForbiddenError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from caseplane.escalation import overview
from caseplane.escalation import tickets as use
from caseplane.escalation.api.common import E, Reader, TicketId, VersionSeen, etag
from caseplane.escalation.errors import (
    CannotMergeError,
    PreconditionRequiredError,
    TicketChangedError,
    TicketClosedError,
)
from caseplane.escalation.handoff import storable
from caseplane.escalation.repository import TicketRepository
from caseplane.escalation.schemas import (
    CommentCreate,
    CommentRead,
    CustomerContext,
    CustomerTicketRead,
    Priority,
    TicketContext,
    TicketCreate,
    TicketMerge,
    TicketPatch,
    TicketRead,
    TicketResolve,
    TicketStatus,
    Visibility,
)

tickets = APIRouter(prefix="/tickets", tags=["tickets"])
customers = APIRouter(prefix="/customers", tags=["tickets"])
Short = Annotated[str | None, Query(min_length=1, max_length=200), AfterValidator(storable)]
CustomerId = Annotated[str, Path(max_length=200), AfterValidator(storable)]
AnyTicket = TicketRead | CustomerTicketRead


@tickets.get("")
async def list_tickets(
    who: Reader,
    e: E,
    status: Annotated[list[TicketStatus] | None, Query(description="Any of these; repeatable")] = None,
    assigned_to: Short = None,
    team: Short = None,
    requester_id: Short = None,
    session_id: UUID | None = None,
    priority: Priority | None = None,
    ai_escalation_reason: Short = None,
    tag: Short = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AnyTicket]:
    """List tickets, newest first; customers get their own."""
    before = int(decode_cursor(cursor, int)[0]) if cursor else None
    agent = who.has(Role.agent)
    view = TicketRead if agent else CustomerTicketRead
    async with e.work(who) as work:
        found = await work.repo(TicketRepository).page(
            limit=limit + 1,
            before=before,
            statuses=status or (),
            tag=tag if agent else None,
            include_merged=not agent,
            assigned_to=assigned_to if agent else None,
            team=team if agent else None,
            requester_id=requester_id if who.customer_id is None or agent else who.customer_id,
            session_id=session_id,
            priority=priority if agent else None,
            ai_escalation_reason=ai_escalation_reason if agent else None,
        )
    rows = found[:limit]
    return Page(
        items=[view.model_validate(t) for t in rows],
        next=encode_cursor(rows[-1].number) if len(found) > limit else None,
    )


@tickets.post("", status_code=201)
async def create_ticket(body: TicketCreate, who: AgentCaller, e: E, response: Response) -> TicketRead:
    """Open a ticket by hand; escalations open theirs by themselves."""
    async with e.work(who) as work:
        ticket = await use.open_ticket(work, body)
    response.headers.update(etag(ticket.version))
    return TicketRead.model_validate(ticket)


@tickets.get("/{ticket_id}", responses=problems(NotFoundError))
async def get_ticket(ticket_id: TicketId, who: Reader, e: E, response: Response) -> AnyTicket:
    """Read a ticket; its version is the ETag."""
    async with e.work(who) as work:
        ticket = await use.visible(work, ticket_id)
    if not who.has(Role.agent):
        return CustomerTicketRead.model_validate(ticket)
    response.headers.update(etag(ticket.version))
    return TicketRead.model_validate(ticket)


@tickets.patch(
    "/{ticket_id}",
    responses=problems(
        NotFoundError, TicketChangedError, TicketClosedError, PreconditionRequiredError, ForbiddenError
    ),
)
async def patch_ticket(
    ticket_id: TicketId, body: TicketPatch, version: VersionSeen, who: AgentCaller, e: E, response: Response
) -> TicketRead:
    """Change a ticket: status, priority, assignment, tags. Needs `If-Match`."""
    async with e.work(who) as work:
        ticket = await use.patch_ticket(work, ticket_id, body, version=version)
    response.headers.update(etag(ticket.version))
    return TicketRead.model_validate(ticket)


@tickets.delete("/{ticket_id}", status_code=204, responses=problems(NotFoundError, ConflictError))
async def delete_ticket(ticket_id: TicketId, who: SupervisorCaller, e: E) -> None:
    """Hide a ticket that is done."""
    async with e.work(who) as work:
        await use.delete_ticket(work, ticket_id)


@tickets.put("/{ticket_id}/resolve", responses=problems(NotFoundError, TicketClosedError))
async def resolve_ticket(
    ticket_id: TicketId, body: TicketResolve, who: AgentCaller, e: E, response: Response
) -> TicketRead:
    """Resolve a ticket and with it the conversation; repeating it changes nothing."""
    async with e.work(who) as work:
        ticket = await use.resolve_ticket(work, ticket_id, body)
    response.headers.update(etag(ticket.version))
    return TicketRead.model_validate(ticket)


@tickets.post("/{ticket_id}/merge", responses=problems(NotFoundError, CannotMergeError))
async def merge_ticket(
    ticket_id: TicketId, body: TicketMerge, who: AgentCaller, e: E, response: Response
) -> TicketRead:
    """Close a ticket in favour of another of the same customer, and answer with that other one."""
    async with e.work(who) as work:
        ticket = await use.merge_tickets(work, ticket_id, body.into)
    response.headers.update(etag(ticket.version))
    return TicketRead.model_validate(ticket)


@tickets.get("/{ticket_id}/context", responses=problems(NotFoundError))
async def ticket_context(ticket_id: TicketId, who: AgentCaller, e: E) -> TicketContext:
    """Everything an agent needs on one screen: packet, comments, files, other tickets of the customer."""
    async with e.work(who) as work:
        return await overview.of_ticket(work, await work.repo(TicketRepository).get(ticket_id))


@tickets.post(
    "/{ticket_id}/comments",
    status_code=201,
    responses=problems(NotFoundError, TicketClosedError) | {200: {"description": "It was there already"}},
)
async def create_comment(
    ticket_id: TicketId, body: CommentCreate, who: AgentCaller, e: E, response: Response
) -> CommentRead:
    """Comment on a ticket: a public comment reaches the customer, an internal one never does."""
    async with e.work(who) as work:
        comment, new = await use.comment_on(work, ticket_id, body)
    if not new:
        response.status_code = 200
    return CommentRead.model_validate(comment)


@tickets.get("/{ticket_id}/comments", responses=problems(NotFoundError))
async def list_comments(
    ticket_id: TicketId, who: Reader, e: E, limit: Limit = 50, cursor: Cursor = None
) -> Page[CommentRead]:
    """List what was said on a ticket, oldest first; customers get public comments."""
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    async with e.work(who) as work:
        await use.visible(work, ticket_id)
        found = await work.repo(TicketRepository).comments(
            ticket_id,
            visibility=None if who.has(Role.agent) else Visibility.public,
            after=(after[0], after[1]) if after else None,
            limit=limit + 1,
        )
    rows = found[:limit]
    more = len(found) > limit
    return Page(
        items=[CommentRead.model_validate(c) for c in rows],
        next=encode_cursor(rows[-1].created_at.isoformat(), rows[-1].id) if more else None,
    )


@tickets.get("/{ticket_id}/comments/{comment_id}", responses=problems(NotFoundError))
async def get_comment(ticket_id: TicketId, comment_id: UUID, who: Reader, e: E) -> CommentRead:
    """Read one comment."""
    async with e.work(who) as work:
        await use.visible(work, ticket_id)
        comment = await work.repo(TicketRepository).comment(ticket_id, comment_id)
    if comment.visibility != Visibility.public and not who.has(Role.agent):
        raise NotFoundError(f"There is no comment {comment_id} on this ticket.")
    return CommentRead.model_validate(comment)


@customers.get("/{customer_id}/context", responses=problems(NotFoundError))
async def customer_context(customer_id: CustomerId, who: AgentCaller, e: E) -> CustomerContext:
    """What is known of a customer from their tickets."""
    async with e.work(who) as work:
        return await overview.of_customer(work, customer_id)
