"""What crosses the wire of the retrieval service."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from caseplane.core.embeddings import DEFAULT_PROFILE, ProfileName


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


def _printable(value: str) -> str:
    value = unicodedata.normalize("NFC", value).strip()
    if not value:
        raise ValueError("it is blank")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        raise ValueError("it holds control characters")
    return value


def _storable(value: str) -> str:
    if "\x00" in value or any(unicodedata.category(c) == "Cs" for c in value):
        raise ValueError("it holds characters that cannot be stored")
    return value


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Path = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_printable)]
Text = Annotated[str, AfterValidator(_storable)]
Entitlement = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Acl = Annotated[list[Entitlement], Field(max_length=100)]
BaseUri = Annotated[str, Field(max_length=500, pattern=r"^[^\s\x00-\x1f]*$")]


def _relative(value: str) -> str:
    if value.startswith("/") or {".", ".."} & set(value.split("/")):
        raise ValueError("it must be a relative path without `.` or `..`")
    return value


Prefix = Annotated[str, Field(max_length=500, pattern=r"^[^\\\x00-\x1f]*$"), AfterValidator(_relative)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SourceKind(StrEnum):
    """Where documents come from."""

    upload = "upload"
    object_store = "object_store"
    web = "web"
    git = "git"
    article = "article"
    case = "case"


class ItemState(StrEnum):
    """What became of one file of an ingestion; from `indexed` on, nothing more happens to it."""

    awaited = "awaited"
    stored = "stored"
    indexed = "indexed"
    unchanged = "unchanged"
    moved = "moved"
    deleted = "deleted"
    failed = "failed"
    superseded = "superseded"


class IngestionState(StrEnum):
    """`running` until every file has an outcome; `superseded` by a newer one of the same source."""

    running = "running"
    done = "done"
    superseded = "superseded"


class ReindexingState(StrEnum):
    """`building` until the switch; `failed` until somebody chooses the profile again, or another."""

    building = "building"
    failed = "failed"


class EmbeddingProfileRead(_Wire):
    """The model with which a knowledge base is embedded."""

    name: str
    """By which it was chosen; `default` is the model of the installation."""
    model: str
    dimension: int
    quantisation: str
    available: bool
    """False: the installation no longer has this model, so only words are searched."""


class ReindexingRead(_Wire):
    """How far the change to another embedding profile is; until the switch the present one is searched."""

    profile: EmbeddingProfileRead
    state: ReindexingState
    chunks_done: int
    chunks_total: int
    error: str | None
    """What last stood in the way; while `building`, it is tried again."""
    started_at: datetime


class KnowledgeBaseCreate(_Wire):
    """A new knowledge base."""

    name: Name
    description: Annotated[Text, Field(max_length=2000)] = ""
    acl: Acl = []
    """Default for its documents: entitlements of which a reader needs one; empty is everyone."""
    embedding_profile: ProfileName = DEFAULT_PROFILE
    """One of the installation's embedding models, by its name there."""


class KnowledgeBaseUpdate(_Wire):
    """Fields to change; absent ones stay."""

    name: Name | None = None
    description: Annotated[Text, Field(max_length=2000)] | None = None
    acl: Acl | None = None
    embedding_profile: ProfileName | None = None
    """Name of another embedding model: all chunks are embedded anew beside the present vectors, then the knowledge
    base is switched. The present one's name calls a change off; a failed one's name tries again."""


class KnowledgeBaseRead(_Wire):
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


class SourceCreate(_Wire):
    """A new source of documents; sources of kind `case` and `article` are made by the platform."""

    name: Name
    kind: SourceKind = SourceKind.upload
    prefix: Prefix = ""
    """For `object_store`: where below the tenant's `inbox/` its files lie."""
    acl: Acl = []
    """For its documents, instead of the knowledge base's; empty takes that one's."""
    base_uri: BaseUri = ""
    """Put before a document's path to make the address that citations show."""


class SourceUpdate(_Wire):
    """Fields to change; absent ones stay."""

    prefix: Prefix | None = None
    """Another folder is read from the beginning; what only the one before had goes at the next sync."""
    acl: Acl | None = None
    base_uri: BaseUri | None = None


class SourceRead(_Wire):
    """A source of documents."""

    id: UUID
    knowledge_base_id: UUID
    name: str
    kind: SourceKind
    prefix: str
    acl: list[str]
    base_uri: str
    documents: int
    created_at: datetime
    last_synced_at: datetime | None


class DocumentRead(_Wire):
    """A document that is indexed."""

    id: UUID
    knowledge_base_id: UUID
    source_id: UUID
    title: str
    path: str
    uri: str
    language: str | None
    acl: list[str]
    sha256: str
    size_bytes: int
    chunks: int
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class DocumentText(_Wire):
    """The stored text that citations point into, and its structure."""

    document_id: UUID
    title: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]


class ManifestEntry(_Wire):
    """A file as its owner sees it; the hash tells whether it must be sent at all."""

    path: Path
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)] = 0


class RefusedEntry(_Wire):
    """A file that its owner could not or would not send, for the report."""

    path: Path
    reason: Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9-]+$")]
    detail: Annotated[Text, Field(max_length=1000)] = ""


class SyncRequest(_Wire):
    """Bring a source up to date.

    With `files`, they are all the source has: what is not among them is deleted, what is new or
    changed is asked for. Without, the service looks for itself, which an `object_store` allows.
    """

    source: Annotated[UUID | Name, Field(union_mode="left_to_right")]
    """Id or name; a name that does not exist yet makes a source of kind `upload`."""
    files: Annotated[list[ManifestEntry], Field(max_length=100_000)] | None = None
    refused: Annotated[list[RefusedEntry], Field(max_length=100_000)] = []
    keep_missing: bool = False
    """Keep documents that are not among `files`."""
    acl: Acl | None = None
    """For the source from now on; absent leaves it."""
    base_uri: BaseUri | None = None
    """Likewise."""


class IngestionRead(_Wire):
    """An ingestion and how far it is."""

    id: UUID
    knowledge_base_id: UUID
    source_id: UUID
    state: IngestionState
    total: int
    counts: dict[ItemState, int]
    chunks: int
    created_at: datetime
    finished_at: datetime | None


class IngestionStarted(IngestionRead):
    """A new ingestion; `needed` are the paths whose bytes it waits for."""

    needed: list[str] = []


class FilesReceived(_Wire):
    """What became of the files of one request."""

    accepted: int
    unknown: list[Sha256] = []
    """Hashes of files that nothing waited for: sent twice, or changed since they were listed."""


class ItemRead(_Wire):
    """One line of the report."""

    path: str
    state: ItemState
    document_id: UUID | None
    reason: str | None
    detail: str | None
    previous_path: str | None
    chunks: int
    size_bytes: int
    updated_at: datetime


class SearchRequest(_Wire):
    """A question to the tenant's knowledge."""

    query: Annotated[Text, Field(min_length=1, max_length=8000)]
    knowledge_base_ids: Annotated[list[UUID], Field(max_length=100)] = []
    """Where to look; empty is everywhere, resolved cases included."""
    limit: Annotated[int, Field(ge=1, le=100)] = 8
    session_id: UUID | None = None
    """Repeated questions of one session are answered from a short-lived cache."""


E_co = TypeVar("E_co", covariant=True)


class _EvidenceModel(Protocol[E_co]):
    def __call__(
        self,
        *,
        chunk_id: UUID,
        document_id: UUID,
        title: str,
        uri: str,
        heading: str,
        text: str,
        start: int,
        end: int,
        score: float,
        component_scores: dict[str, float],
        sentences: list[tuple[int, int, float]],
    ) -> E_co: ...


class SearchHit(_Wire):
    """One chunk; `start` and `end` are character offsets into the document's stored text."""

    chunk_id: UUID
    document_id: UUID
    knowledge_base_id: UUID
    source: str
    """Kind of its source; `case` is a resolved conversation."""
    title: str
    uri: str
    heading: str
    text: str
    start: int
    end: int
    score: float
    component_scores: dict[str, float] = {}
    sentences: list[tuple[int, int, float]] = []
    """Of the chunk: first character and one past the last within `text`, and the cosine to the query.
    Empty where the chunk has no sentence vectors."""

    def as_evidence(self, model: _EvidenceModel[E_co]) -> E_co:
        """The hit as the model that an answerer takes."""
        return model(
            chunk_id=self.chunk_id,
            document_id=self.document_id,
            title=self.title,
            uri=self.uri,
            heading=self.heading,
            text=self.text,
            start=self.start,
            end=self.end,
            score=self.score,
            component_scores=self.component_scores,
            sentences=self.sentences,
        )


class SearchResponse(_Wire):
    """What the caller may see, best first."""

    results: list[SearchHit]
    withheld: int = 0
    """Chunks that would have been among the results but for their entitlements; nothing else of
    them is told."""
    idf: dict[str, float] = {}
    """Weight of each word of the question in the knowledge that was searched."""
    reranked: bool = False
    """Whether a language model put the results in order; scores are those of the search either way."""
    cached: bool = False
    took_ms: float = 0.0


class CaseIndex(_Wire):
    """A resolved case, to be found by the next customer."""

    case_id: UUID
    title: Annotated[Text, Field(min_length=1, max_length=8000)]
    question: Annotated[Text, Field(min_length=1, max_length=50_000)]
    resolution: Annotated[Text, Field(min_length=1, max_length=50_000)]
    summary: Annotated[Text, Field(max_length=50_000)] = ""
    tags: Annotated[list[Name], Field(max_length=50)] = []
    references: Annotated[list[Any], Field(max_length=200)] = []
    entitlements: Acl = []
    """Of the customer it was resolved for; the case is shown to callers who have one of them."""
