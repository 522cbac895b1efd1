"""Documents as they cross the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field

from caseplane.retrieval.schemas import Wire


def _hex(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


class DocumentRead(Wire):
    """A document that is indexed."""

    id: UUID
    knowledge_base_id: UUID
    source_id: UUID
    title: str
    path: str
    uri: str
    language: str | None
    acl: list[str]
    sha256: Annotated[str, BeforeValidator(_hex), Field(validation_alias="content_hash")]
    size_bytes: int
    chunks: Annotated[int, Field(validation_alias="chunk_count")]
    metadata: Annotated[dict[str, Any], Field(validation_alias="metadata_")]
    created_at: datetime
    updated_at: datetime
