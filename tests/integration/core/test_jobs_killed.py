"""`kill -9` of a worker at each line of the code that starts, ends and rescues jobs: no job is lost, none stays `doing`.

`CASEPLANE_KILL_EVERY=1 pytest tests/integration/core/test_jobs_killed.py -s` kills at every line.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from tests.integration.core.kill_lines_worker import Step, failing_first, recording, step_of

from caseplane.core.database import Database
from caseplane.core.ids import new_id
from caseplane.core.jobs import Jobs

EVERY = int(os.environ.get("CASEPLANE_KILL_EVERY", "12"))
ROOT = Path(__file__).parents[3]
SECONDS = 4.0
"""That a worker without a kill is given; it needs less than one."""


@pytest.fixture
def launcher(
    database_url: str, postgres_url: str, tenant_id: UUID
) -> Iterator[Callable[[str, int], tuple[int, bool]]]:
    config = {"database_url": database_url, "postgres_url": postgres_url, "tenant_id": str(tenant_id)}
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS public.kill_lines (queue text, number integer, id serial)"
        )
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.core.kill_lines_worker", json.dumps({**config, "seconds": SECONDS})],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None

        def launch(queue: str, count: int) -> tuple[int, bool]:
            process.stdin.write(f"{queue} {count}\n")  # type: ignore[union-attr]
            reached, ended = process.stdout.readline().split()  # type: ignore[union-attr]
            return int(reached), ended == "killed"

        yield launch
        process.stdin.close()


class TestKilled:
    @pytest.mark.timeout(1800)
    async def test_given_a_kill_at_any_line_when_other_workers_go_on_then_every_job_ends_in_order(
        self,
        launcher: Callable[[str, int], tuple[int, bool]],
        make_database: Callable[[str], Database],
        database_url: str,
        postgres_url: str,
        tenant_id: UUID,
    ) -> None:
        database, count, kills = make_database("conversation"), 1, 0
        while True:
            queue = f"q-{new_id()}"
            jobs = Jobs(database_url, stalled_after=timedelta(seconds=1))
            failing_first(jobs, database, queue, tenant_id, recording(postgres_url, queue))
            async with jobs.open():
                async with database.tenant(tenant_id) as tx:
                    for number in (1, 2):
                        await jobs.defer(tx, step_of(queue), Step(number=number), tenant_id=tenant_id)
                reached, killed = await asyncio.to_thread(launcher, queue, count)
                ran = await ended(jobs, postgres_url, queue)
            assert ran[-1] == 2, (reached, ran)
            assert ran == sorted(ran), (reached, ran)
            if not killed:
                break
            kills, count = kills + 1, count + EVERY
        print(f"\n{kills} kills at the lines 1, {1 + EVERY}, … of {reached}")  # noqa: T201

        assert kills > 60 / EVERY


async def ended(jobs: Jobs, postgres_url: str, queue: str) -> list[int]:
    """Work until no job of the queue is left; the numbers in the order in which they were started."""
    await asyncio.sleep(0 if not left(postgres_url, queue) else 1.1)  # the dead worker's heartbeat grows old
    await jobs.rescue()
    task = asyncio.create_task(jobs.work(queues=[queue]))
    try:
        async with asyncio.timeout(30):
            while left(postgres_url, queue):
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT number FROM public.kill_lines WHERE queue = %s ORDER BY id", (queue,)
        ).fetchall()
    return [number for (number,) in rows]


def left(postgres_url: str, queue: str) -> list[str]:
    """The states of the queue's jobs that are not done."""
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT status::text FROM jobs.procrastinate_jobs WHERE queue_name = %s", (queue,)
        ).fetchall()
    return [status for (status,) in rows]
