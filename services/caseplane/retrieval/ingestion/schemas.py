"""What starts an ingestion and feeds it, as it crosses the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from caseplane.retrieval.reports.schemas import IngestionRead
from caseplane.retrieval.schemas import Acl, ManifestEntry, Name, RefusedEntry, Sha256, Wire
from caseplane.retrieval.sources.addresses import UriStyle
from caseplane.retrieval.sources.schemas import BaseUri


class SyncRequest(Wire):
    """Bring a source up to date.

    With `files`, they are all the source has: what is not among them is deleted, what is new or
    changed is asked for. Without, the service looks for itself, which an `object_store` allows.
    """

    source: Annotated[UUID | Name, Field(union_mode="left_to_right")]
    """Id or name; a name that does not exist yet makes a source of kind `upload`."""
    files: Annotated[list[ManifestEntry], Field(max_length=100_000)] | None = None
    refused: Annotated[list[RefusedEntry], Field(max_length=100_000)] = Field([])
    keep_missing: bool = False
    """Keep documents that are not among `files`."""
    acl: Acl | None = None
    """For the source from now on; absent leaves it."""
    base_uri: BaseUri | None = None
    """Likewise."""
    uri_style: UriStyle | None = None
    """Likewise."""


class IngestionStarted(IngestionRead):
    """A new ingestion; `needed` are the paths whose bytes it waits for."""

    needed: list[str] = Field([])


class FilesReceived(Wire):
    """What became of the files of one request."""

    accepted: int
    unknown: list[Sha256] = Field([])
    """Hashes of files that nothing waited for: sent twice, or changed since they were listed."""
