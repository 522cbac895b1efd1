"""Routes of files on tickets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile

from caseplane.core.auth import Role
from caseplane.core.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PayloadTooLargeError,
    UnsupportedMediaError,
    problems,
)
from caseplane.escalation import attachments as use
from caseplane.escalation import tickets as ticket_use
from caseplane.escalation.api.common import E, Reader, TicketId
from caseplane.escalation.errors import TooManyAttachmentsError
from caseplane.escalation.repository import TicketRepository
from caseplane.escalation.schemas import AttachmentRead, Visibility

attachments = APIRouter(prefix="/tickets/{ticket_id}/attachments", tags=["tickets"])


@attachments.post(
    "",
    status_code=201,
    responses=problems(
        NotFoundError, PayloadTooLargeError, UnsupportedMediaError, TooManyAttachmentsError, ForbiddenError
    ),
)
async def upload_attachment(
    ticket_id: TicketId,
    who: Reader,
    e: E,
    file: Annotated[UploadFile, File(description="The file; its content must be what its name says")],
    visibility: Annotated[Visibility, Form()] = Visibility.public,
) -> AttachmentRead:
    """Put a file on a ticket."""
    if visibility is Visibility.internal and not who.has(Role.agent):
        raise ForbiddenError("Only agents put internal files on a ticket.")
    limit = e.settings.attachment_limit_mib * 1024 * 1024
    data = await file.read(limit + 1)
    if len(data) > limit:
        raise PayloadTooLargeError(f"A file may have at most {limit:,} bytes.", limit=limit)
    if not file.filename:
        raise InvalidInputError("The file needs a name.")
    async with e.work(who) as work:
        ticket = await ticket_use.visible(work, ticket_id)
        ticket = await work.repo(TicketRepository).get(ticket.id, lock=True)
        added = await use.attach(
            work,
            ticket,
            name=file.filename,
            data=data,
            visibility=visibility,
            objects=e.objects,
            settings=e.settings,
        )
    return AttachmentRead.model_validate(added)


@attachments.get("", responses=problems(NotFoundError))
async def list_attachments(ticket_id: TicketId, who: Reader, e: E) -> list[AttachmentRead]:
    """List the files of a ticket; customers get public ones."""
    async with e.work(who) as work:
        await ticket_use.visible(work, ticket_id)
        found = await work.repo(TicketRepository).attachments(
            ticket_id, visibility=None if who.has(Role.agent) else Visibility.public
        )
    return [AttachmentRead.model_validate(a) for a in found]


@attachments.get(
    "/{attachment_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(NotFoundError)},
)
async def download_attachment(ticket_id: TicketId, attachment_id: UUID, who: Reader, e: E) -> Response:
    """Download a file; headers keep browsers from running it."""
    async with e.work(who) as work:
        await ticket_use.visible(work, ticket_id)
        found = await work.repo(TicketRepository).attachment(ticket_id, attachment_id)
    if found.visibility != Visibility.public and not who.has(Role.agent):
        raise NotFoundError(f"There is no attachment {attachment_id} on this ticket.")
    data = await e.objects.get(found.object_key)
    return Response(data, headers=use.download_headers(found))
