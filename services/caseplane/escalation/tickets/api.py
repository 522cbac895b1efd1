"""Routes of tickets and comments."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from caseplane.core.auth import Role
from caseplane.core.errors import ConflictError, ForbiddenError, NotFoundError, problems
from caseplane.core.pagination import Cursor, Limit, Page, decode_cursor, page
from caseplane.core.text import Storable
from caseplane.core.versions import (
    MalformedVersionError,
    PreconditionRequiredError,
    RequiredVersions,
    SeenVersions,
    etag,
)
from caseplane.core.work import opened
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import CommentRead, Priority, TicketRead, TicketStatus, Visibility
from caseplane.escalation.tickets import changing, commenting, merging, patching, resolving
from caseplane.escalation.tickets.access import TicketClosedError, visible
from caseplane.escalation.tickets.finishing import NothingSaidError
from caseplane.escalation.tickets.models import Ticket
from caseplane.escalation.tickets.repository import Comments, Tickets
from caseplane.escalation.tickets.schemas import (
    CategoryName,
    CommentCreate,
    CustomerTicketRead,
    TicketCreate,
    TicketMerge,
    TicketPatch,
    TicketResolve,
)
from caseplane.triage.results import Sentiment

tickets = APIRouter(prefix="/tickets", tags=["tickets"])
ReaderWork: TypeAlias = Annotated[Work, opened(Role.customer, Role.agent)]
AgentWork: TypeAlias = Annotated[Work, opened(Role.agent)]
SupervisorWork: TypeAlias = Annotated[Work, opened(Role.supervisor)]
TicketId = Annotated[UUID, Path(description="The ticket")]
Short = Annotated[str | None, Query(min_length=1, max_length=200), Storable]
AnyTicket = TicketRead | CustomerTicketRead


def _read(ticket: Ticket, response: Response) -> TicketRead:
    response.headers.update(etag(ticket.version))
    return TicketRead.model_validate(ticket)


@tickets.get("")
async def list_tickets(
    work: ReaderWork,
    status: Annotated[list[TicketStatus] | None, Query(description="Any of these; repeatable")] = None,
    number: Annotated[int | None, Query(ge=1, le=2**53, description="The one with this number")] = None,
    assigned_to: Short = None,
    team: Short = None,
    requester_id: Short = None,
    session_id: UUID | None = None,
    priority: Priority | None = None,
    ai_escalation_reason: Short = None,
    tag: Short = None,
    category: Annotated[
        CategoryName | None, Query(description="As the workflow or an agent judged it")
    ] = None,
    classified_severity: Annotated[CategoryName | None, Query()] = None,
    department: Short = None,
    sentiment: Sentiment | None = None,
    overdue: Annotated[bool | None, Query(description="Whether the first reply is overdue")] = None,
    assigned: Annotated[bool | None, Query(description="Whether anybody has it")] = None,
    words: Annotated[Short, Query(description="Part of the subject or of the customer's id")] = None,
    order: Annotated[Literal["newest", "oldest"], Query(description="Which come first")] = "newest",
    incident_id: Annotated[UUID | None, Query(description="Only those that belong to this incident")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AnyTicket]:
    """List tickets, newest first unless `order` says otherwise; customers get their own."""
    who = work.principal
    agent = who.has(Role.agent)
    view = TicketRead if agent else CustomerTicketRead
    found = await work.repo(Tickets).page(
        limit=limit + 1,
        beyond=int(decode_cursor(cursor, int)[0]) if cursor else None,
        oldest_first=order == "oldest",
        words=words,
        assigned=assigned if agent else None,
        statuses=status or (),
        tag=tag if agent else None,
        include_merged=not agent or number is not None,
        number=number,
        assigned_to=assigned_to if agent else None,
        team=team if agent else None,
        requester_id=requester_id if who.customer_id is None or agent else who.customer_id,
        session_id=session_id,
        priority=priority if agent else None,
        ai_escalation_reason=ai_escalation_reason if agent else None,
        category=category if agent else None,
        classified_severity=classified_severity if agent else None,
        department=department if agent else None,
        sentiment=sentiment if agent else None,
        overdue=overdue if agent else None,
        incident_id=incident_id if agent else None,
    )
    return page(found, limit, read=view.model_validate, position=lambda ticket: (ticket.number,))


@tickets.post("", status_code=201)
async def create_ticket(body: TicketCreate, work: AgentWork, response: Response) -> TicketRead:
    """Open a ticket by hand; escalations open theirs by themselves."""
    return _read(await changing.open_ticket(work, body), response)


@tickets.get("/{ticket_id}", responses=problems(NotFoundError))
async def get_ticket(ticket_id: TicketId, work: ReaderWork, response: Response) -> AnyTicket:
    """Read a ticket; its version is the ETag."""
    ticket = await visible(work, ticket_id)
    if work.principal.has(Role.agent):
        return _read(ticket, response)
    return CustomerTicketRead.model_validate(ticket)


@tickets.patch(
    "/{ticket_id}",
    responses=problems(
        NotFoundError,
        changing.TicketChangedError,
        TicketClosedError,
        MalformedVersionError,
        PreconditionRequiredError,
        ForbiddenError,
        NothingSaidError,
    ),
)
async def patch_ticket(
    ticket_id: TicketId, body: TicketPatch, versions: RequiredVersions, work: AgentWork, response: Response
) -> TicketRead:
    """Change a ticket: status, priority, assignment, tags; `comment` replies with it. Needs `If-Match`."""
    return _read(await patching.patch_ticket(work, ticket_id, body, seen=versions), response)


@tickets.delete("/{ticket_id}", status_code=204, responses=problems(NotFoundError, ConflictError))
async def delete_ticket(ticket_id: TicketId, work: SupervisorWork) -> None:
    """Hide a ticket that is done."""
    await changing.delete_ticket(work, ticket_id)


@tickets.put("/{ticket_id}/resolve", responses=problems(NotFoundError, TicketClosedError, NothingSaidError))
async def resolve_ticket(
    ticket_id: TicketId, body: TicketResolve, work: AgentWork, response: Response
) -> TicketRead:
    """Resolve a ticket and with it the conversation; repeating it changes nothing."""
    return _read(await resolving.resolve_ticket(work, ticket_id, body), response)


@tickets.post("/{ticket_id}/merge", responses=problems(NotFoundError, merging.CannotMergeError))
async def merge_ticket(
    ticket_id: TicketId, body: TicketMerge, work: AgentWork, response: Response
) -> TicketRead:
    """Close a ticket in favour of another of the same customer, and answer with that other one."""
    return _read(await merging.merge_tickets(work, ticket_id, body.into), response)


@tickets.post("/{ticket_id}/part", responses=problems(NotFoundError, merging.CannotPartError))
async def part_ticket(ticket_id: TicketId, work: AgentWork, response: Response) -> TicketRead:
    """Undo the merge of a ticket, which is then a ticket of its own again."""
    return _read(await merging.part_tickets(work, ticket_id), response)


@tickets.post(
    "/{ticket_id}/comments",
    status_code=201,
    responses=problems(NotFoundError, TicketClosedError, changing.TicketChangedError, MalformedVersionError)
    | {200: {"description": "It was there already"}},
)
async def create_comment(
    ticket_id: TicketId, body: CommentCreate, work: AgentWork, versions: SeenVersions, response: Response
) -> CommentRead:
    """Comment on a ticket: a public comment reaches the customer, an internal one never does.

    With `If-Match` it is only said if the ticket is still at that version.
    """
    comment, new = await commenting.comment_on(work, ticket_id, body, seen=versions)
    response.status_code = 201 if new else 200
    return CommentRead.model_validate(comment)


@tickets.get("/{ticket_id}/comments", responses=problems(NotFoundError))
async def list_comments(
    ticket_id: TicketId, work: ReaderWork, limit: Limit = 50, cursor: Cursor = None
) -> Page[CommentRead]:
    """List what was said on a ticket, oldest first; customers get public comments."""
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    await visible(work, ticket_id)
    found = await work.repo(Comments).page(
        ticket_id,
        visibility=None if work.principal.has(Role.agent) else Visibility.public,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    return page(
        found, limit, read=CommentRead.model_validate,
        position=lambda comment: (comment.created_at.isoformat(), comment.id),
    )  # fmt: skip


@tickets.get("/{ticket_id}/comments/{comment_id}", responses=problems(NotFoundError))
async def get_comment(ticket_id: TicketId, comment_id: UUID, work: ReaderWork) -> CommentRead:
    """Read one comment."""
    await visible(work, ticket_id)
    comment = await work.repo(Comments).on_ticket(ticket_id, comment_id)
    if comment.visibility != Visibility.public and not work.principal.has(Role.agent):
        raise NotFoundError(f"There is no comment {comment_id} on this ticket.")
    return CommentRead.model_validate(comment)
