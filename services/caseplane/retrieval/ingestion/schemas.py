"""What starts an ingestion and feeds it, as it crosses the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from caseplane.retrieval.reports.schemas import IngestionRead
from caseplane.retrieval.schemas import Acl, ManifestEntry, Name, RefusedEntry, Sha256, Wire
from caseplane.retrieval.sources.addresses import UriStyle
from caseplane.retrieval.sources.schemas import BaseUri, Origin


class SyncRequest(Wire):
    """Bring a source up to date.

    With `files`, they are all the source has: what is not among them is deleted, what is new or
    changed is asked for. Without, the service looks for itself, which an `object_store` allows.
    """

    source: Annotated[UUID | Name, Field(union_mode="left_to_right")]
    """Id or name; a name that does not exist yet makes a source of kind `upload`."""
    files: list[ManifestEntry] | None = None
    refused: list[RefusedEntry] = Field([])
    keep_missing: bool = False
    """Keep documents that are not among `files`."""
    confirm_deletions: bool = False
    """Delete however many of the source's documents are not among `files`. Without it a run that would delete more
    than a share of them (`CASEPLANE_RETRIEVAL_DELETE_SHARE`) is refused."""
    origin: Origin | None = None
    """Where the files lie for whoever lists them, such as a repository or a folder; kept on the source. It tells
    sources of the same name apart."""
    acl: Acl | None = None
    """For the source from now on; absent leaves it."""
    base_uri: BaseUri | None = None
    """Likewise."""
    uri_style: UriStyle | None = None
    """Likewise."""


class IngestionStarted(IngestionRead):
    """A new ingestion; `needed` are the paths whose bytes it waits for."""

    needed: list[str] = Field([])


class Move(Wire):
    """A file that has another path than before."""

    previous_path: str
    path: str


class SyncPreview(Wire):
    """What a sync would do, by paths; nothing was done."""

    source_id: UUID | None
    """None: the sync would make the source."""
    documents: int
    """That the source has now."""
    added: list[str]
    changed: list[str]
    reindexed: list[str]
    """Same bytes, that would be cut or embedded differently now."""
    moved: list[Move]
    unchanged: list[str]
    deleted: list[str]
    confirmation_needed: bool
    """Whether it would be refused without `confirm_deletions`."""


class FilesReceived(Wire):
    """What became of the files of one request."""

    accepted: int
    unknown: list[Sha256] = Field([])
    """Hashes of files that nothing waited for: sent twice, or changed since they were listed."""
