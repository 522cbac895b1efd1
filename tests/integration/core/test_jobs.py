import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from caseplane.core import jobs as jobs_module
from caseplane.core.database import Database
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
        with psycopg.connect(postgres_url, options="-c search_path=jobs,public") as connection:
            connection.execute(
                "WITH dead AS (INSERT INTO jobs.procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '1 hour') RETURNING id)"
                " UPDATE jobs.procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM dead)"
                " WHERE queue_name = %s",
                (queue,),
            )
        async with working(jobs, queue):
            await eventually(lambda: ran)

        assert ran == [1]

    async def test_given_a_job_whose_end_was_never_recorded_when_its_worker_lives_then_it_runs_again(
        self,
        jobs: Jobs,
        queue: str,
        make_database: Maker,
        tenant_id: UUID,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        job, ran = Job(f"once.{queue}", Nothing, queue=queue), []
        monkeypatch.setattr(jobs_module, "UNRECORDED_AFTER", 0.2)
        manager = jobs.app.job_manager
        finish = manager.finish_job

        async def lost(*arguments: Any, **options: Any) -> None:
            monkeypatch.setattr(manager, "finish_job", finish)
            raise OSError("the database went away")

        async def once(_: UUID, __: Nothing) -> None:
            ran.append(1)

        jobs.handle(job, once)
        monkeypatch.setattr(manager, "finish_job", lost)
        async with make_database("conversation").tenant(tenant_id) as tx:
            await jobs.defer(tx, job, Nothing(), tenant_id=tenant_id)
        async with working(jobs, queue):
            await eventually(lambda: len(ran) == 2)


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
