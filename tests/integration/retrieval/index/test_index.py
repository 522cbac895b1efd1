import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from qdrant_client import AsyncQdrantClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.database import Database
from caseplane.core.embeddings import EmbeddingProfile
from caseplane.core.errors import NotFoundError
from caseplane.core.ids import new_id
from caseplane.retrieval.index import (
    ChunkDraft,
    HybridSearch,
    IndexWriter,
    PgVectorIndex,
    SearchHit,
    VectorIndex,
)
from caseplane.retrieval.index.bm25 import term_number
from caseplane.retrieval.index.qdrant import QdrantVectorIndex
from caseplane.retrieval.profiles.repository import Profiles, ProfileUnfinishedError
from caseplane.text.terms import terms


class WordEmbedder:
    """A text's vector is the sum of its words' fixed random vectors, so similar texts are near."""

    def __init__(self, model: str = "words", dimension: int = 64) -> None:
        self.profile = EmbeddingProfile(model=model, dimension=dimension)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [self._vector(item) for item in texts]
        return np.array(rows, np.float32).reshape(-1, self.profile.dimension)

    async def embed_query(self, question: str) -> NDArray[np.float32]:
        return self._vector(question)

    def _vector(self, item: str) -> NDArray[np.float32]:
        total = np.full(self.profile.dimension, 0.01)
        for word in terms(item):
            total += np.random.default_rng(term_number(word)).standard_normal(self.profile.dimension)
        return np.asarray(total / np.linalg.norm(total), np.float32)


@dataclass
class Library:
    """One knowledge base of one tenant, and methods to fill and search it."""

    database: Database
    tenant_id: UUID
    base_id: UUID
    profile_id: UUID
    writer: IndexWriter
    search: HybridSearch
    documents: dict[str, UUID] = field(default_factory=dict)

    async def add(self, name: str, *texts: str, acl: Sequence[str] = ()) -> UUID:
        document_id = self.documents[name] = new_id()
        async with self.database.tenant(self.tenant_id) as tx:
            await tx.execute(
                text(
                    "INSERT INTO knowledge.documents (tenant_id, id, knowledge_base_id, source, path, title,"
                    " uri, content_hash, acl) VALUES (:t, :d, :b, 'upload', :n, :n, :n, '', :acl)"
                ),
                {
                    "t": self.tenant_id,
                    "d": document_id,
                    "b": self.base_id,
                    "n": name,
                    "acl": list(acl),
                },
            )
        await self.replace(name, *texts)
        return document_id

    async def replace(self, name: str, *texts: str) -> None:
        drafts = [ChunkDraft(new_id(), n, body, 0, len(body)) for n, body in enumerate(texts)]
        prepared = await self.writer.prepare(drafts)
        async with self.database.tenant(self.tenant_id) as tx:
            await self.writer.replace_document(
                tx, self.tenant_id, self.documents[name], self.profile_id, prepared
            )

    async def find(
        self, question: str, *, entitlements: Sequence[str] | None = (), limit: int = 10
    ) -> list[SearchHit]:
        async with self.database.tenant(self.tenant_id) as tx:
            result = await self.search.search(
                tx,
                self.tenant_id,
                question,
                knowledge_base_ids=[self.base_id],
                entitlements=entitlements,
                limit=limit,
            )
        return result.hits

    async def titles(self, question: str, **options: Sequence[str] | None) -> list[str]:
        return [hit.title for hit in await self.find(question, **options)]

    async def counts(self) -> tuple[int, dict[int, int]]:
        """The number of chunks, and of chunks with each key, from the statistics."""
        async with self.database.tenant(self.tenant_id) as tx:
            chunks = await tx.scalar(text("SELECT coalesce(sum(chunk_count), 0) FROM index_stats"))
            rows = await tx.execute(text("SELECT key, chunk_count FROM term_stats"))
            return int(chunks), {row.key: row.chunk_count for row in rows}

    async def recounted(self) -> tuple[int, dict[int, int]]:
        """The same, counted from the chunks."""
        async with self.database.tenant(self.tenant_id) as tx:
            chunks = await tx.scalar(text("SELECT count(*) FROM chunk_terms"))
            rows = await tx.execute(
                text("SELECT key, count(*) AS n FROM chunk_terms, unnest(keys) AS key GROUP BY key")
            )
            return int(chunks), {row.key: row.n for row in rows}


async def open_library(database: Database, tenant_id: UUID, *, vectors: VectorIndex | None = None) -> Library:
    embedder, base_id = WordEmbedder(), new_id()
    async with database.tenant(tenant_id) as tx:
        await tx.execute(
            text("INSERT INTO knowledge.knowledge_bases (tenant_id, id, name) VALUES (:t, :b, :n)"),
            {"t": tenant_id, "b": base_id, "n": str(base_id)},
        )
        profile_id = await Profiles(tx, tenant_id).ensure(base_id, embedder.profile)
    writer = IndexWriter(embedder, vectors or PgVectorIndex())
    search = HybridSearch(embedder, vectors=vectors)
    return Library(database, tenant_id, base_id, profile_id, writer, search)


@pytest.fixture
def database(make_database: Callable[[str], Database]) -> Database:
    return make_database("knowledge")


@pytest.fixture
async def library(database: Database, tenant_id: UUID) -> Library:
    return await open_library(database, tenant_id)


@pytest.fixture(params=["pgvector", "qdrant"])
async def either(
    request: pytest.FixtureRequest, database: Database, tenant_id: UUID
) -> AsyncIterator[Library]:
    if request.param == "pgvector":
        yield await open_library(database, tenant_id)
        return
    client = AsyncQdrantClient(":memory:")
    yield await open_library(database, tenant_id, vectors=QdrantVectorIndex(client))
    await client.close()


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
class TestSearch:
    async def test_given_documents_when_asked_then_the_fitting_one_leads_with_its_scores(
        self, either: Library
    ) -> None:
        await either.add("parcels", "Parcels are delivered on Mondays. A tracking number is sent by mail.")
        await either.add("passwords", "A password is reset on the account page. It expires in a year.")
        await either.add("refunds", "Refunds take five days. They go to the card that was charged.")

        hits = await either.find("How is my password reset?")

        first = hits[0]
        assert first.title == "passwords"
        assert first.text[: first.end].startswith("A password")
        assert 0 < first.scores.bm25 <= 1
        assert first.scores.sentence is not None
        assert first.scores.vector is not None
        assert first.scores.sentence > first.scores.vector > 0
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)

    async def test_given_documents_when_asked_then_each_sentence_comes_with_its_place_and_cosine(
        self, either: Library
    ) -> None:
        text = "The kettle leaks water at the lid. Its cable is black and two metres long."
        await either.add("kettle", text)

        (hit,) = await either.find("kettle leaks water at the lid")

        assert [hit.text[start:end] for start, end, _ in hit.sentences] == [text[:34], text[35:]]
        assert hit.sentences[0].similarity == hit.scores.sentence
        assert hit.sentences[0].similarity > 0.8 > hit.sentences[1].similarity

    async def test_given_access_lists_when_asked_then_filtered_before_the_ranking(
        self, either: Library
    ) -> None:
        await either.add("open", "The router blinks red.")
        await either.add("staff", "The router blinks red for staff.", acl=["staff"])

        assert await either.titles("router red") == ["open"]
        assert set(await either.titles("router red", entitlements=["staff"])) == {"open", "staff"}
        assert set(await either.titles("router red", entitlements=None)) == {"open", "staff"}

    async def test_given_a_deleted_document_row_when_asked_then_nothing_of_it_is_left(
        self, either: Library
    ) -> None:
        document_id = await either.add("gone", "The kettle leaks.")

        async with either.database.tenant(either.tenant_id) as tx:
            await tx.execute(text("DELETE FROM documents WHERE id = :id"), {"id": document_id})

        assert await either.titles("kettle leaks") == []
        assert await either.counts() == (0, {})

    async def test_given_a_base_of_another_tenant_when_named_then_it_is_empty(
        self, either: Library, make_tenant: Callable[..., UUID]
    ) -> None:
        await either.add("secret", "The vault opens at noon.")
        either.tenant_id = make_tenant()

        assert await either.titles("vault noon", entitlements=None) == []

    @pytest.mark.parametrize(
        "question", ["", "the of and", "\x00\x07", "?" * 5000, "日本語の質問", "'; DROP --"]
    )
    async def test_given_any_question_when_asked_then_an_answer_and_no_error(
        self, either: Library, question: str
    ) -> None:
        await either.add("note", "A note about nothing in particular.")

        assert len(await either.find(question)) <= 1


class TestTerms:
    async def test_given_identifiers_when_asked_by_part_or_whole_then_found(self, library: Library) -> None:
        await library.add("pdb", "Set maxUnavailable in the PodDisruptionBudget.")
        await library.add("other", "Set the colour in the theme.")

        assert (await library.titles("maxunavailable"))[0] == "pdb"
        assert (await library.titles("disruption budget"))[0] == "pdb"

    async def test_given_the_question_when_searched_then_unknown_words_weigh_the_most(
        self, library: Library
    ) -> None:
        await library.add("a", "router router", "router cable")
        async with library.database.tenant(library.tenant_id) as tx:
            result = await library.search.search(
                tx,
                library.tenant_id,
                "router cable zeppelin",
                knowledge_base_ids=[library.base_id],
                entitlements=(),
            )

        assert result.idf["router"] < result.idf["cabl"] < result.idf["zeppelin"]

    async def test_given_a_base_list_when_the_caller_lacks_it_then_the_base_is_empty(
        self, library: Library
    ) -> None:
        await library.add("a", "The router blinks.")
        async with library.database.tenant(library.tenant_id) as tx:
            await tx.execute(text("UPDATE knowledge_bases SET acl = '{partners}'"))

        assert await library.titles("router") == []
        assert await library.titles("router", entitlements=["partners"]) == ["a"]

    async def test_given_a_changed_access_list_when_asked_then_it_applies_at_once(
        self, library: Library
    ) -> None:
        await library.add("a", "The router blinks.")
        async with library.database.tenant(library.tenant_id) as tx:
            await tx.execute(text("UPDATE documents SET acl = '{staff}'"))

        assert await library.titles("router") == []
        assert await library.titles("router", entitlements=["staff"]) == ["a"]


class TestStatistics:
    async def test_given_replaced_and_deleted_documents_when_counted_then_exact(
        self, library: Library
    ) -> None:
        await library.add("a", "one two three", "two three four")
        await library.add("b", "three four five")
        await library.replace("a", "two six")
        async with library.database.tenant(library.tenant_id) as tx:
            await library.writer.delete_document(tx, library.tenant_id, library.documents["b"])

        assert await library.counts() == await library.recounted()
        assert (await library.counts())[0] == 1

    async def test_given_a_rolled_back_write_when_counted_then_nothing_happened(
        self, library: Library
    ) -> None:
        await library.add("a", "one two")
        before = await library.counts()
        prepared = await library.writer.prepare([ChunkDraft(new_id(), 0, "two three", 0, 9)])

        with pytest.raises(RuntimeError, match="stop"):
            await self._write_and_stop(library, prepared)

        assert await library.counts() == before == await library.recounted()

    async def _write_and_stop(self, library: Library, prepared: list) -> None:
        async with library.database.tenant(library.tenant_id) as tx:
            await library.writer.replace_document(
                tx, library.tenant_id, library.documents["a"], library.profile_id, prepared
            )
            raise RuntimeError("stop")

    async def test_given_writers_at_once_when_done_then_no_deadlock_and_exact_counts(
        self, library: Library
    ) -> None:
        random = np.random.default_rng(7)
        vocabulary = [f"word{n}" for n in range(60)]
        names = [f"d{n}" for n in range(6)]
        for name in names:
            await library.add(name, "first text")

        async def write(name: str) -> None:
            for _ in range(6):
                texts = [" ".join(random.choice(vocabulary, 20)) for _ in range(3)]
                await library.replace(name, *texts)

        await asyncio.gather(*map(write, names))

        assert await library.counts() == await library.recounted()
        assert (await library.counts())[0] == 18

    async def test_given_a_deleted_tenant_when_done_then_the_cascade_leaves_nothing(
        self, library: Library, postgres_url: str
    ) -> None:
        await library.add("a", "one two three")

        async with await psycopg.AsyncConnection.connect(postgres_url) as owner:
            await owner.execute("SELECT set_config('app.tenant_id', %s, true)", (str(library.tenant_id),))
            await owner.execute("DELETE FROM platform.tenants WHERE id = %s", (library.tenant_id,))

        assert await library.counts() == (0, {})


class TestProfiles:
    async def test_given_a_second_profile_when_complete_then_the_switch_is_one_commit(
        self, library: Library
    ) -> None:
        await library.add("a", "The router blinks.")
        newer = WordEmbedder("newer", 32)
        writer, search = IndexWriter(newer, PgVectorIndex()), HybridSearch(newer)
        tenant_id = library.tenant_id
        async with library.database.tenant(tenant_id) as tx:
            profile_id = await Profiles(tx, tenant_id).ensure(library.base_id, newer.profile)
        with pytest.raises(ProfileUnfinishedError):
            await self._activate(library, profile_id)
        async with library.database.tenant(tenant_id) as tx:
            for document_id, draft in await writer.missing(tx, tenant_id, profile_id, 10):
                chunks = await writer.prepare([draft])
                await writer.add_vectors(tx, tenant_id, document_id, profile_id, chunks)

        old = await library.find("router blinks")
        await self._activate(library, profile_id)
        library.search = search
        new = await library.find("router blinks")

        assert old[0].scores.vector is not None
        assert new[0].scores.vector is not None
        assert old[0].chunk_id == new[0].chunk_id

    async def test_given_another_model_than_the_active_when_searched_then_by_terms_only(
        self, library: Library
    ) -> None:
        await library.add("a", "The router blinks.")
        library.search = HybridSearch(WordEmbedder("newer", 32))

        hits = await library.find("router")

        assert [hit.scores.vector for hit in hits] == [None]

    async def test_given_an_unknown_base_when_a_profile_is_asked_then_not_found(
        self, library: Library
    ) -> None:
        with pytest.raises(NotFoundError):
            async with library.database.tenant(library.tenant_id) as tx:
                await Profiles(tx, library.tenant_id).ensure(new_id(), WordEmbedder().profile)

    async def _activate(self, library: Library, profile_id: UUID) -> None:
        async with library.database.tenant(library.tenant_id) as tx:
            await Profiles(tx, library.tenant_id).activate(profile_id)


TABLES = [
    "knowledge_bases",
    "embedding_profiles",
    "sources",
    "documents",
    "chunks",
    "chunk_terms",
    "chunk_embeddings",
    "index_stats",
    "term_stats",
]


class TestIsolation:
    @pytest.mark.parametrize("table", TABLES)
    async def test_given_no_tenant_when_a_table_is_read_then_no_rows(
        self, library: Library, table: str
    ) -> None:
        await library.add("a", "The router blinks.")

        async with library.database.system() as tx:
            assert await tx.scalar(text(f"SELECT count(*) FROM knowledge.{table}")) == 0

    async def test_given_no_tenant_when_the_definer_function_is_called_then_no_rows(
        self, library: Library
    ) -> None:
        await library.add("a", "The router blinks.")
        keys = list((await library.counts())[1])

        async def hits(tx: AsyncSession) -> int | None:
            return await tx.scalar(
                text("SELECT count(*) FROM lexical_hits(:b, NULL, '{1:1}/1000000000', :k, 10)"),
                {"b": [library.base_id], "k": keys},
            )

        async with library.database.tenant(library.tenant_id) as tx:
            assert await hits(tx) == 1
        async with library.database.system() as tx:
            assert await hits(tx) == 0
        async with library.database.tenant(new_id()) as tx:
            assert await hits(tx) == 0

    async def test_given_the_service_role_when_it_wants_the_index_owner_then_refused(
        self, library: Library
    ) -> None:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with library.database.system() as tx:
                await tx.execute(text("SET ROLE caseplane_lexical"))

    async def test_given_every_table_when_inspected_then_row_security_is_forced(
        self, postgres_url: str
    ) -> None:
        async with await psycopg.AsyncConnection.connect(postgres_url) as owner:
            rows = await owner.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'knowledge'::regnamespace"
                " AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"
            )
            assert await rows.fetchall() == []
