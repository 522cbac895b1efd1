"""Input and output of the answerers.

`Citation` is the wire format of citations (architecture §7). Events store these models unchanged, so
every field is plain data.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from caseplane.text.markdown import escaped_uri


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(NamedTuple):
    """A sentence as the index holds it: its span within the chunk, and its cosine to the question."""

    start: int
    end: int
    similarity: float


class Mark(NamedTuple):
    """What lies on `text[start:end]` of a chunk: a link with its address, stress, or the place of a section."""

    start: int
    end: int
    kind: str
    value: str = ""


class Evidence(_Frozen):
    """One retrieved chunk the caller is entitled to see.

    Attributes:
        text: the chunk, exactly as in the stored document text.
        heading: path of headings above the chunk, outermost first, joined by " > "; may be empty.
        start: offset of the chunk in the stored document text, in code points.
        end: one past its last character; always `start + len(text)`.
        score: fused retrieval score, higher is better, comparable within one search only.
        component_scores: scores of the single rankers by name (`bm25`, `vector`, ...).
        sentences: of the chunk, in order; empty if the index holds no vectors of them.
        pages: where in the text each page begins, and its number; empty for formats without pages.
        marks: what lies on the text beside its words.
        path: of the document within its source.
        version: of what the document describes, as the document itself says; may be empty.
    """

    chunk_id: UUID
    document_id: UUID
    title: str
    uri: str
    heading: str = ""
    text: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    score: float
    component_scores: dict[str, float] = {}
    sentences: tuple[Sentence, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    marks: tuple[Mark, ...] = ()
    path: str = ""
    version: str = ""

    def page_at(self, offset: int) -> int | None:
        """The page on which a character of the text stands."""
        return next((page for start, page in reversed(self.pages) if start <= offset), None)

    def address_at(self, offset: int) -> str:
        """Where a character of the text is read: the document's address with the fragment of its section or page."""
        fragment = next(
            (m.value for m in reversed(self.marks) if m.kind == "anchor" and m.start <= offset), ""
        )
        page = self.page_at(offset)
        if not fragment and page is not None and page > 0:
            fragment = f"page={page}"
        if not fragment or "#" in self.uri:
            return escaped_uri(self.uri)
        return f"{escaped_uri(self.uri)}#{escaped_uri(fragment)}"

    @model_validator(mode="after")
    def _span_fits_text(self) -> Self:
        # Citations are computed from this span; if it is wrong, so is every quote of the chunk.
        if self.end - self.start != len(self.text):
            raise ValueError(
                f"chunk {self.chunk_id}: span {self.start}..{self.end} holds "
                f"{self.end - self.start} characters, its text {len(self.text)}"
            )
        return self


class Citation(_Frozen):
    """Where a statement stands: `document_text[start:end] == quote`, to the character."""

    document_id: UUID
    chunk_id: UUID
    title: str
    uri: str
    quote: Annotated[str, Field(min_length=1)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    score: float
    page: int | None = None
    """On which the quote begins, from 1; None for formats without pages."""

    @classmethod
    def of(cls, evidence: Evidence, start: int, end: int, *, score: float) -> Self:
        """Cite `evidence.text[start:end]`; the offsets count from the start of the chunk."""
        return cls(
            document_id=evidence.document_id,
            chunk_id=evidence.chunk_id,
            title=evidence.title,
            uri=evidence.address_at(start),
            quote=evidence.text[start:end],
            start=evidence.start + start,
            end=evidence.start + end,
            score=score,
            page=evidence.page_at(start),
        )


class AnswerSentence(_Frozen):
    """One statement of an answer with its citations."""

    text: Annotated[str, Field(min_length=1)]
    citations: tuple[Citation, ...]


class ProblemKind(StrEnum):
    """Why a draft cannot be trusted; each is also a reason code of the gate."""

    no_evidence = "no_evidence"
    insufficient_coverage = "insufficient_coverage"
    missing_citations = "missing_citations"
    llm_error = "llm_error"


class AnswerProblem(_Frozen):
    """One thing wrong with a draft, in words for the event log."""

    kind: ProblemKind
    detail: str


class Estimate(_Frozen):
    """The probability that evidence answers a question, whoever writes the answer.

    Attributes:
        confidence: probability in [0, 1].
        signals: the named values it was computed from.
        relevance: cosine of question and chunk, one per piece of evidence.
    """

    confidence: Annotated[float, Field(ge=0, le=1)]
    signals: dict[str, float] = {}
    relevance: tuple[float, ...] = ()


MOST_SHOWN = 3
"""Variants that are quoted side by side; among more, the customer is asked."""


class VariantSection(_Frozen):
    """What holds for one version, platform or plan, and the section in which it stands."""

    label: str
    document_id: UUID
    heading: str


class DraftAnswer(_Frozen):
    """What an answerer would say; not yet judged by the gate.

    Attributes:
        content: the text for the customer; empty when there is nothing to say.
        sentences: its statements in order, each with citations.
        lead: the statement that answers best, which the others accompany; empty if there is none.
        confidence: probability in [0, 1] that the answer is right; None if the answerer has none.
        signals: the named values the confidence was computed from, for the event log.
        relevance: cosine of question and chunk, one per piece of evidence the answerer was given.
        sources: the passages that the statements are quoted from, each once.
        variants: the versions, platforms or plans that it tells apart, if any; those past `MOST_SHOWN` are not quoted.
        problems: what was found wrong; an answer with problems never passes the gate.
        origin: which answerer and which version of its prompt or model made it.
    """

    content: str
    sentences: tuple[AnswerSentence, ...]
    lead: str = ""
    confidence: Annotated[float, Field(ge=0, le=1)] | None
    signals: dict[str, float] = {}
    relevance: tuple[float, ...] = ()
    sources: tuple[Citation, ...] = ()
    variants: tuple[VariantSection, ...] = ()
    problems: tuple[AnswerProblem, ...] = ()
    origin: str

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """What bears out each statement, in order of first use."""
        return tuple(dict.fromkeys(c for s in self.sentences for c in s.citations))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Where the answer stands, each source once if the answerer said so."""
        return self.sources or self.quotes


def sources_of(sentences: Iterable[AnswerSentence], evidence: Iterable[Evidence]) -> tuple[Citation, ...]:
    """Every source once: what is quoted of a passage becomes one stretch, from the first quote to the last."""
    quoted: dict[UUID, list[Citation]] = {}
    for sentence in sentences:
        for citation in sentence.citations:
            quoted.setdefault(citation.chunk_id, []).append(citation)
    found = []
    for chunk in evidence:
        quotes = [q for q in quoted.get(chunk.chunk_id, ()) if chunk.start <= q.start and q.end <= chunk.end]
        if not quotes:
            continue
        start, end = min(q.start for q in quotes), max(q.end for q in quotes)
        score = max(q.score for q in quotes)
        found.append(Citation.of(chunk, start - chunk.start, end - chunk.start, score=score))
    first = list(quoted)
    return tuple(sorted(dict.fromkeys(found), key=lambda citation: first.index(citation.chunk_id)))
