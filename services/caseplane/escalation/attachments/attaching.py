"""Puts files on tickets."""

import hashlib
from uuid import UUID

from caseplane.core.auth import Role
from caseplane.core.errors import ConflictError, ForbiddenError, InvalidInputError
from caseplane.core.ids import new_id
from caseplane.core.objects import keys
from caseplane.escalation.attachments.files import clean_name, media_type_of
from caseplane.escalation.attachments.models import Attachment
from caseplane.escalation.attachments.repository import Attachments
from caseplane.escalation.context import Work
from caseplane.escalation.schemas import Visibility
from caseplane.escalation.tickets.access import visible


class TooManyAttachmentsError(ConflictError):
    """The ticket holds as many files as it may."""

    slug, title = "too-many-attachments", "The ticket has as many files as it may have"


async def attach(
    work: Work, ticket_id: UUID, *, name: str, data: bytes, visibility: Visibility
) -> Attachment:
    """Put a file on a ticket.

    The content is stored before the row: a file without its row is swept away later, but a row without its file
    could not be downloaded.
    """
    if visibility is Visibility.internal and not work.principal.has(Role.agent):
        raise ForbiddenError("Only agents put internal files on a ticket.")
    ticket = await visible(work, ticket_id, lock=True)
    if not data:
        raise InvalidInputError("The file is empty.")
    name = clean_name(name)
    media_type, most = media_type_of(name, data), work.context.settings.attachments_per_ticket
    if await work.repo(Attachments).count(ticket.id) >= most:
        raise TooManyAttachmentsError(f"A ticket may have {most} files.")
    attachment_id = new_id()
    key = keys.attachment(work.tenant_id, ticket.id, attachment_id)
    await work.context.objects.put(key, data)
    return work.repo(Attachments).add(
        id=attachment_id,
        ticket_id=ticket.id,
        file_name=name,
        media_type=media_type,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        visibility=visibility,
        uploaded_by=work.principal.subject,
        object_key=key,
        created_at=work.now,
    )
