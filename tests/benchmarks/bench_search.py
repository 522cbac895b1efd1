# ruff: noqa: T201 - a benchmark prints what it measured
"""Hybrid search at 100,000 chunks against the usual shape: two queries, two connections, ranks fused outside.

Both sides search the same synthetic collection (words by Zipf's law, vectors in clusters) in the same server
with its default settings. The usual shape is what retrieval frameworks do on Postgres: `ts_rank_cd` over an OR
query, a vector query, reciprocal rank fusion in Python. A second tenant owns one chunk in a hundred.

    python -m tests.benchmarks.bench_search --dimension 384
    python -m tests.benchmarks.bench_search --dimension 1536
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from sqlalchemy.engine import make_url

from caseplane.core.database import Database
from caseplane.core.embeddings import EmbeddingProfile
from caseplane.core.halfvec import vector_literal
from caseplane.core.ids import new_id
from caseplane.local.postgres import EmbeddedPostgres
from caseplane.migrations import migrate
from caseplane.retrieval.index import HybridSearch
from caseplane.retrieval.index.bm25 import term_counts, term_weights
from caseplane.retrieval.index.pgvector import array_literal
from caseplane.retrieval.index.sentences import pack
from caseplane.retrieval.index.writer import sparse_literal, term_key

VOCABULARY, SENTENCES, QUERY_WORDS, LIMIT = 40_000, 5, 7, 10
CHUNK_COLUMNS = (
    "tenant_id, id, knowledge_base_id, document_id, chunk_index, text, start_offset, end_offset, tokens"
)
TERM_COLUMNS = "tenant_id, chunk_id, knowledge_base_id, document_id, acl, keys, weights"
EMBEDDING_COLUMNS = (
    "tenant_id, profile_id, chunk_id, knowledge_base_id, document_id, acl, dimension, embedding, sentences"
)
PEER = """
    CREATE UNLOGGED TABLE peer (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, text text NOT NULL,
        document tsvector, embedding halfvec({dimension}) NOT NULL) WITH (parallel_workers = 2);
    INSERT INTO peer SELECT c.id, c.tenant_id, c.text, to_tsvector('english', c.text), e.embedding
        FROM knowledge.chunks c JOIN knowledge.chunk_embeddings e
        ON e.tenant_id = c.tenant_id AND e.chunk_id = c.id;
    CREATE INDEX ON peer USING gin (document);
    CREATE INDEX ON peer USING hnsw (embedding halfvec_cosine_ops);
    CREATE INDEX ON peer (tenant_id);
"""
PEER_TEXT = """
    SELECT id, text FROM peer WHERE tenant_id = %s AND document @@ to_tsquery('english', %s)
    ORDER BY ts_rank_cd(document, to_tsquery('english', %s)) DESC LIMIT 50
"""
PEER_VECTOR = "SELECT id, text FROM peer WHERE tenant_id = %s ORDER BY embedding <=> %s::halfvec LIMIT 50"


class Collection:
    """Made-up texts and vectors, the same for the same seed."""

    def __init__(self, rows: int, dimension: int) -> None:
        self.rows, self.dimension = rows, dimension
        self._random = np.random.default_rng(20251)
        share = 1 / np.arange(2, VOCABULARY + 2)
        self._cumulated = np.cumsum(share) / share.sum()
        self._words = np.array([f"w{n:x}" for n in self._random.permutation(VOCABULARY)])
        self._centres = self._random.standard_normal((200, dimension)).astype(np.float32)

    def text(self, words: int, lowest: float = 0.0) -> str:
        drawn = np.searchsorted(self._cumulated, self._random.uniform(lowest, 1, words))
        return " ".join(self._words[np.minimum(drawn, VOCABULARY - 1)])

    def vectors(self, count: int) -> NDArray[np.float32]:
        near = self._centres[self._random.integers(len(self._centres), size=count)]
        drawn = near + 0.9 * self._random.standard_normal((count, self.dimension)).astype(np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)

    def question(self) -> tuple[str, NDArray[np.float32]]:
        # The thirty commonest words stand for stop words, which are removed from questions.
        return self.text(QUERY_WORDS, float(self._cumulated[29])), self.vectors(1)[0]


class FixedEmbedder:
    """The profile of the collection; questions come with their vectors."""

    def __init__(self, dimension: int) -> None:
        self.profile = EmbeddingProfile(model="synthetic", dimension=dimension)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise NotImplementedError

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        raise NotImplementedError


def fill(connection: psycopg.Connection, collection: Collection) -> dict[str, tuple[UUID, UUID]]:
    """Load the collection for a large and a small tenant; return tenant and base of each."""
    register_vector(connection)
    connection.execute("SET maintenance_work_mem = '1GB'")
    connection.execute("SET synchronous_commit = off")
    connection.execute("ALTER TABLE knowledge.chunk_terms DISABLE TRIGGER USER")
    # PostgreSQL chooses parallel workers by table size, which excludes vectors stored out of line.
    connection.execute("ALTER TABLE knowledge.chunk_embeddings SET (parallel_workers = 2)")
    index = f"ix_chunk_embeddings_hnsw_{collection.dimension}"
    definitions = [
        connection.execute("SELECT pg_get_indexdef(%s::regclass)", (f"knowledge.{name}",)).fetchone()[0]
        for name in (index, "ix_chunk_terms_keys")
    ]
    connection.execute(f"DROP INDEX knowledge.{index}, knowledge.ix_chunk_terms_keys")
    owners, said = {}, stopwatch()
    small = collection.rows // 100
    for name, rows in (("large", collection.rows - small), ("small", small)):
        tenant, base, profile, document = new_id(), new_id(), new_id(), new_id()
        owners[name] = (tenant, base)
        connection.execute(
            "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%s, %s, %s)", (tenant, name, name)
        )
        connection.execute(
            "INSERT INTO knowledge.knowledge_bases (tenant_id, id, name) VALUES (%s, %s, 'bench')",
            (tenant, base),
        )
        connection.execute(
            "INSERT INTO knowledge.embedding_profiles (tenant_id, id, knowledge_base_id, model, dimension,"
            " quantisation, status) VALUES (%s, %s, %s, 'synthetic', %s, 'fp32', 'active')",
            (tenant, profile, base, collection.dimension),
        )
        connection.execute(
            "INSERT INTO knowledge.documents (tenant_id, id, knowledge_base_id, source, path, title, uri,"
            " content_hash, status) VALUES (%s, %s, %s, 'upload', 'bench', 'Bench', '', '', 'indexed')",
            (tenant, document, base),
        )
        _copy(connection, collection, rows, tenant, base, profile, document)
        connection.execute("INSERT INTO knowledge.index_stats VALUES (%s, %s, %s)", (tenant, base, rows))
    connection.execute(
        "INSERT INTO knowledge.term_stats SELECT tenant_id, knowledge_base_id, key, count(*)"
        " FROM knowledge.chunk_terms, unnest(keys) AS key GROUP BY 1, 2, 3"
    )
    said("rows")
    for definition in definitions:
        connection.execute(definition)
        said(definition.split()[2])
    connection.execute("ALTER TABLE knowledge.chunk_terms ENABLE TRIGGER USER")
    for statement in PEER.format(dimension=collection.dimension).split(";")[:-1]:
        connection.execute(statement)
        said(f"peer: {' '.join(statement.split()[:2])}")
    connection.execute("VACUUM ANALYZE")
    return owners


def stopwatch() -> Callable[[str], None]:
    """Print how long each step took: filling takes minutes."""
    began = time.perf_counter()

    def report(step: str) -> None:
        nonlocal began
        now = time.perf_counter()
        print(f"  {step}: {now - began:.0f} s", flush=True)
        began = now

    return report


def _copy(
    connection: psycopg.Connection,
    collection: Collection,
    rows: int,
    tenant: UUID,
    base: UUID,
    profile: UUID,
    document: UUID,
) -> None:
    for start in range(0, rows, 5000):
        count = min(5000, rows - start)
        ids = [new_id() for _ in range(count)]
        texts = [collection.text(int(n)) for n in np.random.default_rng(start).integers(40, 140, count)]
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY knowledge.chunks ({CHUNK_COLUMNS}) FROM STDIN") as copy:
                for place, (chunk, text) in enumerate(zip(ids, texts, strict=True)):
                    copy.write_row((tenant, chunk, base, document, start + place, text, 0, len(text), 90))
            with cursor.copy(f"COPY knowledge.chunk_terms ({TERM_COLUMNS}) FROM STDIN") as copy:
                for chunk, text in zip(ids, texts, strict=True):
                    weights = term_weights(term_counts(text))
                    keys = array_literal([str(term_key(base, term)) for term in weights])
                    copy.write_row((tenant, chunk, base, document, "{}", keys, sparse_literal(weights)))
            vectors = collection.vectors(count)
            with cursor.copy(
                f"COPY knowledge.chunk_embeddings ({EMBEDDING_COLUMNS}) FROM STDIN (FORMAT binary)"
            ) as copy:
                kinds = ["uuid", "uuid", "uuid", "uuid", "uuid", "text[]", "int4", "halfvec", "bytea"]
                copy.set_types(kinds)
                for chunk, vector in zip(ids, vectors, strict=True):
                    near = vector + 0.03 * np.random.default_rng(0).standard_normal(
                        (SENTENCES, collection.dimension)
                    ).astype(np.float32)
                    copy.write_row(
                        (
                            *(tenant, profile, chunk, base, document, [], collection.dimension),
                            *(HalfVector(vector), pack(near)),
                        )
                    )


async def timed(ask: Callable[[str, NDArray[np.float32]], Awaitable[object]], questions: Sequence) -> dict:
    for question, vector in questions[:20]:
        await ask(question, vector)
    taken = []
    for question, vector in questions[20:]:
        start = time.perf_counter()
        await ask(question, vector)
        taken.append((time.perf_counter() - start) * 1000)
    return {
        "p50_ms": round(float(np.percentile(taken, 50)), 2),
        "p95_ms": round(float(np.percentile(taken, 95)), 2),
    }


async def measure(
    server_url: str, app_url: str, owners: dict[str, tuple[UUID, UUID]], questions: Sequence, dimension: int
) -> dict:
    database = Database(app_url, schema="knowledge")
    search = HybridSearch(FixedEmbedder(dimension))
    texts = await psycopg.AsyncConnection.connect(server_url, autocommit=True)
    vectors = await psycopg.AsyncConnection.connect(server_url, autocommit=True)
    report: dict = {}
    for name, (tenant, base) in owners.items():

        async def ours(question: str, vector: NDArray[np.float32], tenant=tenant, base=base) -> object:
            async with database.tenant(tenant) as tx:
                return await search.search(
                    tx,
                    tenant,
                    question,
                    knowledge_base_ids=[base],
                    entitlements=[],
                    limit=LIMIT,
                    query_vector=vector,
                )

        async def usual(question: str, vector: NDArray[np.float32], tenant=tenant) -> object:
            terms = " | ".join(question.split())
            by_text = await (await texts.execute(PEER_TEXT, (tenant, terms, terms))).fetchall()
            by_vector = await (
                await vectors.execute(PEER_VECTOR, (tenant, vector_literal(vector)))
            ).fetchall()
            ranks: dict[UUID, float] = {}
            for rows in (by_text, by_vector):
                for place, (chunk, _) in enumerate(rows):
                    ranks[chunk] = ranks.get(chunk, 0.0) + 1 / (61 + place)
            return sorted(ranks, key=ranks.__getitem__, reverse=True)[:LIMIT]

        report[name] = {
            "caseplane": await timed(ours, questions),
            "two_queries": await timed(usual, questions),
        }
        report[name]["p95_ratio"] = round(
            report[name]["two_queries"]["p95_ms"] / report[name]["caseplane"]["p95_ms"], 1
        )
    await texts.close()
    await vectors.close()
    await database.close()
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=384, choices=(384, 1536))
    parser.add_argument("--queries", type=int, default=220)
    parser.add_argument("--keep", type=Path, help="folder of a database to fill once and use again")
    arguments = parser.parse_args()
    collection = Collection(arguments.rows, arguments.dimension)
    folder = arguments.keep or Path(tempfile.mkdtemp(prefix="caseplane-bench-")) / "data"
    state = folder.parent / f"{folder.name}.json"
    with EmbeddedPostgres(folder) as server:
        if state.exists():
            owners = {name: (UUID(a), UUID(b)) for name, (a, b) in json.loads(state.read_text()).items()}
        else:
            migrate(server.admin_url)
            start = time.perf_counter()
            with psycopg.connect(server.admin_url, autocommit=True) as connection:
                owners = fill(connection, collection)
            print(f"filled in {time.perf_counter() - start:.0f} s")
            state.write_text(json.dumps({n: [str(a), str(b)] for n, (a, b) in owners.items()}))
        collection = Collection(arguments.rows, arguments.dimension)
        questions = [collection.question() for _ in range(arguments.queries)]
        url = make_url(server.app_url).render_as_string(hide_password=False)
        report = asyncio.run(measure(server.admin_url, url, owners, questions, arguments.dimension))
    print(json.dumps({"rows": arguments.rows, "dimension": arguments.dimension, **report}, indent=1))


if __name__ == "__main__":
    main()
