"""Puts a document's chunks into the index, or takes them out, in the caller's transaction.

Whatever is slow (the model, the analysis) happens in `prepare`, before the transaction. Inside it a document
is replaced whole: readers see the old chunks or the new ones. The terms are counted by the table itself;
that is the last step, since writers of one knowledge base queue there.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.embeddings import Embedder, Vectors
from caseplane.core.errors import NotFoundError
from caseplane.retrieval.index.bm25 import TERM_SPACE, term_counts, term_weights
from caseplane.retrieval.index.models import ChunkDraft
from caseplane.retrieval.index.pgvector import PgVectorIndex, array_literal, upsert_sentences
from caseplane.retrieval.index.port import Vector, VectorEntry, VectorIndex
from caseplane.retrieval.index.sentences import pack
from caseplane.text.sentences import split_sentences

# Shared with other writers, but held against a change of the access list that is copied to the chunks.
DOCUMENT = text("""
    SELECT knowledge_base_id, acl FROM knowledge.documents
    WHERE tenant_id = :tenant_id AND id = :document_id FOR SHARE
""")
DELETE_CHUNKS = text(
    "DELETE FROM knowledge.chunks WHERE tenant_id = :tenant_id AND document_id = :document_id"
)
INSERT_CHUNKS = text("""
    INSERT INTO knowledge.chunks (tenant_id, id, knowledge_base_id, document_id, chunk_index, text, heading,
        start_offset, end_offset, tokens, metadata)
    SELECT :tenant_id, r.id, :base_id, :document_id, r.chunk_index, r.text, r.heading, r.start_offset,
        r.end_offset, r.tokens, r.metadata
    FROM unnest(CAST(:ids AS uuid[]), CAST(:indices AS integer[]), CAST(:texts AS text[]),
        CAST(:headings AS text[]), CAST(:starts AS integer[]), CAST(:ends AS integer[]),
        CAST(:tokens AS integer[]), CAST(:metadata AS jsonb[]))
        AS r (id, chunk_index, text, heading, start_offset, end_offset, tokens, metadata)
""")
INSERT_TERMS = text("""
    INSERT INTO knowledge.chunk_terms (tenant_id, chunk_id, knowledge_base_id, document_id, acl, keys, weights)
    SELECT :tenant_id, r.id, :base_id, :document_id, CAST(:acl AS text[]), r.keys::bigint[],
        r.weights::sparsevec
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:weights AS text[]))
        AS r (id, keys, weights)
""")
MISSING = text("""
    SELECT c.document_id, c.id, c.chunk_index, c.text, c.start_offset, c.end_offset, c.heading, c.tokens
    FROM knowledge.chunks c JOIN knowledge.embedding_profiles p
        ON p.tenant_id = c.tenant_id AND p.knowledge_base_id = c.knowledge_base_id
    WHERE c.tenant_id = :tenant_id AND p.id = :profile_id AND NOT EXISTS (
        SELECT FROM knowledge.chunk_embeddings e WHERE e.tenant_id = c.tenant_id
            AND e.profile_id = :profile_id AND e.chunk_id = c.id)
        AND (c.document_id, c.chunk_index) > (CAST(:document_id AS uuid), CAST(:chunk_index AS integer))
    ORDER BY c.document_id, c.chunk_index LIMIT :limit
""")

PRESENT = text("SELECT id FROM knowledge.chunks WHERE tenant_id = :tenant_id AND document_id = :document_id")


@dataclass(frozen=True, slots=True)
class PreparedChunk:
    """A chunk with everything the index stores of it."""

    draft: ChunkDraft
    weights: dict[int, float]
    vector: Vector
    sentences: bytes


class IndexWriter:
    """Writes to the chunks' tables and to the vector store.

    Args:
        embedder: of the profile that is written.
        vectors: where chunk vectors go.
    """

    def __init__(self, embedder: Embedder, vectors: VectorIndex) -> None:
        self._embedder, self._vectors = embedder, vectors

    async def prepare(self, chunks: Sequence[ChunkDraft]) -> list[PreparedChunk]:
        """Embed and analyse chunks and their sentences; needs no database.

        Raises:
            EmbeddingError: the model cannot be used.
        """
        sentences = [split_sentences(chunk.text) for chunk in chunks]
        whole = [searched_text(chunk.heading, chunk.text) for chunk in chunks]
        vectors = await self._embedder.embed([*whole, *(s for group in sentences for s in group)])
        sizes = [len(group) for group in sentences]
        return await asyncio.to_thread(_assemble, chunks, whole, vectors, sizes)

    async def replace_document(
        self,
        tx: AsyncSession,
        tenant_id: UUID,
        document_id: UUID,
        profile_id: UUID,
        chunks: Sequence[PreparedChunk],
    ) -> None:
        """Make these the document's chunks; it must be stored already.

        Raises:
            NotFoundError: the tenant has no such document.
        """
        own = {"tenant_id": tenant_id, "document_id": document_id}
        document = (await tx.execute(DOCUMENT, own)).one_or_none()
        if document is None:
            raise NotFoundError(f"There is no document {document_id}.")
        await self.delete_document(tx, tenant_id, document_id)
        if not chunks:
            return
        base_id, acl = document.knowledge_base_id, tuple(document.acl)
        ids = [chunk.draft.id for chunk in chunks]
        await tx.execute(INSERT_CHUNKS, own | {"base_id": base_id, "ids": ids} | _columns(chunks))
        entries = [
            VectorEntry(chunk.draft.id, document_id, base_id, profile_id, acl, chunk.vector, chunk.sentences)
            for chunk in chunks
        ]
        await self._store(tx, tenant_id, entries)
        keys = [array_literal([str(term_key(base_id, term)) for term in chunk.weights]) for chunk in chunks]
        weights = [sparse_literal(chunk.weights) for chunk in chunks]
        terms = {"base_id": base_id, "acl": list(acl), "ids": ids, "keys": keys, "weights": weights}
        await tx.execute(INSERT_TERMS, own | terms)

    async def delete_document(self, tx: AsyncSession, tenant_id: UUID, document_id: UUID) -> None:
        """Take a document out of the index; its row stays."""
        await self._vectors.delete_document(tx, tenant_id, document_id)
        await tx.execute(DELETE_CHUNKS, {"tenant_id": tenant_id, "document_id": document_id})

    async def missing(
        self,
        tx: AsyncSession,
        tenant_id: UUID,
        profile_id: UUID,
        limit: int,
        *,
        after: tuple[UUID, int] = (UUID(int=0), -1),
    ) -> list[tuple[UUID, ChunkDraft]]:
        """Chunks, with their documents, that have no vector under a profile that is being built.

        In the order of documents and chunks; `after` is the last one of before.
        """
        named = {"tenant_id": tenant_id, "profile_id": profile_id, "limit": limit}
        named |= {"document_id": after[0], "chunk_index": after[1]}
        rows = await tx.execute(MISSING, named)
        return [(document_id, ChunkDraft(*draft)) for document_id, *draft in rows]

    async def add_vectors(
        self,
        tx: AsyncSession,
        tenant_id: UUID,
        document_id: UUID,
        profile_id: UUID,
        chunks: Sequence[PreparedChunk],
    ) -> None:
        """Add vectors under a further profile; those that are searched now stay.

        Chunks that were replaced or deleted since they were listed are left out.
        """
        own = {"tenant_id": tenant_id, "document_id": document_id}
        document = (await tx.execute(DOCUMENT, own)).one_or_none()
        if document is None:  # deleted since it was listed
            return
        base_id, acl = document.knowledge_base_id, tuple(document.acl)
        present = set((await tx.execute(PRESENT, own)).scalars())
        await self._store(
            tx,
            tenant_id,
            [
                VectorEntry(c.draft.id, document_id, base_id, profile_id, acl, c.vector, c.sentences)
                for c in chunks
                if c.draft.id in present
            ],
        )

    async def _store(self, tx: AsyncSession, tenant_id: UUID, entries: Sequence[VectorEntry]) -> None:
        await self._vectors.upsert(tx, tenant_id, entries)
        if not isinstance(self._vectors, PgVectorIndex):
            await upsert_sentences(tx, tenant_id, entries)


def searched_text(heading: str, body: str) -> str:
    """What is embedded and analysed of a chunk: where it stands, then what it says."""
    return f"{heading}\n{body}" if heading else body


def term_key(base_id: UUID, term: int) -> int:
    """A term within a knowledge base, as the signed 64-bit integer that Postgres computes too."""
    key = (base_id.int & 0xFFFFFFFF) << 32 | term
    return key - (1 << 64) if key >= 1 << 63 else key


def sparse_literal(weights: dict[int, float]) -> str:
    """The text form of a `sparsevec`."""
    items = ",".join(f"{term}:{weight:.5g}" for term, weight in sorted(weights.items()))
    return f"{{{items}}}/{TERM_SPACE}"


def _assemble(
    chunks: Sequence[ChunkDraft], texts: Sequence[str], vectors: Vectors, sizes: Sequence[int]
) -> list[PreparedChunk]:
    prepared, start = [], len(chunks)
    for place, (chunk, whole, size) in enumerate(zip(chunks, texts, sizes, strict=True)):
        weights = term_weights(term_counts(whole))
        sentences = pack(vectors[start : start + size])
        prepared.append(PreparedChunk(chunk, weights, vectors[place], sentences))
        start += size
    return prepared


def _columns(chunks: Sequence[PreparedChunk]) -> dict[str, list[Any]]:
    drafts = [chunk.draft for chunk in chunks]
    return {
        "indices": [draft.index for draft in drafts],
        "texts": [draft.text for draft in drafts],
        "headings": [draft.heading for draft in drafts],
        "starts": [draft.start for draft in drafts],
        "ends": [draft.end for draft in drafts],
        "tokens": [draft.tokens for draft in drafts],
        "metadata": [json.dumps(_metadata(draft)) for draft in drafts],
    }


def _metadata(draft: ChunkDraft) -> dict[str, Any]:
    beside = {"pages": draft.pages, "marks": draft.marks}
    return {name: value for name, value in beside.items() if value}
