"""Wire models of the audit log."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class AuditRead(BaseModel):
    """An entry of the audit log."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    entry_id: Annotated[UUID, Field(validation_alias="id")]
    actor: str
    action: str
    target_type: str
    target_id: str
    detail: dict[str, Any]
    request_id: str | None
    created_at: datetime
