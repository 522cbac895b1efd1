"""Files on tickets."""

from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from caseplane.core.repository import TenantModel

SCHEMA = {"schema": "ticketing"}


class Attachment(TenantModel):
    """A file on a ticket; its content lies in the object store."""

    __tablename__ = "ticket_attachments"
    __table_args__ = SCHEMA

    ticket_id: Mapped[UUID]
    file_name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    visibility: Mapped[str]
    uploaded_by: Mapped[str]
    object_key: Mapped[str]

    @property
    def attachment_id(self) -> UUID:
        return self.id
