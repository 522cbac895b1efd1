"""Routes of files on tickets."""

import re
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from caseplane.core.auth import Principal, Role, require
from caseplane.core.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    PayloadTooLargeError,
    UnsupportedMediaError,
    problems,
)
from caseplane.core.work import context_of
from caseplane.escalation.attachments.attaching import TooManyAttachmentsError, attach
from caseplane.escalation.attachments.models import Attachment
from caseplane.escalation.attachments.repository import Attachments
from caseplane.escalation.context import Escalation
from caseplane.escalation.schemas import AttachmentRead, Visibility
from caseplane.escalation.tickets.access import visible
from caseplane.escalation.tickets.api import ReaderWork, TicketId

attachments = APIRouter(prefix="/tickets/{ticket_id}/attachments", tags=["tickets"])
Reader = Annotated[Principal, Depends(require(Role.customer, Role.agent))]


@attachments.post(
    "",
    status_code=201,
    responses=problems(
        NotFoundError, PayloadTooLargeError, UnsupportedMediaError, TooManyAttachmentsError, ForbiddenError
    ),
)
async def upload_attachment(
    ticket_id: TicketId,
    work: ReaderWork,
    file: Annotated[UploadFile, File(description="The file; its content must be what its name says")],
    visibility: Annotated[Visibility, Form()] = Visibility.public,
) -> AttachmentRead:
    """Put a file on a ticket."""
    limit = work.context.settings.attachment_limit_mib * 1024 * 1024
    data = await file.read(limit + 1)
    if len(data) > limit:
        raise PayloadTooLargeError(f"A file may have at most {limit:,} bytes.", limit=limit)
    if not file.filename:
        raise InvalidInputError("The file needs a name.")
    return AttachmentRead.model_validate(
        await attach(work, ticket_id, name=file.filename, data=data, visibility=visibility)
    )


@attachments.get("", responses=problems(NotFoundError))
async def list_attachments(ticket_id: TicketId, work: ReaderWork) -> list[AttachmentRead]:
    """List the files of a ticket; customers get public ones."""
    await visible(work, ticket_id)
    agent = work.principal.has(Role.agent)
    found = await work.repo(Attachments).of_ticket(ticket_id, visibility=None if agent else Visibility.public)
    return [AttachmentRead.model_validate(attachment) for attachment in found]


@attachments.get(
    "/{attachment_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **problems(NotFoundError)},
)
async def download_attachment(
    ticket_id: TicketId, attachment_id: UUID, who: Reader, e: Annotated[Escalation, Depends(context_of)]
) -> Response:
    """Download a file; headers keep browsers from running it."""
    async with e.work(who) as work:
        await visible(work, ticket_id)
        found = await work.repo(Attachments).on_ticket(ticket_id, attachment_id)
    if found.visibility != Visibility.public and not who.has(Role.agent):
        raise NotFoundError(f"There is no attachment {attachment_id} on this ticket.")
    # Read after the transaction: a slow object store must not hold a connection of the database.
    return Response(await e.objects.get(found.object_key), headers=_headers(found))


def _headers(attachment: Attachment) -> dict[str, str]:
    """Headers with which a browser saves the file and never runs it."""
    plain = attachment.file_name.encode("ascii", "replace").decode().replace("?", "_")
    plain = re.sub(r'["\\]', "_", plain)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.file_name)}",
        "Content-Type": attachment.media_type,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "ETag": f'"{attachment.sha256}"',
    }
