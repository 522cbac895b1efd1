"""The index over chunks: written per document, searched by terms, vectors and sentences together."""

from caseplane.retrieval.index.bases import IndexedBases
from caseplane.retrieval.index.fusion import ComponentScores, FusionWeights, fuse
from caseplane.retrieval.index.models import ChunkDraft, SearchHit, SearchResult
from caseplane.retrieval.index.pgvector import PgVectorIndex
from caseplane.retrieval.index.port import VectorEntry, VectorHit, VectorIndex, VectorScope
from caseplane.retrieval.index.search import HybridSearch, SearchTuning
from caseplane.retrieval.index.writer import IndexWriter, PreparedChunk

__all__ = [
    "ChunkDraft",
    "ComponentScores",
    "FusionWeights",
    "HybridSearch",
    "IndexWriter",
    "IndexedBases",
    "PgVectorIndex",
    "PreparedChunk",
    "SearchHit",
    "SearchResult",
    "SearchTuning",
    "VectorEntry",
    "VectorHit",
    "VectorIndex",
    "VectorScope",
    "fuse",
]
