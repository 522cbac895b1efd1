"""Reading continues after every failure, and removes from the queue only what is stored."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest
from tests.integration.core.announcements.vendors import FakePubSub, good_token

from caseplane.core.announcements import ChangedObject, listen, listening
from caseplane.core.announcements.pubsub import PubSubQueue
from caseplane.core.background import running
from caseplane.core.cloud_auth import Bearer
from caseplane.core.errors import UnavailableError


class Notes:
    """A store of changes, which can be unavailable."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []
        self.away: Exception | None = None
        self.asked = 0

    async def ready(self) -> None:
        self.asked += 1
        if self.away:
            raise self.away

    async def write(self, changed: Sequence[ChangedObject]) -> None:
        if self.away:
            raise self.away
        self.seen.append([each.key for each in changed])


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "IDLE_PAUSE", 0.01)
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(listening, "LONGEST_PAUSE", 0.02)


@asynccontextmanager
async def reading(fake: FakePubSub, notes: Notes) -> AsyncIterator[None]:
    queue = PubSubQueue("projects/p/subscriptions/jobs", Bearer(good_token), fake.transport())
    async with aclosing(queue), running(listen(queue, notes.write, ready=notes.ready)):
        yield


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


class TestListen:
    async def test_given_announcements_when_read_then_each_object_is_passed_on_once_and_all_are_finished(
        self,
    ) -> None:
        fake, notes = FakePubSub(), Notes()
        for key in ("a", "b", "a"):
            fake.put({}, bucketId="docs", objectId=key)

        async with reading(fake, notes):
            await until(lambda: not fake.waiting)

        assert notes.seen == [["a", "b"]]

    async def test_given_an_unreadable_one_when_read_then_the_others_go_on_and_it_ends_as_a_dead_letter(
        self,
    ) -> None:
        fake, notes = FakePubSub(), Notes()
        fake.put(b"what?")
        fake.put({}, bucketId="docs", objectId="a")

        async with reading(fake, notes):
            await until(lambda: len(fake.waiting) == 1)
            for _ in range(5):
                await until(lambda: all(each.lock for each in fake.waiting))
                fake.let_locks_run_out()
            await until(lambda: bool(fake.dead))

        assert notes.seen == [["a"]]
        assert [each.body for each in fake.dead] == [b"what?"]

    async def test_given_an_unavailable_store_when_read_then_no_delivery_is_used_up(self) -> None:
        fake, notes = FakePubSub(), Notes()
        notes.away = UnavailableError("The database is away.")
        fake.put({}, bucketId="docs", objectId="a")

        async with reading(fake, notes):
            await until(lambda: notes.asked > 5)
            deliveries = fake.waiting[0].deliveries
            notes.away = None
            await until(lambda: not fake.waiting)

        assert deliveries == 0
        assert notes.seen == [["a"]]

    async def test_given_writing_that_fails_when_delivered_again_then_nothing_is_lost(self) -> None:
        fake, notes = FakePubSub(), Notes()
        fake.put({}, bucketId="docs", objectId="a")
        write, failures = notes.write, [RuntimeError("killed"), UnavailableError("away")]

        async def failing(changed: Sequence[ChangedObject]) -> None:
            if failures:
                fake.let_locks_run_out()
                raise failures.pop()
            await write(changed)

        notes.write = failing  # type: ignore[method-assign]
        async with reading(fake, notes):
            await until(lambda: not fake.waiting)

        assert notes.seen == [["a"]]

    async def test_given_a_queue_that_is_down_for_a_while_when_it_is_back_then_reading_continues(
        self,
    ) -> None:
        fake, notes = FakePubSub(), Notes()
        fake.put({}, bucketId="docs", objectId="a")
        fake.down = 503

        async with reading(fake, notes):
            await until(lambda: len(fake.requests) > 3)
            fake.down = 0
            await until(lambda: not fake.waiting)

        assert notes.seen == [["a"]]
