"""Hybrid search: terms, vectors and best sentences in one statement, over what the caller may see.

The statement finds candidates twice (rarest terms of the question through their GIN index, nearest vectors
through HNSW), gives each candidate both scores, and brings texts and packed sentences of the best. The last
fusion and the sentence score are arithmetic on those few rows, here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.database import driver_connection
from caseplane.core.embeddings import Embedder
from caseplane.core.halfvec import vector_literal
from caseplane.retrieval.index.bm25 import MOST_WEIGHT, term_number
from caseplane.retrieval.index.fusion import ComponentScores, FusionWeights, fuse, normalised_bm25
from caseplane.retrieval.index.models import SearchHit, SearchResult, Sentence
from caseplane.retrieval.index.port import Vector, VectorHit, VectorIndex, VectorScope
from caseplane.retrieval.index.sentences import similarities
from caseplane.text.sentences import sentence_spans
from caseplane.text.terms import terms

MAX_TERMS = 64
"""Of one question; a pasted log has thousands, and the first ones name the matter."""

BASES = """
    bases AS MATERIALIZED (
        SELECT coalesce(array_agg(id), '{}') AS ids FROM knowledge.knowledge_bases
        WHERE tenant_id = %(tenant_id)s AND id = ANY (%(base_ids)s::uuid[])
            AND (%(entitlements)s::text[] IS NULL OR acl = '{}' OR acl && %(entitlements)s::text[])
    ), profiles AS MATERIALIZED (
        SELECT coalesce(array_agg(p.id), '{}') AS ids FROM knowledge.embedding_profiles p, bases
        WHERE p.tenant_id = %(tenant_id)s AND p.knowledge_base_id = ANY (bases.ids)
            -- A base may have been switched since the question was embedded for the profile of before.
            AND p.status IN ('active', 'retired')
            AND p.model = %(model)s AND p.dimension = %(dimension)s AND p.quantisation = %(quantisation)s
    )"""
NEAREST = """
    SELECT n.chunk_id FROM bases, profiles, LATERAL knowledge.nearest_hits(
        bases.ids, %(entitlements)s::text[], profiles.ids, %(vector)s::halfvec, %(candidates)s) AS n"""
# A vector store outside has filtered already, but its copy may be older than ours: filter again.
PROPOSED = """
    SELECT t.chunk_id FROM bases, knowledge.chunk_terms t WHERE t.tenant_id = %(tenant_id)s
        AND t.chunk_id = ANY (%(proposed)s::uuid[]) AND t.knowledge_base_id = ANY (bases.ids)
        AND (%(entitlements)s::text[] IS NULL OR t.acl = '{}' OR t.acl && %(entitlements)s::text[])"""
# Row-level security holds for every table here; GIN is reached through `lexical_hits`, HNSW through
# `nearest_hits` (migration 0003 says why), both with tenant, base and access list as filters.
SEARCH = """
    WITH {bases}, question AS MATERIALIZED (
        SELECT w.* FROM bases, LATERAL knowledge.query_weights(
            bases.ids, %(terms)s::bigint[], %(budget)s) AS w
    ), pool AS (
        SELECT l.chunk_id FROM bases, question q, LATERAL knowledge.lexical_hits(
            bases.ids, %(entitlements)s::text[], q.weights, q.candidates, %(candidates)s) AS l
        UNION {nearest}
    ), scored AS (
        SELECT pool.chunk_id, -(t.weights <#> q.weights) AS dot, q.idfs, e.sentences,
            {cosine} AS cosine
        FROM pool CROSS JOIN question q CROSS JOIN profiles
        JOIN knowledge.chunk_terms t ON t.tenant_id = %(tenant_id)s AND t.chunk_id = pool.chunk_id
        LEFT JOIN knowledge.chunk_embeddings e ON e.tenant_id = %(tenant_id)s
            AND e.profile_id = ANY (profiles.ids) AND e.chunk_id = pool.chunk_id
    ), best AS (
        SELECT * FROM scored ORDER BY %(bm25_share)s * dot / greatest((SELECT sum(i) FROM unnest(idfs) AS i), 1e-9)
            + coalesce(cosine, 0) DESC LIMIT %(depth)s
    )
    SELECT c.id, c.document_id, c.knowledge_base_id, d.source, d.title, d.uri, d.path,
        d.metadata ->> 'version' AS version, c.heading, c.text, c.start_offset, c.end_offset,
        c.metadata -> 'pages' AS pages, c.metadata -> 'marks' AS marks, b.dot, b.idfs, b.cosine, b.sentences
    FROM best b
    JOIN knowledge.chunks c ON c.tenant_id = %(tenant_id)s AND c.id = b.chunk_id
    JOIN knowledge.documents d ON d.tenant_id = %(tenant_id)s AND d.id = c.document_id"""
HYBRID = SEARCH.format(bases=BASES, nearest=NEAREST, cosine="1 - (e.embedding <=> %(vector)s::halfvec)")
HYBRID_OUTSIDE = SEARCH.format(bases=BASES, nearest=PROPOSED, cosine="NULL::float8")
SCOPE = f"WITH {BASES} SELECT b.ids AS base_ids, p.ids AS profile_ids FROM bases b, profiles p"  # noqa: S608 - constant


@dataclass(frozen=True, slots=True)
class SearchTuning:
    """How much is looked at before ranking; the defaults are the measured ones.

    Attributes:
        candidates: chunks that each of the two searches proposes.
        depth: chunks whose texts and sentences are read.
        budget: postings read for the rarest terms; commoner terms only add to a candidate's score.
        weights: of the fusion.
    """

    candidates: int = 60
    depth: int = 40
    budget: int = 6000
    weights: FusionWeights = field(default_factory=FusionWeights)


class HybridSearch:
    """Searches knowledge bases of one tenant.

    Args:
        embedder: of the profile that the bases are searched under; a base whose active profile is another
            is searched by its terms only.
        vectors: a store outside Postgres; None searches pgvector within the same statement.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        vectors: VectorIndex | None = None,
        tuning: SearchTuning | None = None,
    ) -> None:
        self._embedder, self._vectors = embedder, vectors
        self._tuning = tuning or SearchTuning()

    async def search(
        self,
        tx: AsyncSession,
        tenant_id: UUID,
        question: str,
        *,
        knowledge_base_ids: Sequence[UUID],
        entitlements: Sequence[str] | None,
        limit: int = 10,
        query_vector: Vector | None = None,
    ) -> SearchResult:
        """The best chunks for a question.

        Args:
            tx: a transaction of the tenant; for the least time in it, embed the question beforehand.
            tenant_id: the same tenant.
            question: any text; its first `MAX_TERMS` words are searched as terms.
            knowledge_base_ids: those to search; unknown and foreign ones hold nothing.
            entitlements: of the caller; None sees every document of the bases.
            limit: hits returned at most; past `tuning.depth` there are none.
            query_vector: the question's embedding, if it is at hand.

        Raises:
            EmbeddingError: the model cannot be used.
        """
        vector = await self._embedder.embed_query(question) if query_vector is None else query_vector
        terms = _terms(question)
        parameters = self._parameters(tenant_id, knowledge_base_ids, entitlements, limit)
        parameters |= {"vector": vector_literal(vector), "terms": sorted(terms)}
        connection = await driver_connection(tx)
        if self._vectors is None:
            rows, cosines = await _fetch(connection, HYBRID, parameters), None
        else:
            rows, cosines = await self._outside(tx, connection, parameters, vector)
        cosines_of = similarities([row["sentences"] or b"" for row in rows], vector)
        near = {row["id"]: found for row, found in zip(rows, cosines_of, strict=True)}
        hits = sorted((self._hit(row, near[row["id"]], cosines) for row in rows), key=_order)
        hits = [replace(hit, sentences=_sentences(hit.text, near[hit.chunk_id])) for hit in hits[:limit]]
        idfs = dict(zip(sorted(terms), rows[0]["idfs"], strict=True)) if rows and terms else {}
        return SearchResult(hits, {terms[term]: idf for term, idf in idfs.items()})

    async def _outside(
        self,
        tx: AsyncSession,
        connection: psycopg.AsyncConnection[Any],
        parameters: dict[str, Any],
        vector: Vector,
    ) -> tuple[list[dict[str, Any]], Mapping[UUID, float]]:
        """Ask the store first, Postgres then; the store scores what only the terms found."""
        assert self._vectors is not None
        visible = (await _fetch(connection, SCOPE, parameters))[0]
        entitlements = parameters["entitlements"]
        scope = VectorScope(
            parameters["tenant_id"],
            tuple(visible["base_ids"]),
            tuple(visible["profile_ids"]),
            None if entitlements is None else tuple(entitlements),
        )
        near: list[VectorHit] = []
        if scope.profile_ids:
            near = await self._vectors.search(tx, scope, vector, self._tuning.candidates)
        cosines = {hit.chunk_id: hit.cosine for hit in near}
        parameters["proposed"] = list(cosines)
        # All candidates: the statement cannot rank them without their cosines.
        parameters["depth"] = 2 * self._tuning.candidates
        rows = await _fetch(connection, HYBRID_OUTSIDE, parameters)
        unknown = [row["id"] for row in rows if row["id"] not in cosines]
        if unknown and scope.profile_ids:
            cosines |= await self._vectors.similarities(tx, scope, vector, unknown)
        return rows, cosines

    def _parameters(
        self, tenant_id: UUID, base_ids: Sequence[UUID], entitlements: Sequence[str] | None, limit: int
    ) -> dict[str, Any]:
        tuning, profile = self._tuning, self._embedder.profile
        weights = tuning.weights
        return {
            "tenant_id": tenant_id,
            "base_ids": list(base_ids),
            "entitlements": None if entitlements is None else list(entitlements),
            "model": profile.model,
            "dimension": profile.dimension,
            "quantisation": profile.quantisation,
            "candidates": max(tuning.candidates, limit),
            "depth": max(tuning.depth, limit),
            "budget": tuning.budget,
            # The preliminary order has no sentences yet: the vector stands in for them.
            "bm25_share": weights.bm25 / max(weights.vector + weights.sentence, 1e-9) / MOST_WEIGHT,
        }

    def _hit(self, row: Mapping[str, Any], near: Vector, cosines: Mapping[UUID, float] | None) -> SearchHit:
        scores = ComponentScores(
            bm25=normalised_bm25(row["dot"], sum(row["idfs"] or ())),
            vector=row["cosine"] if cosines is None else cosines.get(row["id"]),
            sentence=float(near.max()) if len(near) else None,
        )
        return SearchHit(
            chunk_id=row["id"],
            document_id=row["document_id"],
            knowledge_base_id=row["knowledge_base_id"],
            source=row["source"],
            title=row["title"],
            uri=row["uri"],
            heading=row["heading"],
            text=row["text"],
            start=row["start_offset"],
            end=row["end_offset"],
            score=fuse(scores, self._tuning.weights),
            scores=scores,
            marks=[tuple(mark) for mark in row["marks"] or ()],
            path=row["path"],
            version=row["version"] or "",
            pages=tuple((at, page) for at, page in row["pages"] or ()),
        )


def _terms(question: str) -> dict[int, str]:
    return {term_number(word): word for word in list(dict.fromkeys(terms(question)))[:MAX_TERMS]}


def _sentences(text: str, near: Vector) -> tuple[Sentence, ...]:
    """Where the sentences of a chunk stand and how near each is; none if they were cut by other rules."""
    spans = sentence_spans(text) if len(near) else []
    if len(spans) != len(near):
        return ()
    return tuple(Sentence(*span, float(cosine)) for span, cosine in zip(spans, near, strict=True))


def _order(hit: SearchHit) -> tuple[float, UUID]:
    return -hit.score, hit.chunk_id  # the id makes ties come out the same every time


async def _fetch(
    connection: psycopg.AsyncConnection[Any], statement: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    # Binary: packed sentences would be twice as long in hexadecimal.
    async with connection.cursor(binary=True, row_factory=dict_row) as cursor:
        await cursor.execute(statement, parameters)
        return await cursor.fetchall()
