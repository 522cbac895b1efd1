"""The collaborators that the use cases of this service share."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from cachetools import TTLCache

from caseplane.core import work
from caseplane.core.embeddings import Embedder, Embedders
from caseplane.core.objects import ObjectStore
from caseplane.retrieval.index import HybridSearch, IndexWriter, PgVectorIndex, VectorIndex
from caseplane.retrieval.index.reranking import LlmReranker
from caseplane.retrieval.parsing.sandbox import ParserPool
from caseplane.retrieval.parsing.settings import ChunkSettings, IngestionSettings
from caseplane.retrieval.schemas import SearchResponse
from caseplane.retrieval.settings import RetrievalSettings

PIPELINE_VERSION = 6
"""Raised when a parser or the chunker changes what it makes of the same bytes."""


@dataclass(frozen=True, kw_only=True)
class Retrieval(work.Context):
    """The service's collaborators."""

    service: ClassVar[str] = "retrieval"

    objects: ObjectStore
    embedders: Embedders
    parsers: ParserPool
    cache: TTLCache[Hashable, SearchResponse]
    """Evidence kept for a moment, so that a question repeated within a session costs no search."""
    settings: RetrievalSettings
    limits: IngestionSettings
    chunking: ChunkSettings
    outside: VectorIndex | None = None
    """A vector store outside Postgres; None where vectors lie in the database itself."""
    reranker: LlmReranker | None = None
    """None where there is no language model for it."""

    @property
    def vectors(self) -> VectorIndex:
        return self.outside or PgVectorIndex()

    def writer(self, embedder: Embedder) -> IndexWriter:
        """Writes vectors of one model."""
        return IndexWriter(embedder, self.vectors)

    def searcher(self, embedder: Embedder) -> HybridSearch:
        """Searches the knowledge bases whose profile is that of one model."""
        return HybridSearch(embedder, vectors=self.outside)

    @property
    def pipeline(self) -> str:
        """Everything that shapes chunks, and where vectors lie; documents of another value are outdated."""
        c = self.chunking
        sizes = f"{c.max_tokens}-{c.min_tokens}-{c.max_context_tokens}"
        masked = "masked" if self.settings.redact_pii else "plain"
        kept = "refusing" if self.settings.refuse_instructions else "trusting"
        store = "" if self.settings.vector_index == "pgvector" else f"/{self.settings.vector_index}"
        return f"{PIPELINE_VERSION}/{sizes}/{masked}/{kept}{store}"


Work: TypeAlias = work.Work[Retrieval]
