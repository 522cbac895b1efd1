"""What crosses the wire between this service and others, and the types that its nouns' schemas share."""

import unicodedata
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from caseplane.core.text import Text


class Wire(BaseModel):
    """What crosses the wire; it is also read from a row, by the names of its columns or of its fields."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, populate_by_name=True)


def printable(value: str) -> str:
    """The text in one form of Unicode, if people can read it."""
    value = unicodedata.normalize("NFC", value).strip()
    if not value:
        raise ValueError("it is blank")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        raise ValueError("it holds control characters")
    return value


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Path = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(printable)]
Entitlement = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Acl = Annotated[list[Entitlement], Field(max_length=100)]
Cosine = Annotated[float, AfterValidator(lambda value: round(value, 4))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DocumentText(Wire):
    """The stored text that citations point into, and its structure."""

    document_id: UUID
    title: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any]
    marks: list[tuple[int, int, str, str]] = []
    """What lies on the text, as `SearchHit.marks`; empty for documents that were indexed before there were any."""


class ManifestEntry(Wire):
    """A file as its owner sees it; the hash tells whether it must be sent at all."""

    path: Path
    sha256: Sha256
    size_bytes: Annotated[int, Field(ge=0)] = 0


class RefusedEntry(Wire):
    """A file that its owner could not or would not send, for the report."""

    path: Path
    reason: Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9-]+$")]
    detail: Annotated[Text, Field(max_length=1000)] = ""


class SearchRequest(Wire):
    """A question to the tenant's knowledge."""

    query: Annotated[Text, Field(min_length=1, max_length=8000)]
    knowledge_base_ids: Annotated[list[UUID], Field(max_length=100)] = []
    """Where to look; empty is everywhere, resolved cases included."""
    limit: Annotated[int, Field(ge=1, le=100)] = 8
    session_id: UUID | None = None
    """Repeated questions of one session are answered from a short-lived cache."""


class SectionName(Wire):
    """A section of a document: the path of headings above it, as a search result has it; empty for all of it."""

    document_id: UUID
    heading: Annotated[Text, Field(max_length=2000)] = ""


class SectionsRequest(Wire):
    """Sections to be read whole."""

    sections: Annotated[list[SectionName], Field(min_length=1, max_length=10)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    """Most chunks, of all of them together."""


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
        marks: list[tuple[int, int, str, str]],
        path: str,
        version: str,
        pages: list[tuple[int, int]],
    ) -> E_co: ...


class SearchHit(Wire):
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
    sentences: list[tuple[int, int, Cosine]] = []
    """Of the chunk: first character and one past the last within `text`, and the cosine to the query.
    Empty where the chunk has no sentence vectors."""
    marks: list[tuple[int, int, str, str]] = []
    """What lies on the text: first character and one past the last, kind (`link`, `strong`, `emphasis`, `anchor`,
    `aside`) and value: a link's address, the fragment of a section."""
    path: str = ""
    """Of its document within its source."""
    version: str = ""
    """Of what its document describes, as the document itself says."""
    pages: list[tuple[int, int]] = []
    """Where within `text` each page begins, and its number from 1; empty for formats without pages."""

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
            marks=self.marks,
            path=self.path,
            version=self.version,
            pages=self.pages,
        )


class Reduced(Wire):
    """What a long message asks."""

    searched: str
    """The sentence that asks together with the one that says most about it, in the order of the message."""
    asks: str
    """The sentence that asks."""


class SearchResponse(Wire):
    """What the caller may see, best first."""

    results: list[SearchHit]
    withheld: int = 0
    """Chunks that would have been among the results but for their entitlements; nothing else is
    said of them."""
    idf: dict[str, float] = {}
    """Weight of each word of the question in the knowledge that was searched."""
    reranked: bool = False
    """Whether a language model put the results in order; scores are those of the search either way."""
    reduced: Reduced | None = None
    """What of a message of more than a hundred words was searched for; None if all of it was."""
    cached: bool = False
    took_ms: float = 0.0


class DocumentIds(Wire):
    """Documents, by their ids."""

    ids: Annotated[list[UUID], Field(max_length=1000)]


class ArticleIndex(Wire):
    """An approved article, as it is published."""

    knowledge_base_id: UUID
    title: Annotated[Text, Field(min_length=1, max_length=200)]
    body: Annotated[Text, Field(min_length=1, max_length=50_000)]
    """Markdown."""


class CaseIndex(Wire):
    """A resolved case, to be found by the next customer."""

    case_id: UUID
    title: Annotated[Text, Field(min_length=1, max_length=8000)]
    question: Annotated[Text, Field(min_length=1, max_length=50_000)]
    resolution: Annotated[Text, Field(min_length=1, max_length=50_000)]
    summary: Annotated[Text, Field(max_length=50_000)] = ""
    tags: Annotated[list[Name], Field(max_length=50)] = []
    references: Annotated[list[Any], Field(max_length=200)] = []
    cases: Annotated[int, Field(ge=1)] = 1
    """How many cases had this question and this resolution."""
    entitlements: Acl = []
    """Of the customer it was resolved for; the case is shown to callers who have one of them."""
