"""Vectors in the same database as the chunks: written in their transaction, filtered by row security."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.halfvec import vector_literal
from caseplane.retrieval.index.port import Vector, VectorEntry, VectorHit, VectorScope

# One statement for many rows: unnest pairs the arrays' elements. A lone access list cannot be an element
# (arrays of arrays must be rectangular), so lists travel as text.
UPSERT = text("""
    INSERT INTO knowledge.chunk_embeddings (tenant_id, profile_id, chunk_id, knowledge_base_id, document_id,
        acl, dimension, embedding, sentences)
    SELECT :tenant_id, r.profile_id, r.chunk_id, r.knowledge_base_id, r.document_id, r.acl::text[],
        :dimension, r.embedding::halfvec, r.sentences
    FROM unnest(CAST(:profile_ids AS uuid[]), CAST(:chunk_ids AS uuid[]), CAST(:base_ids AS uuid[]),
        CAST(:document_ids AS uuid[]), CAST(:acls AS text[]), CAST(:embeddings AS text[]),
        CAST(:sentences AS bytea[]))
        AS r (profile_id, chunk_id, knowledge_base_id, document_id, acl, embedding, sentences)
    ON CONFLICT (tenant_id, profile_id, chunk_id) DO UPDATE SET
        acl = excluded.acl, dimension = excluded.dimension, embedding = excluded.embedding,
        sentences = excluded.sentences
""")
DELETE_DOCUMENT = text(
    "DELETE FROM knowledge.chunk_embeddings WHERE tenant_id = :tenant_id AND document_id = :document_id"
)
DELETE_PROFILE = text(
    "DELETE FROM knowledge.chunk_embeddings WHERE tenant_id = :tenant_id AND profile_id = :profile_id"
)
# Served by the HNSW index of the vector's dimension (cosine), or exactly where the bases are small; tenant
# and base are filtered during the scan, which goes on until `limit` rows have passed.
SEARCH = text("""
    SELECT chunk_id, cosine FROM knowledge.nearest_hits(
        CAST(:base_ids AS uuid[]), CAST(:entitlements AS text[]), CAST(:profile_ids AS uuid[]),
        CAST(:query AS halfvec), CAST(:limit AS integer))
    ORDER BY cosine DESC
""")
SIMILARITIES = text("""
    SELECT chunk_id, 1 - (embedding <=> CAST(:query AS halfvec)) AS cosine FROM knowledge.chunk_embeddings
    WHERE tenant_id = :tenant_id AND profile_id = ANY (CAST(:profile_ids AS uuid[]))
        AND chunk_id = ANY (CAST(:chunk_ids AS uuid[]))
        AND knowledge_base_id = ANY (CAST(:base_ids AS uuid[]))
        AND (CAST(:entitlements AS text[]) IS NULL OR acl = '{}' OR acl && CAST(:entitlements AS text[]))
""")


class PgVectorIndex:
    """`VectorIndex` on pgvector, the default; half precision, one HNSW index per common dimension."""

    async def upsert(self, tx: AsyncSession, tenant_id: UUID, entries: Sequence[VectorEntry]) -> None:
        await _upsert(tx, tenant_id, entries, [vector_literal(entry.vector) for entry in entries])

    async def delete_document(self, tx: AsyncSession, tenant_id: UUID, document_id: UUID) -> None:
        await tx.execute(DELETE_DOCUMENT, {"tenant_id": tenant_id, "document_id": document_id})

    async def delete_profile(self, tx: AsyncSession, tenant_id: UUID, profile_id: UUID) -> None:
        await tx.execute(DELETE_PROFILE, {"tenant_id": tenant_id, "profile_id": profile_id})

    async def search(
        self, tx: AsyncSession, scope: VectorScope, query: Vector, limit: int
    ) -> list[VectorHit]:
        rows = await tx.execute(SEARCH, _parameters(scope) | {"query": vector_literal(query), "limit": limit})
        return [VectorHit(row.chunk_id, row.cosine) for row in rows]

    async def similarities(
        self, tx: AsyncSession, scope: VectorScope, query: Vector, chunk_ids: Sequence[UUID]
    ) -> dict[UUID, float]:
        named = {"query": vector_literal(query), "chunk_ids": list(chunk_ids)}
        rows = await tx.execute(SIMILARITIES, _parameters(scope) | named | {"tenant_id": scope.tenant_id})
        return {row.chunk_id: row.cosine for row in rows}


async def upsert_sentences(tx: AsyncSession, tenant_id: UUID, entries: Sequence[VectorEntry]) -> None:
    """Keep the sentences of chunks whose vectors a store outside holds."""
    await _upsert(tx, tenant_id, entries, [None] * len(entries))


def array_literal(items: Sequence[str]) -> str:
    """The text form of a `text[]`."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def _parameters(scope: VectorScope) -> dict[str, object]:
    return {
        "base_ids": list(scope.knowledge_base_ids),
        "profile_ids": list(scope.profile_ids),
        "entitlements": None if scope.entitlements is None else list(scope.entitlements),
    }


async def _upsert(
    tx: AsyncSession, tenant_id: UUID, entries: Sequence[VectorEntry], embeddings: Sequence[str | None]
) -> None:
    if not entries:
        return
    await tx.execute(
        UPSERT,
        {
            "tenant_id": tenant_id,
            "dimension": len(entries[0].vector),
            "profile_ids": [entry.profile_id for entry in entries],
            "chunk_ids": [entry.chunk_id for entry in entries],
            "base_ids": [entry.knowledge_base_id for entry in entries],
            "document_ids": [entry.document_id for entry in entries],
            "acls": [array_literal(entry.acl) for entry in entries],
            "embeddings": list(embeddings),
            "sentences": [entry.sentences for entry in entries],
        },
    )
