"""What goes into the index and what a search gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from uuid import UUID

from caseplane.retrieval.index.fusion import ComponentScores

Marked: TypeAlias = tuple[int, int, str, str]
"""What lies on a chunk: first character, one past the last, kind and value of a mark."""


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk to be indexed.

    Attributes:
        text: the redacted copy that is searched and shown.
        start: first character in the stored document text.
        end: one past its last character.
        heading: path of headings above it; searched together with the text.
        tokens: length in the embedding model's tokens.
        marks: what lies on the text, with offsets into it: first and one past the last character, kind, value.
        pages: where in the text each of its pages begins, and the page's number; empty without pages.
    """

    id: UUID
    index: int
    text: str
    start: int
    end: int
    heading: str = ""
    tokens: int = 0
    marks: Sequence[Marked] = ()
    pages: tuple[tuple[int, int], ...] = ()


class Sentence(NamedTuple):
    """Where a sentence stands in its chunk, and its cosine to the question."""

    start: int
    end: int
    similarity: float


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One chunk that the caller may see, with its fused score, what made it up, its sentences and marks.

    Attributes:
        path: of its document within its source.
        version: of what its document describes, as the document itself says; may be empty.
    """

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
    marks: Sequence[Marked] = ()
    path: str = ""
    version: str = ""
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
