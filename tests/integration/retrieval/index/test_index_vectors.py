"""One contract for every vector store: pgvector in Postgres, Qdrant in its local mode."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.database import Database
from caseplane.core.embeddings import EmbeddingProfile
from caseplane.core.ids import new_id
from caseplane.retrieval.index import (
    PgVectorIndex,
    VectorEntry,
    VectorIndex,
    VectorScope,
)
from caseplane.retrieval.index.qdrant import QdrantVectorIndex
from caseplane.retrieval.profiles.repository import Profiles

DIMENSION = 8


def unit(*values: float) -> np.ndarray:
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


@dataclass
class Shelf:
    """A tenant with one knowledge base, one profile and one document, as the chunks' tables need."""

    tx: AsyncSession
    tenant_id: UUID
    base_id: UUID
    profile_id: UUID
    document_id: UUID
    chunks: int = 0

    @property
    def scope(self) -> VectorScope:
        return VectorScope(self.tenant_id, (self.base_id,), (self.profile_id,), ())

    async def entry(self, vector: np.ndarray, *acl: str) -> VectorEntry:
        chunk_id = new_id()
        await self.tx.execute(
            text(
                "INSERT INTO knowledge.chunks (tenant_id, id, knowledge_base_id, document_id, chunk_index,"
                " text, start_offset, end_offset, tokens) VALUES (:t, :id, :b, :d, :n, '', 0, 0, 0)"
            ),
            {
                "t": self.tenant_id,
                "id": chunk_id,
                "b": self.base_id,
                "d": self.document_id,
                "n": self.chunks,
            },
        )
        self.chunks += 1
        return VectorEntry(chunk_id, self.document_id, self.base_id, self.profile_id, acl, vector)


async def shelve(tx: AsyncSession, tenant_id: UUID) -> Shelf:
    base_id, document_id = new_id(), new_id()
    values = {"t": tenant_id, "b": base_id, "d": document_id, "name": str(base_id)}
    await tx.execute(
        text("INSERT INTO knowledge.knowledge_bases (tenant_id, id, name) VALUES (:t, :b, :name)"), values
    )
    await tx.execute(
        text(
            "INSERT INTO knowledge.documents (tenant_id, id, knowledge_base_id, source, path, title, uri,"
            " content_hash) VALUES (:t, :d, :b, 'upload', 'p', 'p', 'p', '')"
        ),
        values,
    )
    profile = EmbeddingProfile(model="test", dimension=DIMENSION)
    profile_id = await Profiles(tx, tenant_id).ensure(base_id, profile)
    return Shelf(tx, tenant_id, base_id, profile_id, document_id)


@pytest.fixture(params=["pgvector", "qdrant"])
async def index(request: pytest.FixtureRequest) -> AsyncIterator[VectorIndex]:
    if request.param == "pgvector":
        yield PgVectorIndex()
        return
    client = AsyncQdrantClient(":memory:")
    yield QdrantVectorIndex(client)
    await client.close()


@pytest.fixture
def database(make_database: Callable[[str], Database]) -> Database:
    return make_database("knowledge")


@pytest.fixture
async def shelf(database: Database, tenant_id: UUID) -> AsyncIterator[Shelf]:
    async with database.tenant(tenant_id) as tx:
        yield await shelve(tx, tenant_id)


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
class TestVectorIndex:
    async def test_given_entries_when_searched_then_nearest_first_with_cosines(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        near, far = await shelf.entry(unit(1, 0.5)), await shelf.entry(unit(0, 1))
        await index.upsert(shelf.tx, shelf.tenant_id, [far, near])

        hits = await index.search(shelf.tx, shelf.scope, unit(1), 5)

        assert [hit.chunk_id for hit in hits] == [near.chunk_id, far.chunk_id]
        assert [hit.cosine for hit in hits] == pytest.approx([0.894, 0.0], abs=2e-3)

    async def test_given_a_limit_when_searched_then_no_more_come(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        entries = [await shelf.entry(unit(1, n)) for n in range(5)]
        await index.upsert(shelf.tx, shelf.tenant_id, entries)

        hits = await index.search(shelf.tx, shelf.scope, unit(1), 2)

        assert [hit.chunk_id for hit in hits] == [entry.chunk_id for entry in entries[:2]]

    async def test_given_a_stored_chunk_when_upserted_again_then_replaced(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        entry = await shelf.entry(unit(0, 1))
        await index.upsert(shelf.tx, shelf.tenant_id, [entry])

        await index.upsert(shelf.tx, shelf.tenant_id, [replace(entry, vector=unit(1))])

        hits = await index.search(shelf.tx, shelf.scope, unit(1), 5)
        assert [hit.cosine for hit in hits] == pytest.approx([1.0], abs=2e-3)

    async def test_given_access_lists_when_searched_then_only_the_entitled_see(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        everyone, staff = await shelf.entry(unit(1)), await shelf.entry(unit(1, 0.1), "staff", "it's")
        await index.upsert(shelf.tx, shelf.tenant_id, [everyone, staff])

        async def seen(entitlements: tuple[str, ...] | None) -> set[UUID]:
            scope = replace(shelf.scope, entitlements=entitlements)
            return {hit.chunk_id for hit in await index.search(shelf.tx, scope, unit(1), 5)}

        assert await seen(()) == {everyone.chunk_id}
        assert await seen(("other",)) == {everyone.chunk_id}
        assert await seen(("staff",)) == {everyone.chunk_id, staff.chunk_id}
        assert await seen(("it's", "x")) == {everyone.chunk_id, staff.chunk_id}
        assert await seen(None) == {everyone.chunk_id, staff.chunk_id}

    async def test_given_another_base_or_profile_when_searched_then_not_seen(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        other = await shelve(shelf.tx, shelf.tenant_id)
        await index.upsert(shelf.tx, shelf.tenant_id, [await other.entry(unit(1))])

        of_profile = replace(shelf.scope, knowledge_base_ids=(other.base_id,))
        of_base = replace(shelf.scope, profile_ids=(other.profile_id,))

        assert await index.search(shelf.tx, of_profile, unit(1), 5) == []
        assert await index.search(shelf.tx, of_base, unit(1), 5) == []

    async def test_given_another_tenant_when_it_names_our_ids_then_nothing_is_seen(
        self,
        index: VectorIndex,
        shelf: Shelf,
        database: Database,
        make_tenant: Callable[..., UUID],
    ) -> None:
        entry = await shelf.entry(unit(1))
        await index.upsert(shelf.tx, shelf.tenant_id, [entry])
        await shelf.tx.commit()
        stranger = make_tenant()
        scope = replace(shelf.scope, tenant_id=stranger, entitlements=None)

        async with database.tenant(stranger) as tx:
            hits = await index.search(tx, scope, unit(1), 5)
            known = await index.similarities(tx, scope, unit(1), [entry.chunk_id])

        assert hits == []
        assert known == {}

    async def test_given_a_deleted_document_when_searched_then_its_chunks_are_gone(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        await index.upsert(shelf.tx, shelf.tenant_id, [await shelf.entry(unit(1))])

        await index.delete_document(shelf.tx, shelf.tenant_id, shelf.document_id)
        await index.delete_document(shelf.tx, shelf.tenant_id, new_id())

        assert await index.search(shelf.tx, shelf.scope, unit(1), 5) == []

    async def test_given_a_deleted_profile_when_searched_then_its_vectors_are_gone(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        await index.upsert(shelf.tx, shelf.tenant_id, [await shelf.entry(unit(1))])

        await index.delete_profile(shelf.tx, shelf.tenant_id, shelf.profile_id)

        assert await index.search(shelf.tx, shelf.scope, unit(1), 5) == []

    async def test_given_named_chunks_when_asked_then_their_similarities(
        self, index: VectorIndex, shelf: Shelf
    ) -> None:
        entries = [await shelf.entry(unit(1)), await shelf.entry(unit(0, 1)), await shelf.entry(unit(1), "x")]
        await index.upsert(shelf.tx, shelf.tenant_id, entries)

        ids = [entry.chunk_id for entry in entries]
        known = await index.similarities(shelf.tx, shelf.scope, unit(1), [*ids, new_id()])

        assert known == pytest.approx({ids[0]: 1.0, ids[1]: 0.0}, abs=2e-3)

    async def test_given_an_empty_store_when_asked_then_empty(self, index: VectorIndex, shelf: Shelf) -> None:
        await index.upsert(shelf.tx, shelf.tenant_id, [])

        assert await index.search(shelf.tx, shelf.scope, unit(1), 5) == []
        assert await index.similarities(shelf.tx, shelf.scope, unit(1), []) == {}


class Hasty(AsyncQdrantClient):
    """Answers like a graph that does not lead everywhere, unless it is asked to look at everything."""

    async def query_points(self, *args: Any, **more: Any) -> Any:
        reply = await super().query_points(*args, **more)
        params = more.get("search_params")
        if params is None or not params.exact:
            reply.points = reply.points[:1]
        return reply


class TestQdrant:
    async def test_given_a_graph_that_hides_points_when_searched_then_as_many_as_the_scope_holds_are_found(
        self, shelf: Shelf
    ) -> None:
        index = QdrantVectorIndex(Hasty(":memory:"))
        entries = [await shelf.entry(unit(1)) for _ in range(4)]
        await index.upsert(shelf.tx, shelf.tenant_id, entries)

        assert len(await index.search(shelf.tx, shelf.scope, unit(1), 3)) == 3
        assert len(await index.search(shelf.tx, shelf.scope, unit(1), 9)) == 4
