"""Wire models of files on tickets."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from caseplane.escalation.schemas import Visibility


class AttachmentRead(BaseModel):
    """A file on a ticket; the content comes from its own route."""

    model_config = ConfigDict(from_attributes=True)

    attachment_id: UUID
    ticket_id: UUID
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    visibility: Visibility
    uploaded_by: str
    created_at: datetime
