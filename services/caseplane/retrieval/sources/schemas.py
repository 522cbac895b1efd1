"""Sources as they cross the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from caseplane.retrieval.schemas import Acl, Name, Wire, printable
from caseplane.retrieval.sources.addresses import UriStyle


def _relative(value: str) -> str:
    if value.startswith("/") or {".", ".."} & set(value.split("/")):
        raise ValueError("it must be a relative path without `.` or `..`")
    return value


BaseUri = Annotated[str, Field(max_length=500, pattern=r"^[^\s\x00-\x1f]*$")]
Prefix = Annotated[str, Field(max_length=500, pattern=r"^[^\\\x00-\x1f]*$"), AfterValidator(_relative)]

Origin = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(printable)]


class SourceKind(StrEnum):
    """Where documents come from."""

    upload = "upload"
    object_store = "object_store"
    web = "web"
    git = "git"
    article = "article"
    case = "case"


MANAGED = frozenset({SourceKind.case, SourceKind.article})
"""Sources that the platform makes and fills."""


class SourceCreate(Wire):
    """A new source of documents; sources of kind `case` and `article` are made by the platform."""

    name: Name
    kind: SourceKind = SourceKind.upload
    prefix: Prefix = ""
    """For `object_store`: where below the tenant's `inbox/` its files lie."""
    acl: Acl = Field([])
    """For its documents, instead of the knowledge base's; empty takes that one's."""
    base_uri: BaseUri = ""
    """Put before a document's path to make the address that citations show."""
    origin: Origin | None = None
    """Where the files lie for whoever lists them."""
    uri_style: UriStyle = UriStyle.plain
    """Whose rules make a page's address of its path, so that a citation opens it."""


class SourceUpdate(Wire):
    """Fields to change; absent ones stay."""

    prefix: Prefix | None = None
    """Another folder is read from the beginning; what only the one before had goes at the next sync."""
    acl: Acl | None = None
    base_uri: BaseUri | None = None
    origin: Origin | None = None
    uri_style: UriStyle | None = None


class SourceRead(Wire):
    """A source of documents."""

    id: UUID
    knowledge_base_id: UUID
    name: str
    kind: SourceKind
    prefix: str
    acl: list[str]
    base_uri: str
    origin: str | None
    uri_style: UriStyle = UriStyle.plain
    documents: int
    created_at: datetime
    last_synced_at: datetime | None
