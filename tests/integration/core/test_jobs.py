import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from procrastinate import exceptions

from caseplane.core import jobs as jobs_module
from caseplane.core import outcomes
from caseplane.core.database import Database
from caseplane.core.failed_jobs import failed_jobs, retry_failed_jobs
from caseplane.core.ids import new_id
from caseplane.core.jobs import Backoff, Job, JobArgs, Jobs, RetryLater

Maker = Callable[[str], Database]


class Nothing(JobArgs):
    """A job that needs no arguments."""


class Step(JobArgs):
    number: int


@pytest.fixture
def queue() -> str:
    return f"q-{new_id()}"


@pytest.fixture
async def jobs(database_url: str) -> AsyncIterator[Jobs]:
    made = Jobs(database_url, stalled_after=timedelta(seconds=2))
    async with made.open():
        yield made


@contextlib.asynccontextmanager
async def working(jobs: Jobs, queue: str) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.work(queues=[queue]))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def eventually(holds: Callable[[], Any], seconds: float = 20) -> None:
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("It did not happen in time.")


def statuses(postgres_url: str, queue: str) -> list[str]:
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT status::text FROM jobs.procrastinate_jobs WHERE queue_name = %s ORDER BY id", (queue,)
        ).fetchall()
    return [status for (status,) in rows]


def change(postgres_url: str, statement: LiteralString, *values: Any) -> None:
    """Change jobs by hand; the triggers of their table need its schema."""
    with psycopg.connect(postgres_url, options="-c search_path=jobs,public") as connection:
        connection.execute(statement, values)


def starts(postgres_url: str, queue: str) -> int:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute(
            "SELECT max(attempts) FROM jobs.procrastinate_jobs WHERE queue_name = %s", (queue,)
        ).fetchone()
    return int(row[0] or 0) if row else 0


class TestDefer:
    async def test_given_a_transaction_that_fails_when_a_job_was_deferred_in_it_then_there_is_none(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        async def refused() -> None:
            async with make_database("conversation").tenant(tenant_id) as tx:
                await jobs.defer(tx, Job("x.nothing", Nothing, queue=queue), Nothing(), tenant_id=tenant_id)
                raise RuntimeError("the change was refused")

        with pytest.raises(RuntimeError):
            await refused()

        with psycopg.connect(postgres_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM jobs.procrastinate_jobs WHERE queue_name = %s", (queue,)
            ).fetchone()
        assert row == (0,)

    async def test_given_one_waiting_when_the_same_is_deferred_once_more_then_the_transaction_continues(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID
    ) -> None:
        job = Job("x.nothing", Nothing, queue=queue, once=lambda _: queue)

        async with make_database("conversation").tenant(tenant_id) as tx:
            first = await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
            second = await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
            third = await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id, once=f"{queue}-other")

        assert first is not None
        assert second is None
        assert third is not None


class TestWork:
    async def test_given_jobs_of_one_lock_when_the_first_is_retried_then_the_order_is_kept(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID
    ) -> None:
        done = []
        retry = Backoff(5, base=timedelta(milliseconds=50))
        job = Job(f"step.{queue}", Step, queue=queue, lock=lambda _: queue, retry=retry)

        async def step(_: UUID, args: Step) -> None:
            done.append(args.number)
            if done == [1]:
                raise RetryLater("not yet", delay=timedelta(milliseconds=100))

        jobs.handle(job, step)
        async with make_database("conversation").tenant(tenant_id) as tx:
            for number in (1, 2, 3):
                await jobs.defer(tx, job, Step(number=number), tenant_id=tenant_id)
        async with working(jobs, queue):
            await eventually(lambda: len(done) >= 4)

        assert done == [1, 1, 2, 3]

    async def test_given_a_job_whose_worker_died_when_its_heartbeat_is_old_then_it_runs_again(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        job, ran = Job(f"once.{queue}", Nothing, queue=queue), []

        async def once(_: UUID, __: Nothing) -> None:
            ran.append(1)

        jobs.handle(job, once)
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        change(
            postgres_url,
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 hour') RETURNING id)"
            " UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM dead)"
            " WHERE queue_name = %s",
            queue,
        )
        async with working(jobs, queue):
            await eventually(lambda: ran)

        assert ran == [1]

    async def test_given_a_failing_job_when_one_with_its_key_waits_then_it_runs_again_in_its_place_with_the_attempts_of_both(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        ran: list[int] = []
        retry = Backoff(2, base=timedelta(milliseconds=20))
        job = Job(
            f"twin.{queue}", Step, queue=queue, lock=lambda _: queue, once=lambda a: f"{queue}-{a.number}",
            retry=retry,
        )  # fmt: skip
        database = make_database("conversation")

        async def step(_: UUID, args: Step) -> None:
            ran.append(args.number)
            if ran == [1]:
                async with database.tenant(tenant_id) as tx:
                    await jobs.defer(tx, job, Step(number=1), tenant_id=tenant_id)
            if len(ran) < 3:
                raise OSError("the desk is away")

        jobs.handle(job, step)
        async with database.tenant(tenant_id) as tx:
            for number in (1, 2):
                await jobs.defer(tx, job, Step(number=number), tenant_id=tenant_id)
        async with working(jobs, queue):
            await eventually(lambda: len(ran) == 4)

        # The third start is the second of two attempts that the waiting job had.
        assert ran == [1, 1, 1, 2]
        assert statuses(postgres_url, queue) == []

    async def test_given_an_end_that_cannot_be_stored_when_the_database_is_back_then_it_is_stored_and_not_run_again(
        self,
        jobs: Jobs,
        queue: str,
        make_database: Maker,
        tenant_id: UUID,
        postgres_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        job, ran = Job(f"once.{queue}", Nothing, queue=queue), []
        monkeypatch.setattr(outcomes, "PAUSE", 0.1)
        execute, lost = jobs.app.connector.execute_query_async, []

        async def losing(query: Any, **values: Any) -> None:
            if query in (outcomes.FINISH, outcomes.RETRY) and len(lost) < 3:
                lost.append(query)
                raise exceptions.ConnectorException
            await execute(query, **values)

        async def once(_: UUID, __: Nothing) -> None:
            ran.append(1)
            if len(ran) == 1:
                raise RetryLater("not yet", delay=timedelta(0))

        jobs.handle(job, once)
        monkeypatch.setattr(jobs.app.connector, "execute_query_async", losing)
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        async with working(jobs, queue):
            await eventually(lambda: not statuses(postgres_url, queue))

        assert len(lost) == 3
        assert ran == [1, 1]

    async def test_given_a_job_that_another_worker_took_over_when_the_first_ends_then_it_is_left_to_the_other(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        job, started, end = Job(f"slow.{queue}", Nothing, queue=queue), asyncio.Event(), asyncio.Event()

        async def slow(_: UUID, __: Nothing) -> None:
            started.set()
            await end.wait()
            raise RetryLater("not yet", delay=timedelta(0))

        jobs.handle(job, slow)
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        async with working(jobs, queue):
            await asyncio.wait_for(started.wait(), 20)
            change(
                postgres_url,
                "WITH other AS (INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id)"
                " UPDATE procrastinate_jobs SET worker_id = (SELECT id FROM other) WHERE queue_name = %s",
                queue,
            )
            end.set()
            await asyncio.sleep(0.5)
            left = statuses(postgres_url, queue)

        assert left == ["doing"]

    async def test_given_a_job_that_never_ends_when_it_takes_longer_than_it_may_then_it_is_tried_again(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        ran: list[int] = []
        retry = Backoff(3, base=timedelta(milliseconds=20), always=False)
        job = Job(
            f"hung.{queue}", Nothing, queue=queue, retry=retry, longest=timedelta(milliseconds=200)
        )  # fmt: skip

        async def hung(_: UUID, __: Nothing) -> None:
            ran.append(1)
            if len(ran) == 1:
                await asyncio.Event().wait()

        jobs.handle(job, hung)
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        async with working(jobs, queue):
            await eventually(lambda: not statuses(postgres_url, queue))

        assert ran == [1, 1]

    async def test_given_a_job_of_a_newer_version_when_this_worker_does_not_know_it_then_it_waits_for_one_that_does(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, Job("x.newer", Nothing, queue=queue), Nothing(), tenant_id=tenant_id)

        async with working(jobs, queue):
            await eventually(lambda: starts(postgres_url, queue) == 1)

        assert statuses(postgres_url, queue) == ["todo"]

    async def test_given_a_worker_that_stops_when_its_job_has_no_attempt_left_then_another_starts_it_at_once(
        self,
        jobs: Jobs,
        queue: str,
        make_database: Maker,
        tenant_id: UUID,
        postgres_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(jobs_module, "LAST_SECONDS", 0.1)
        job, started = Job(f"cut.{queue}", Nothing, queue=queue, retry=Backoff(1)), asyncio.Event()
        ran: list[int] = []

        async def cut(_: UUID, __: Nothing) -> None:
            ran.append(1)
            started.set()
            if len(ran) == 1:
                await asyncio.Event().wait()

        jobs.handle(job, cut)
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        async with working(jobs, queue):
            await asyncio.wait_for(started.wait(), 20)

        assert statuses(postgres_url, queue) == ["todo"]
        async with working(jobs, queue):
            await eventually(lambda: not statuses(postgres_url, queue))
        assert ran == [1, 1]

    async def test_given_a_job_that_kills_its_worker_every_time_when_rescued_often_then_it_fails_visibly(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        job = Job(f"deadly.{queue}", Nothing, queue=queue)

        async def deadly(_: UUID, __: Nothing) -> None: ...

        jobs.handle(job, deadly)
        database = make_database("conversation")
        async with database.tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        for _ in range(jobs_module.STARTS):
            change(
                postgres_url,
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE queue_name = %s",
                queue,
            )
            await jobs.rescue()

        async with database.tenant(tenant_id) as tx:
            found = await failed_jobs(tx, tenant_id, limit=10)
        assert [each.name for each in found] == [job.name]


class TestFailed:
    async def test_given_failed_jobs_with_one_key_when_retried_then_one_waits_and_none_is_left(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        job = Job("x.nothing", Nothing, queue=queue)
        database = make_database("conversation")
        for key in ("a", "a", "b"):
            async with database.tenant(tenant_id) as tx:
                await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id, once=f"{queue}-{key}")
            change(
                postgres_url, "UPDATE procrastinate_jobs SET status = 'failed' WHERE queue_name = %s", queue
            )
        async with database.tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id, once=f"{queue}-b")

        async with database.tenant(tenant_id) as tx:
            count = await retry_failed_jobs(tx, tenant_id, limit=10)

        assert count == 1
        assert statuses(postgres_url, queue) == ["todo", "todo"]


class TestBackoff:
    def test_given_many_attempts_when_delayed_then_it_grows_and_stays_under_the_cap(self) -> None:
        backoff = Backoff(base=timedelta(seconds=1), cap=timedelta(minutes=10))

        delays = [backoff.delay(attempt) for attempt in range(64)]

        assert all(timedelta(0) < delay <= timedelta(minutes=10) for delay in delays)
        assert max(delays[:3]) < min(delays[12:])


class TestMetered:
    async def test_given_a_job_of_a_tenant_when_it_ran_then_its_time_is_written_as_the_tenants(
        self, jobs: Jobs, queue: str, make_database: Maker, tenant_id: UUID, postgres_url: str
    ) -> None:
        job = Job(f"x.slow-{queue}", Nothing, queue=queue)

        async def slow(_: UUID, __: Nothing) -> None:
            await asyncio.sleep(0.2)

        jobs.handle(job, slow)

        def used() -> int:
            with psycopg.connect(postgres_url) as connection:
                row = connection.execute(
                    "SELECT sum(compute_ms) FROM platform.tenant_use WHERE tenant_id = %s", (tenant_id,)
                ).fetchone()
            return int(row[0] or 0) if row else 0

        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        async with working(jobs, queue):
            await eventually(lambda: jobs.meter.pending(tenant_id))

        assert 200 <= used() < 2_000
