"""What goes into the index and what a search gives back."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from caseplane.retrieval.index.fusion import ComponentScores


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk to be indexed.

    Attributes:
        text: the redacted copy that is searched and shown.
        start: first character in the stored document text.
        end: one past its last character.
        heading: path of headings above it; searched together with the text.
        tokens: length in the embedding model's tokens.
        pages: where in the text each of its pages begins, and the page's number; empty without pages.
    """

    id: UUID
    index: int
    text: str
    start: int
    end: int
    heading: str = ""
    tokens: int = 0
    pages: tuple[tuple[int, int], ...] = ()


class Sentence(NamedTuple):
    """Where a sentence stands in its chunk, and its cosine to the question."""

    start: int
    end: int
    similarity: float


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One chunk that the caller may see, with its fused score, what made it up, and its sentences."""

    chunk_id: UUID
    document_id: UUID
    knowledge_base_id: UUID
    source: str
    title: str
    uri: str
    heading: str
    text: str
    start: int
    end: int
    score: float
    scores: ComponentScores
    sentences: tuple[Sentence, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()

    @property
    def component_scores(self) -> dict[str, float]:
        return self.scores.as_dict()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and what the index knows of the question's terms.

    Attributes:
        idf: weight of each word of the question in the bases that were searched; a word that no chunk has
            weighs the most.
    """

    hits: list[SearchHit]
    idf: dict[str, float] = field(default_factory=dict)
