import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from qdrant_client import AsyncQdrantClient
from sqlalchemy import text
from tests.integration.retrieval.harness import Caller, Harness, WordEmbedder, person

from caseplane.core.embeddings import EmbeddingMisconfiguredError
from caseplane.retrieval.index.qdrant import QdrantVectorIndex
from caseplane.retrieval.profiles.reindexing import build_profile
from caseplane.retrieval.settings import RetrievalSettings

FILES = {
    f"{name}.md": f"# {name.title()}\n\n{name.title()}s grow in the garden.".encode()
    for name in ("apple", "pear", "plum", "cherry", "quince", "medlar")
}


@pytest.fixture
async def harness(database_url: str, tmp_path: Path) -> AsyncIterator[Harness]:
    """Small batches, and retired vectors are not kept."""
    harness = Harness(
        database_url, tmp_path, RetrievalSettings(embed_batch=2, retired_profile_kept=timedelta(0))
    )
    async with harness.runtime.jobs.open():
        yield harness
        await harness.work()  # the queue is shared: leave no job to the next test
        await harness.close()


async def filled(harness: Harness, admin: Caller, name: str = "Docs", **fields: object) -> str:
    base = await admin.make_base(name, **fields)
    await admin.sync(base, FILES)
    await harness.work()
    return base


async def choose(admin: Caller, base: str, name: str, *, expect: int = 200) -> dict[str, Any]:
    answer = await admin("PATCH", f"/knowledge-bases/{base}", json={"embedding_profile": name}, expect=expect)
    found: dict[str, Any] = answer.json()
    return found


async def read(admin: Caller, base: str) -> dict[str, Any]:
    found: dict[str, Any] = (await admin("GET", f"/knowledge-bases/{base}", expect=200)).json()
    return found


async def near(admin: Caller, query: str, *bases: str) -> dict[str, float | None]:
    """Cosines of what a search finds, by title; None for what only its words found."""
    found = await admin.search(query, knowledge_base_ids=list(bases), limit=20)
    return {hit["title"]: hit["component_scores"].get("vector") for hit in found["results"]}  # type: ignore[attr-defined]


async def vectors(harness: Harness, admin: Caller) -> dict[str, int]:
    """Stored vectors by model."""
    async with harness.context.db.tenant(admin.who.tenant) as tx:
        rows = await tx.execute(
            text(
                "SELECT p.model, count(e.chunk_id) AS n FROM embedding_profiles p LEFT JOIN chunk_embeddings e"
                " ON e.tenant_id = p.tenant_id AND e.profile_id = p.id GROUP BY p.model"
            )
        )
        return {row.model: row.n for row in rows}


class TestReindexing:
    @pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
    @pytest.mark.parametrize("store", ["pgvector", "qdrant"])
    async def test_given_a_filled_base_when_another_profile_is_chosen_then_it_is_searched_under_the_old_until_the_switch(
        self, harness: Harness, admin: Caller, store: str
    ) -> None:
        if store == "qdrant":
            object.__setattr__(harness.context, "outside", QdrantVectorIndex(AsyncQdrantClient(":memory:")))
        base = await filled(harness, admin)
        before = await near(admin, "apple garden", base)

        chosen = await choose(admin, base, "other")
        meanwhile = await near(admin, "apple garden", base)
        await harness.work()
        after = await near(admin, "apple garden", base)

        assert chosen["embedding_profile"]["name"] == "default"
        assert chosen["reindexing"]["profile"] == {
            "name": "other",
            "model": "others",
            "dimension": 64,
            "quantisation": "fp32",
            "available": True,
        }
        assert (chosen["reindexing"]["chunks_done"], chosen["reindexing"]["chunks_total"]) == (0, len(FILES))
        assert meanwhile == before
        done = await read(admin, base)
        assert (done["embedding_profile"]["name"], done["reindexing"]) == ("other", None)
        assert after.keys() == before.keys()
        assert None not in after.values()
        assert after != before
        assert await vectors(harness, admin) == {"others": len(FILES)}

    async def test_given_a_switched_base_when_files_are_synced_then_unchanged_ones_stay_and_new_ones_follow_it(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)
        await choose(admin, base, "other")
        await harness.work()
        asked = harness.embedder.texts

        started = await admin.sync(base, FILES | {"fig.md": b"# Fig\n\nFigs grow by the wall."})
        await harness.work()

        report = await admin.report(base, started["id"])
        assert report.pop("fig.md") == "indexed"
        assert set(report.values()) == {"unchanged"}
        assert harness.embedder.texts == asked
        assert (await near(admin, "figs wall", base))["Fig"] is not None

    async def test_given_an_unavailable_model_when_it_is_back_then_building_continues_where_it_was(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)
        before = await near(admin, "plum", base)

        async def goes_away() -> None:
            if harness.other.texts:
                harness.other.away = True

        harness.other.first = goes_away
        await choose(admin, base, "other")
        await harness.work()
        halted = (await read(admin, base))["reindexing"]
        meanwhile = await near(admin, "plum", base)
        harness.other.away, harness.other.first = False, None
        await asyncio.sleep(2.1)  # until the job is tried again
        await harness.work()

        assert (halted["state"], halted["error"]) == ("building", "The model is away.")
        assert (halted["chunks_done"], halted["chunks_total"]) == (2, len(FILES))
        assert meanwhile == before
        assert (await read(admin, base))["embedding_profile"]["name"] == "other"
        # Each chunk and its sentence, once.
        assert harness.other.texts == 2 * len(FILES)

    async def test_given_documents_that_come_and_go_while_building_then_the_switch_leaves_none_out(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)
        late = {name: data for name, data in FILES.items() if name != "pear.md"}
        late |= {
            "apple.md": b"# Apple\n\nApples ripen in autumn.",
            "fig.md": b"# Fig\n\nFigs grow by the wall.",
        }
        seen: list[dict[str, object]] = []

        async def changes() -> None:
            if not seen:
                seen.append(await admin.sync(base, late))
                async with harness.context.db.tenant(admin.who.tenant) as tx:
                    ids = (
                        await tx.execute(text("SELECT id FROM ingestion_items WHERE state = 'stored'"))
                    ).scalars()
                    items = list(ids)
                from caseplane.retrieval.ingestion.processing import process_items

                await process_items(harness.context, admin.who, UUID(str(seen[0]["id"])), items)

        harness.other.first = changes
        await choose(admin, base, "other")
        await harness.work()

        assert (await read(admin, base))["embedding_profile"]["name"] == "other"
        found = await near(admin, "garden autumn wall", base)
        assert set(found) == {"Apple", "Plum", "Cherry", "Quince", "Medlar", "Fig"}
        assert None not in found.values()

    async def test_given_a_document_that_is_being_embedded_when_its_base_is_switched_then_it_is_embedded_again(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)

        async def switch() -> None:
            harness.embedder.first = None
            await choose(admin, base, "other")
            async with harness.context.db.tenant(admin.who.tenant) as tx:
                found = await tx.scalar(text("SELECT id FROM embedding_profiles WHERE status = 'building'"))
            await build_profile(harness.context, admin.who, found)

        harness.embedder.first = switch
        await admin.sync(base, FILES | {"fig.md": b"# Fig\n\nFigs grow by the wall."})
        await harness.work()
        await asyncio.sleep(2.1)  # until the ingestion is tried again
        await harness.work()

        assert (await near(admin, "figs wall", base))["Fig"] is not None
        assert (await vectors(harness, admin))["others"] == len(FILES) + 1

    async def test_given_a_change_under_way_when_the_present_profile_is_chosen_then_it_is_called_off(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)
        harness.other.away = True
        await choose(admin, base, "other")
        await harness.work()

        back = await choose(admin, base, "default")
        harness.other.away = False
        await asyncio.sleep(2.1)
        await harness.work()

        assert back["reindexing"] is None
        assert (await read(admin, base))["embedding_profile"]["name"] == "default"
        assert await vectors(harness, admin) == {"words": len(FILES)}

    async def test_given_a_model_that_is_set_up_wrongly_then_it_fails_with_the_reason_until_chosen_again(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)
        harness.other.away = EmbeddingMisconfiguredError("The key is refused.")
        await choose(admin, base, "other")
        await harness.work()
        failed = (await read(admin, base))["reindexing"]

        harness.other.away = False
        again = (await choose(admin, base, "other"))["reindexing"]
        await harness.work()

        assert (failed["state"], failed["error"]) == ("failed", "The key is refused.")
        assert (again["state"], again["error"]) == ("building", None)
        assert (await read(admin, base))["embedding_profile"]["name"] == "other"

    async def test_given_a_job_that_always_breaks_off_then_it_is_given_up_with_a_reason(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)
        await choose(admin, base, "other")
        async with harness.context.db.tenant(admin.who.tenant) as tx:
            await tx.execute(text("UPDATE embedding_profiles SET starts = 6 WHERE status = 'building'"))

        await harness.work()

        found = (await read(admin, base))["reindexing"]
        assert found["state"] == "failed"
        assert found["error"] == "Given up after 6 attempts. The worker was killed each time."

    async def test_given_a_name_that_is_not_configured_when_chosen_then_refused_with_those_that_are(
        self, harness: Harness, admin: Caller
    ) -> None:
        base = await filled(harness, admin)

        problem = await choose(admin, base, "huge", expect=422)

        assert problem["type"].endswith("/embedding-profile-unknown")
        assert "default, other" in problem["detail"]
        assert (await read(admin, base))["reindexing"] is None

    async def test_given_bases_of_two_models_when_searched_together_then_both_answer(
        self, harness: Harness, admin: Caller
    ) -> None:
        one, two = (
            await filled(harness, admin, "One"),
            await filled(harness, admin, "Two", embedding_profile="other"),
        )

        found = await admin.search("quince garden", knowledge_base_ids=[one, two], limit=20)

        hits = [hit for hit in found["results"] if hit["title"] == "Quince"]  # type: ignore[attr-defined]
        assert {hit["knowledge_base_id"] for hit in hits} == {one, two}
        assert all(hit["component_scores"]["vector"] > 0 for hit in hits)
        assert await vectors(harness, admin) == {"words": len(FILES), "others": len(FILES)}

    async def test_given_an_installation_with_another_default_when_synced_then_the_base_moves_to_it(
        self, harness: Harness, admin: Caller, database_url: str, tmp_path: Path
    ) -> None:
        base = await filled(harness, admin)
        later = Harness(database_url, tmp_path, harness.context.settings, embedder=WordEmbedder("newer", 128))
        keeper = Caller(later, admin.who)
        async with later.runtime.jobs.open():
            lost = await read(keeper, base)
            by_words = await near(keeper, "medlar", base)
            await keeper.sync(base, FILES)
            await later.work()
            moved = await read(keeper, base)
            found = await near(keeper, "medlar", base)
            await later.close()

        assert lost["embedding_profile"]["available"] is False
        assert by_words == {"Medlar": None}
        assert (moved["embedding_profile"]["model"], moved["reindexing"]) == ("newer", None)
        assert found["Medlar"] is not None

    async def test_given_another_tenant_when_it_names_our_profile_then_nothing_happens(
        self, harness: Harness, admin: Caller, make_tenant: Callable[..., UUID]
    ) -> None:
        base = await filled(harness, admin)
        stranger = Caller(harness, person(make_tenant()))
        await choose(admin, base, "other")
        async with harness.context.db.tenant(admin.who.tenant) as tx:
            profile_id = await tx.scalar(text("SELECT id FROM embedding_profiles WHERE status = 'building'"))

        await build_profile(harness.context, stranger.who, profile_id)
        refused = await choose(stranger, base, "other", expect=404)

        assert refused["status"] == 404
        assert harness.other.texts == 0

    async def test_given_a_worker_killed_while_building_then_another_continues_where_it_was(
        self, harness: Harness, admin: Caller, database_url: str, tmp_path: Path
    ) -> None:
        base = await filled(harness, admin)
        await choose(admin, base, "other")

        killed = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.integration.retrieval.profiles.reindex_worker",
                database_url,
                str(tmp_path),
            ],
            stdin=subprocess.PIPE,
        )
        try:
            until = time.monotonic() + 90
            while (found := (await read(admin, base))["reindexing"])["chunks_done"] < 2:
                assert killed.poll() is None
                assert time.monotonic() < until
                await asyncio.sleep(0.02)
        finally:
            os.kill(killed.pid, signal.SIGKILL)
            killed.communicate()
        meanwhile = await near(admin, "cherry", base)
        await harness.runtime.jobs.rescue(stalled_after=timedelta(0))
        await harness.work()

        assert meanwhile["Cherry"] is not None
        assert (await read(admin, base))["embedding_profile"]["name"] == "other"
        # Each chunk and its sentence, and none of those that the killed worker had stored.
        assert 0 < harness.other.texts <= 2 * (len(FILES) - found["chunks_done"])
        assert await vectors(harness, admin) == {"others": len(FILES)}
