"""Knowledge bases as they cross the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from caseplane.core.embeddings import DEFAULT_PROFILE, ProfileName
from caseplane.core.text import Text
from caseplane.retrieval.profiles.schemas import EmbeddingProfileRead, ReindexingRead
from caseplane.retrieval.schemas import Acl, Name, Wire


class KnowledgeBaseCreate(Wire):
    """A new knowledge base."""

    name: Name
    description: Annotated[Text, Field(max_length=2000)] = ""
    acl: Acl = Field([])
    """Default for its documents: entitlements of which a reader needs one; empty is everyone."""
    embedding_profile: ProfileName = DEFAULT_PROFILE
    """One of the installation's embedding models, by its name there."""


class KnowledgeBaseUpdate(Wire):
    """Fields to change; absent ones stay."""

    name: Name | None = None
    description: Annotated[Text, Field(max_length=2000)] | None = None
    acl: Acl | None = None
    embedding_profile: ProfileName | None = None
    """Name of another embedding model: all chunks are embedded with it in the background, then the knowledge
    base is switched. The present one's name cancels a change; a failed one's name tries again."""


class KnowledgeBaseRead(Wire):
    """A knowledge base."""

    id: UUID
    name: str
    kind: str
    """`documents`, or `cases` for what resolved conversations taught."""
    description: str
    acl: list[str]
    documents: int
    chunks: int
    embedding_profile: EmbeddingProfileRead | None
    """What it is searched under; none before its first document, if none was chosen."""
    reindexing: ReindexingRead | None
    """The change to another profile that is under way or failed."""
    version: int
    created_at: datetime
    updated_at: datetime
