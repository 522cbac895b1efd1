"""A worker that is killed at a line of its own code: the worst moment, every moment.

`python -m tests.integration.core.kill_lines_worker CONFIG_JSON` reads lines of `QUEUE COUNT`. For each it forks a worker
of that queue, which gets `kill -9` when it reaches its COUNT-th distinct line of the code that starts, ends and rescues
jobs; it answers with the number of lines that were reached, and `killed` or `idle`.
"""

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from types import FrameType
from typing import Any
from uuid import UUID

import psycopg

from caseplane.core import jobs as jobs_module
from caseplane.core import outcomes
from caseplane.core.database import Database
from caseplane.core.jobs import Backoff, Job, JobArgs, Jobs
from caseplane.core.telemetry import configure_logging

WATCHED = {jobs_module.__file__, outcomes.__file__}


class Step(JobArgs):
    number: int


def step_of(queue: str) -> Job[Step]:
    """Steps of one queue share a lock; of the same number only one waits."""
    return Job(
        f"step.{queue}", Step, queue=queue, lock=lambda _: queue, once=lambda args: f"{queue}-{args.number}",
        retry=Backoff(8, base=timedelta(milliseconds=20)),
    )  # fmt: skip


def failing_first(jobs: Jobs, database: Database, queue: str, tenant_id: UUID, record: Any) -> None:
    """Register the job of a queue: its very first run adds a twin, then fails."""
    job = step_of(queue)

    async def step(_: UUID, args: Step) -> None:
        if await record(args.number) == 1:
            async with database.tenant(tenant_id) as tx:
                await jobs.defer(tx, job, args, tenant_id=tenant_id)
            raise OSError("the desk is away")

    jobs.handle(job, step)


def recording(url: str, queue: str) -> Any:
    """Notes the starts of a queue's jobs in a table; answers how many there were."""

    async def record(number: int) -> int:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            cursor = await connection.execute(
                "WITH noted AS (INSERT INTO public.kill_lines (queue, number) VALUES (%s, %s))"
                " SELECT count(*) + 1 FROM public.kill_lines WHERE queue = %s",
                (queue, number, queue),
            )
            row = await cursor.fetchone()
        return int(row[0]) if row else 0

    return record


def killing(count: int, reached: int) -> Any:
    """A trace function that kills this process at its `count`-th distinct watched line."""
    seen: set[tuple[str, int]] = set()

    def local(frame: FrameType, event: str, _: Any) -> Any:
        place = (frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and place not in seen:
            seen.add(place)
            os.pwrite(reached, b"%08d" % len(seen), 0)
            if len(seen) == count:
                os.kill(os.getpid(), signal.SIGKILL)
        return local

    return lambda frame, _, __: local if frame.f_code.co_filename in WATCHED else None


async def work(config: dict[str, Any], queue: str) -> None:
    url = config["database_url"]
    jobs, database = Jobs(url, stalled_after=timedelta(seconds=1)), Database(url, schema="conversation")
    tenant_id = UUID(config["tenant_id"])
    failing_first(jobs, database, queue, tenant_id, recording(config["postgres_url"], queue))
    async with jobs.open():
        task = asyncio.create_task(jobs.work(queues=[queue]))
        await asyncio.sleep(config["seconds"])
        task.cancel()


def main() -> None:
    config = json.loads(sys.argv[1])
    configure_logging(level="CRITICAL")  # the output is the protocol
    reached = os.memfd_create("reached")
    for line in sys.stdin:
        queue, count = line.split()
        os.pwrite(reached, b"%08d" % 0, 0)
        pid = os.fork()
        if pid == 0:
            sys.settrace(killing(int(count), reached))
            asyncio.run(work(config, queue))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        ended = "killed" if os.WIFSIGNALED(status) else "idle"
        print(int(os.pread(reached, 8, 0)), ended, flush=True)  # noqa: T201 - the output is the protocol


if __name__ == "__main__":
    main()
