"""Changes in the object store update their source once, and no other source."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.integration.amazon import Amazon, amazon
from tests.integration.retrieval.harness import SECRET, Caller, Harness, person

from caseplane.core.announcements import ChangedObject, listen
from caseplane.core.announcements.sqs import SqsQueue
from caseplane.core.background import running
from caseplane.core.cloud_auth import Signed
from caseplane.core.objects import ObjectStore
from caseplane.local import compose
from caseplane.retrieval import app as retrieval_app
from caseplane.retrieval.ingestion.changes import inbox_paths, note_changes, sync_changed
from caseplane.retrieval.settings import RetrievalSettings

STORE = "s3://docs/deep"


async def look(harness: Harness, tenant_id: UUID, source_id: UUID) -> None:
    """Sync a source, as the worker does after a change."""
    async with harness.context.work(harness.context.principal(tenant_id)) as work:
        await sync_changed(work, source_id)


@pytest.fixture
async def harness(database_url: str, tmp_path: Path) -> AsyncIterator[Harness]:
    harness = Harness(database_url, tmp_path, RetrievalSettings(changes_settle=timedelta(0)))
    async with harness.runtime.jobs.open():
        yield harness
        await harness.close()


async def make_source(admin: Caller, base: str, prefix: str = "kb") -> str:
    body = {"name": f"bucket {prefix}", "kind": "object_store", "prefix": prefix}
    return str((await admin("POST", f"/knowledge-bases/{base}/sources", json=body, expect=201)).json()["id"])


def changed(*keys: str, bucket: str = "docs") -> list[ChangedObject]:
    return [ChangedObject(bucket, f"deep/{key}") for key in keys]


async def waiting(harness: Harness, *tenants: UUID) -> list[str]:
    """Sources of these tenants that are due for a sync."""
    statement = text(
        "SELECT args->>'source_id' FROM procrastinate_jobs WHERE task_name = 'knowledge.changed'"
        " AND status = 'todo' AND args->>'tenant_id' = ANY(:tenants)"
    )
    async with harness.context.db.system() as tx:
        return sorted((await tx.scalars(statement, {"tenants": [str(each) for each in tenants]})).all())


class TestSyncAll:
    async def test_given_no_source_in_the_object_store_when_all_are_synced_then_nothing_begins(
        self, harness: Harness, admin: Caller
    ) -> None:
        await admin.sync(await admin.make_base(), {"a.md": b"An upload."})

        answer = await admin("POST", "/knowledge-bases/sync", expect=202)

        assert answer.json() == []

    async def test_given_sources_of_two_bases_when_all_are_synced_then_each_is_up_to_date(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        bases = [await admin.make_base(name) for name in ("One", "Two")]
        for base, prefix in zip(bases, ("one", "two"), strict=True):
            await make_source(admin, base, prefix)
            await harness.context.objects.put(f"{tenant_id}/inbox/{prefix}/{prefix}.md", b"Words.")

        begun = (await admin("POST", "/knowledge-bases/sync", expect=202)).json()
        await harness.work()

        assert {each["state"] for each in begun} == {"running"}
        assert [set(await admin.paths(base)) for base in bases] == [{"one.md"}, {"two.md"}]


class TestNoteChanges:
    async def test_given_a_changed_file_when_noted_then_its_source_is_brought_up_to_date(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base()
        await make_source(admin, base)
        key = f"{tenant_id}/inbox/kb/sub/a.md"
        await harness.context.objects.put(key, b"Words of a.")

        await note_changes(harness.context, STORE, changed(key))
        await harness.work()
        assert set(await admin.paths(base)) == {"sub/a.md"}

        await harness.context.objects.delete(key)
        await note_changes(harness.context, STORE, changed(key))
        await harness.work()

        assert await admin.paths(base) == {}

    async def test_given_many_changes_and_deliveries_when_noted_then_each_source_is_synced_once(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base()
        inner, outer = await make_source(admin, base, "kb/sub"), await make_source(admin, base, "")
        await make_source(admin, base, "kb/su")
        keys = [f"{tenant_id}/inbox/kb/sub/{number}.md" for number in range(50)]

        for _ in range(3):
            await asyncio.gather(*(note_changes(harness.context, STORE, changed(*keys)) for _ in range(4)))

        assert await waiting(harness, tenant_id) == sorted([inner, outer])

    async def test_given_changes_of_another_kind_when_noted_then_nothing_follows(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base()
        await make_source(admin, base, "")
        await admin.sync(base, {"a.md": b"An upload."})

        keys = [
            f"{tenant_id}/docs/raw/upload/{uuid4()}",
            f"{tenant_id}/inbox/",
            f"{tenant_id}/inbox/.DS_Store",
            f"{uuid4()}/inbox/a.md",
            "unknown/inbox/a.md",
            "a.md",
        ]
        await note_changes(harness.context, STORE, changed(*keys))
        await note_changes(harness.context, STORE, changed(f"{tenant_id}/inbox/a.md", bucket="another"))
        await note_changes(harness.context, STORE, [ChangedObject("docs", f"{tenant_id}/inbox/a.md")])

        assert await waiting(harness, tenant_id) == []

    async def test_given_two_tenants_when_noted_then_only_the_owners_source_is_synced(
        self, harness: Harness, admin: Caller, tenant_id: UUID, make_tenant: Callable[..., UUID]
    ) -> None:
        stranger = make_tenant()
        other = Caller(harness, person(stranger))
        await make_source(other, await other.make_base(), "")
        mine = await make_source(admin, await admin.make_base(), "")

        await note_changes(harness.context, STORE, changed(f"{tenant_id}/inbox/a.md"))

        assert await waiting(harness, tenant_id, stranger) == [mine]


class TestSyncChanged:
    async def test_given_an_ingestion_under_way_when_more_changes_then_it_is_not_cut_off_but_followed(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base()
        source = await make_source(admin, base)
        under_way = (
            await admin("POST", f"/knowledge-bases/{base}/sync", json={"source": source}, expect=202)
        ).json()

        await look(harness, tenant_id, UUID(source))

        route = f"/knowledge-bases/{base}/ingestions/{under_way['id']}"
        assert (await admin("GET", route, expect=200)).json()["state"] == "running"
        assert await waiting(harness, tenant_id) == [source]

    async def test_given_one_that_has_run_for_hours_when_more_changes_then_it_is_replaced(
        self, harness: Harness, admin: Caller, tenant_id: UUID
    ) -> None:
        base = await admin.make_base()
        source = await make_source(admin, base)
        stuck = (
            await admin("POST", f"/knowledge-bases/{base}/sync", json={"source": source}, expect=202)
        ).json()
        async with harness.context.db.tenant(tenant_id) as tx:
            await tx.execute(
                text(
                    "UPDATE knowledge.ingestions SET created_at = now() - interval '2 hours' WHERE id = :id"
                ),
                {"id": stuck["id"]},
            )

        await look(harness, tenant_id, UUID(source))

        route = f"/knowledge-bases/{base}/ingestions/{stuck['id']}"
        assert (await admin("GET", route, expect=200)).json()["state"] == "superseded"

    async def test_given_a_source_that_was_deleted_when_its_turn_comes_then_nothing_happens(
        self, harness: Harness, tenant_id: UUID
    ) -> None:
        await look(harness, tenant_id, uuid4())

        assert await waiting(harness, tenant_id) == []


class TestInboxPaths:
    @pytest.mark.parametrize(
        ("store", "key"),
        [
            ("s3://docs", "{}/inbox/a.md"),
            ("s3://docs/", "{}/inbox/a.md"),
            ("gs://docs/x/y", "x/y/{}/inbox/a.md"),
            ("az://docs/x/", "x/{}/inbox/a.md"),
        ],
    )
    def test_given_a_store_below_a_prefix_when_asked_then_paths_are_the_inboxes(
        self, store: str, key: str
    ) -> None:
        tenant = uuid4()

        assert inbox_paths(store, [ChangedObject("docs", key.format(tenant))]) == {tenant: ["a.md"]}


class TestOnAmazon:
    @pytest.fixture
    def aws(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Amazon]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        with amazon() as found:
            monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
            yield found

    async def test_given_a_file_that_is_put_into_the_bucket_when_it_is_announced_then_it_is_found(
        self, harness: Harness, admin: Caller, tenant_id: UUID, aws: Amazon
    ) -> None:
        object.__setattr__(harness.context, "objects", ObjectStore("s3://docs"))
        base = await admin.make_base()
        await make_source(admin, base)
        queue = SqsQueue(aws.queue, Signed("sqs", "us-east-1"))
        listening = listen(
            queue, partial(note_changes, harness.context, "s3://docs"), ready=harness.context.db.ping
        )
        async with aclosing(queue), running(listening), harness.worker(), asyncio.timeout(60):
            aws.s3.put_object(
                Bucket="docs", Key=f"{tenant_id}/inbox/kb/a b.md", Body=b"Refunds take nine days."
            )
            while set(await admin.paths(base)) != {"a b.md"}:
                await asyncio.sleep(0.1)
            found = await admin.search("How long do refunds take?")
            aws.s3.delete_object(Bucket="docs", Key=f"{tenant_id}/inbox/kb/a b.md")
            while await admin.paths(base):
                await asyncio.sleep(0.1)

        assert "nine days" in str(found)
        assert aws.visible(aws.dead) == 0

    @pytest.mark.parametrize(("queues", "read"), [(None, True), (["changes"], True), (["turns"], False)])
    async def test_given_a_worker_when_it_takes_changes_then_it_reads_the_queue_and_another_does_not(
        self,
        harness: Harness,
        admin: Caller,
        tenant_id: UUID,
        aws: Amazon,
        monkeypatch: pytest.MonkeyPatch,
        queues: list[str] | None,
        read: bool,
    ) -> None:
        source = await make_source(admin, await admin.make_base())
        queue = SqsQueue(aws.queue, Signed("sqs", "us-east-1"))
        monkeypatch.setattr(retrieval_app, "queue_at", {"of the settings": queue}.__getitem__)
        settings = harness.runtime.settings.model_copy(
            update={
                "objects_url": "s3://docs",
                "objects_changes_url": "of the settings",
                "service_secret": SecretStr(SECRET),
            }
        )
        aws.s3.put_object(Bucket="docs", Key=f"{tenant_id}/inbox/kb/a.md", Body=b"Words.")
        async with running(compose.run_worker(settings, queues=queues)):
            async with asyncio.timeout(30):
                while read and await waiting(harness, tenant_id) != [source]:
                    await asyncio.sleep(0.1)
                while read and (aws.visible(), aws.held()) != (0, 0):
                    await asyncio.sleep(0.1)
            await asyncio.sleep(0 if read else 3)

        assert aws.visible() == (0 if read else 2), (
            "the file, and what S3 sends when the notification is set up"
        )
