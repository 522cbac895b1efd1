"""Search by vectors where many are equal: they form an island in the HNSW graph that no scan leaves.

`CASEPLANE_ISLAND_DIMENSION=384 pytest tests/integration/retrieval/index/test_equal_vectors.py` is the form with 21,000
chunks; longer vectors reach with fewer of them the size from which the index is used.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from caseplane.core.database import Database
from caseplane.core.ids import new_id
from caseplane.retrieval.index import PgVectorIndex, VectorScope

DIMENSION = int(os.environ.get("CASEPLANE_ISLAND_DIMENSION", "3072"))
MANY = 8_100_000 // DIMENSION
EQUAL, WANTED = 600, 60
Floats = NDArray[np.float32]
CHUNKS = "tenant_id, id, knowledge_base_id, document_id, chunk_index, text, start_offset, end_offset, tokens"
VECTORS = "tenant_id, profile_id, chunk_id, knowledge_base_id, document_id, acl, dimension, embedding"


def units(random: np.random.Generator, count: int) -> Floats:
    """Vectors in fifty clusters, as texts have subjects."""
    centres = np.random.default_rng(1).standard_normal((50, DIMENSION))
    drawn = centres[random.integers(50, size=count)] + 0.9 * random.standard_normal((count, DIMENSION))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def towards(random: np.random.Generator, island: Floats) -> Floats:
    """Questions at growing distances of a vector, and some anywhere."""
    steps = np.linspace(0, 0.1, 30)[:, None]
    near = island + steps * random.standard_normal((30, DIMENSION))
    drawn = np.concatenate([near, units(random, 10)])
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@dataclass
class Shelf:
    """Chunks of one tenant in one knowledge base."""

    connection: psycopg.Connection
    tenant_id: UUID

    def __post_init__(self) -> None:
        self.base_id, self.profile_id, self.document_id = new_id(), new_id(), new_id()
        own = {"t": self.tenant_id, "b": self.base_id, "p": self.profile_id, "d": self.document_id}
        execute = self.connection.execute
        execute(
            "INSERT INTO knowledge.knowledge_bases (tenant_id, id, name) VALUES (%(t)s, %(b)s, 'base')", own
        )
        execute(
            "INSERT INTO knowledge.embedding_profiles (tenant_id, id, knowledge_base_id, model, dimension,"
            " quantisation, status) VALUES (%(t)s, %(p)s, %(b)s, 'test', %(size)s, 'fp32', 'active')",
            own | {"size": DIMENSION},
        )
        execute(
            "INSERT INTO knowledge.documents (tenant_id, id, knowledge_base_id, source, path, title, uri,"
            " content_hash) VALUES (%(t)s, %(d)s, %(b)s, 'upload', 'p', 'p', 'p', '')",
            own,
        )
        execute("INSERT INTO knowledge.index_stats VALUES (%(t)s, %(b)s, 0)", own)
        self.count = 0

    def add(self, vectors: Floats, *acl: str) -> None:
        """Store chunks with these vectors, and count them as the index does."""
        same = (self.tenant_id, self.base_id, self.document_id)
        with self.connection.cursor() as cursor:
            ids = [new_id() for _ in vectors]
            with cursor.copy(f"COPY knowledge.chunks ({CHUNKS}) FROM STDIN") as copy:
                for place, chunk_id in enumerate(ids, self.count):
                    copy.write_row((same[0], chunk_id, same[1], same[2], place, "", 0, 0, 0))
            with cursor.copy(
                f"COPY knowledge.chunk_embeddings ({VECTORS}) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.set_types(["uuid"] * 5 + ["text[]", "int4", "halfvec"])
                for chunk_id, vector in zip(ids, vectors, strict=True):
                    copy.write_row(
                        (same[0], self.profile_id, chunk_id, same[1], same[2], list(acl), DIMENSION, HalfVector(vector))
                    )  # fmt: skip
        self.count += len(vectors)
        self.connection.execute(
            "UPDATE knowledge.index_stats SET chunk_count = %s WHERE knowledge_base_id = %s",
            (self.count, self.base_id),
        )

    async def found(self, database: Database, question: Floats, *entitlements: str) -> list[float]:
        """The cosines of what a search finds."""
        scope = VectorScope(self.tenant_id, (self.base_id,), (self.profile_id,), entitlements)
        async with database.tenant(self.tenant_id) as tx:
            hits = await PgVectorIndex().search(tx, scope, question, WANTED)
        assert len({hit.chunk_id for hit in hits}) == len(hits)
        return [hit.cosine for hit in hits]


@pytest.fixture
def shelf(postgres_url: str, make_tenant: Callable[..., UUID]) -> Callable[[], Shelf]:
    connection = psycopg.connect(postgres_url, autocommit=True)
    register_vector(connection)
    connection.execute("SET synchronous_commit = off")
    return lambda: Shelf(connection, make_tenant())


@pytest.fixture
def database(make_database: Callable[[str], Database]) -> Database:
    return make_database("knowledge")


@pytest.mark.slow
class TestEqualVectors:
    @pytest.mark.timeout(900)
    async def test_given_equal_chunks_of_whoever_when_searched_then_every_question_gets_all_that_are_wanted(
        self, shelf: Callable[[], Shelf], database: Database
    ) -> None:
        random = np.random.default_rng(7)
        many, neighbour = shelf(), shelf()
        vectors = units(random, MANY)
        many.add(vectors)
        island, own, private = units(random, 3)
        neighbour.add(np.repeat(island[None], EQUAL, 0))

        for question in towards(random, island):
            found = await many.found(database, question)
            assert len(found) == WANTED
            assert found[0] >= 0.98 * float((vectors @ question).max())

        # The same chunk in many of one's own documents, and in documents that others may read.
        many.add(np.repeat(own[None], EQUAL, 0))
        many.add(np.repeat(private[None], EQUAL, 0), "staff")
        stored = np.concatenate([vectors, own[None]])
        for question in [*towards(random, own), *towards(random, private)]:
            found = await many.found(database, question)
            assert len(found) == WANTED
            assert found[0] >= 0.98 * float((stored @ question).max())

        # Row versions that are dead, and not vacuumed yet.
        neighbour.connection.execute(
            "DELETE FROM knowledge.chunk_embeddings WHERE tenant_id = %s", (neighbour.tenant_id,)
        )
        for question in towards(random, island):
            assert len(await many.found(database, question)) == WANTED

    async def test_given_a_scope_that_holds_less_than_wanted_when_searched_then_all_of_it_is_found(
        self, shelf: Callable[[], Shelf], database: Database
    ) -> None:
        random = np.random.default_rng(8)
        many = shelf()
        many.add(units(random, MANY // 2), "staff")
        many.add(units(random, 7))
        many.connection.execute(
            "UPDATE knowledge.index_stats SET chunk_count = %s WHERE knowledge_base_id = %s",
            (10 * MANY, many.base_id),
        )

        found = await many.found(database, units(random, 1)[0])

        assert len(found) == 7
