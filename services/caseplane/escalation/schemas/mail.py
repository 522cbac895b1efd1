"""What conversations and mails tell each other."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from caseplane.escalation.schemas.packet import Prose


class MailDigest(BaseModel):
    """What a conversation needs of a mail that came in."""

    model_config = ConfigDict(from_attributes=True)

    mail_id: UUID
    thread_id: UUID
    customer_id: str
    subject: str
    body: Prose
    created_at: datetime


class MailReply(BaseModel):
    """A message of a conversation that goes to its customer by mail."""

    content: Prose
    automatic: bool
    """Whether no person wrote it."""
    created_at: datetime
