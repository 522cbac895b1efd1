"""A tenant's limit on documents, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.integration.retrieval.harness import Caller, Harness, person

from caseplane.retrieval.ingestion import processing
from caseplane.retrieval.schemas import CaseIndex

FILES = {f"{name}.md": f"Words about {name}.".encode() for name in ("one", "two", "three")}
REFUSED = "failed: document-limit"


class Limit:
    """Sets the limit of a tenant, as the platform does."""

    def __init__(self, url: str, tenant_id: UUID) -> None:
        self._url, self._tenant_id = url, tenant_id

    def __call__(self, documents: int) -> None:
        with psycopg.connect(self._url) as connection:
            settings = Jsonb({"limits": {"documents": documents}})
            connection.execute(
                "UPDATE platform.tenants SET settings = %s WHERE id = %s", (settings, self._tenant_id)
            )


@pytest.fixture
def limit(postgres_url: str, tenant_id: UUID) -> Limit:
    return Limit(postgres_url, tenant_id)


@pytest.fixture
async def second(database_url: str, tmp_path: Path) -> AsyncIterator[Harness]:
    """Another process of the same installation."""
    harness = Harness(database_url, tmp_path)
    async with harness.runtime.jobs.open():
        yield harness
        await harness.close()


async def details(admin: Caller, base: str, ingestion: object) -> set[str]:
    route = f"/knowledge-bases/{base}/ingestions/{ingestion}/items?state=failed"
    return {item["detail"] for item in (await admin("GET", route, expect=200)).json()["items"]}


async def stored_files(harness: Harness, tenant_id: UUID) -> int:
    return len([key async for key, _ in harness.context.objects.list(f"{tenant_id}/docs/raw/")])


class TestOneWorker:
    async def test_given_more_files_than_allowed_when_synced_then_those_beyond_are_refused_with_a_reason(
        self, harness: Harness, admin: Caller, limit: Limit, tenant_id: UUID
    ) -> None:
        limit(2)
        base = await admin.make_base()

        started = await admin.sync(base, FILES)
        await harness.work()

        report = await admin.report(base, started["id"])
        assert sorted(report.values()) == [REFUSED, "indexed", "indexed"]
        (detail,) = await details(admin, base, started["id"])
        assert detail.startswith("The tenant may have 2 documents and has 2. Delete documents")
        assert len(await admin.paths(base)) == await stored_files(harness, tenant_id) == 2
        done = await admin("GET", f"/knowledge-bases/{base}/ingestions/{started['id']}")
        assert done.json()["state"] == "done"

    async def test_given_tenant_at_its_limit_when_synced_then_updates_and_moves_are_taken_and_no_byte_of_others(
        self, harness: Harness, admin: Caller, limit: Limit
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, FILES)
        await harness.work()
        limit(3)

        now = {
            "one.md": b"Other words about one.",
            "moved.md": FILES["two.md"],
            "three.md": FILES["three.md"],
            "four.md": b"Words about four.",
        }
        started = await admin.sync(base, now)
        await harness.work()

        assert started["needed"] == ["one.md"]
        assert await admin.report(base, started["id"]) == {
            "one.md": "indexed",
            "moved.md": "moved",
            "three.md": "unchanged",
            "four.md": REFUSED,
        }

    async def test_given_no_room_left_by_the_time_when_processed_then_refused_before_anything_is_embedded(
        self, harness: Harness, admin: Caller, limit: Limit
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, {"one.md": FILES["one.md"]})
        await harness.work()
        embedded = harness.embedder.texts
        started = await admin.sync(
            base, {"one.md": b"Other words.", "two.md": FILES["two.md"]}, source="other"
        )
        limit(1)

        await harness.work()

        assert await admin.report(base, started["id"]) == {"one.md": REFUSED, "two.md": REFUSED}
        assert harness.embedder.texts == embedded

    async def test_given_a_deleted_document_when_synced_then_a_new_one_takes_its_place(
        self, harness: Harness, admin: Caller, limit: Limit
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, {"old.md": b"Old words."})
        await harness.work()
        limit(1)

        started = await admin.sync(base, {"new.md": b"New words."})
        await harness.work()

        assert await admin.report(base, started["id"]) == {"old.md": "deleted", "new.md": "indexed"}

    async def test_given_limit_below_what_is_there_when_uploaded_then_refused_and_nothing_is_lost(
        self, harness: Harness, admin: Caller, limit: Limit
    ) -> None:
        base = await admin.make_base()
        await admin.sync(base, FILES)
        await harness.work()
        limit(1)

        answer = await admin(
            "POST", f"/knowledge-bases/{base}/documents", files=[("file", ("a.md", b"A."))], expect=202
        )

        assert (answer.json()["state"], answer.json()["counts"]) == ("done", {"failed": 1})
        assert set(await admin.paths(base)) == set(FILES)

    async def test_given_resolved_cases_when_counted_then_they_take_no_place_and_are_always_indexed(
        self, harness: Harness, admin: Caller, limit: Limit, tenant_id: UUID
    ) -> None:
        limit(1)
        for _ in range(2):
            case = CaseIndex(case_id=uuid4(), title="Printer", question="It jams.", resolution="Clean it.")
            await harness.client.index_case(person(tenant_id), case)
        base = await admin.make_base()

        started = await admin.sync(base, {"a.md": b"Words."})
        await harness.work()

        assert await admin.report(base, started["id"]) == {"a.md": "indexed"}


class TestTwoWorkers:
    async def test_given_two_workers_at_once_when_one_document_is_allowed_then_one_is_indexed(
        self,
        harness: Harness,
        second: Harness,
        admin: Caller,
        limit: Limit,
        tenant_id: UUID,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        limit(1)
        base = await admin.make_base()
        started = [
            await admin.sync(base, {"a.md": f"Words of {source}.".encode()}, source=source)
            for source in ("first", "second")
        ]
        both = asyncio.Barrier(2)

        async def wait() -> None:  # until the other has parsed its file too
            await both.wait()

        swap = processing.swap

        async def slowly(*args: object, **more: object) -> None:
            await asyncio.sleep(0.5)  # the row is counted, and not yet written
            await swap(*args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(processing, "swap", slowly)
        harness.embedder.first = second.embedder.first = wait

        async with asyncio.timeout(60):
            await asyncio.gather(harness.work(), second.work())

        reports = [await admin.report(base, each["id"]) for each in started]
        assert sorted(report["a.md"] for report in reports) == [REFUSED, "indexed"]
        assert await stored_files(harness, tenant_id) == len(await admin.paths(base)) == 1
