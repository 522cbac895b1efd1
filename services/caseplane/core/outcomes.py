"""Stores how jobs end, so that none stays `doing` and holds its lock.

The job library tries once to store an outcome. If that fails, because the database is away or because a job with the
same `once` key waits already, the job stays `doing` for as long as its worker lives. Here an outcome is stored again
until it is, a retry takes its waiting twin in, and a job that another worker has taken over is left to that one.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, LiteralString

from procrastinate import exceptions
from procrastinate.connector import BaseConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from caseplane.core.clock import utcnow
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)

PAUSE = 1.0
"""Seconds between two tries to store what could not be stored."""
TWINS = 3
"""Twins that may appear one after another while one retry is stored."""
UNKNOWN_FOR = timedelta(minutes=30)
"""How long a job of a newer version waits for a worker that knows it."""
UNKNOWN_PAUSE = timedelta(seconds=20)

FINISH: LiteralString = """
    WITH mine AS (
        SELECT id FROM procrastinate_jobs WHERE id = %(job_id)s AND status = 'doing'
            AND (worker_id IS NULL OR worker_id = %(worker_id)s) FOR UPDATE
    )
    SELECT procrastinate_finish_job_v1(mine.id, %(status)s::procrastinate_job_status, %(delete_job)s) FROM mine
"""
# A twin does the same work. The job keeps its place in the queue of its lock, and gets the twin's attempts.
RETRY: LiteralString = """
    WITH mine AS (
        SELECT id, queueing_lock, abort_requested FROM procrastinate_jobs
        WHERE id = %(job_id)s AND status = 'doing'
            AND (worker_id IS NULL OR worker_id = %(worker_id)s) FOR UPDATE
    ), twin AS (
        DELETE FROM procrastinate_jobs other USING mine
        WHERE other.status = 'todo' AND other.queueing_lock = mine.queueing_lock AND NOT mine.abort_requested
        RETURNING other.args, other.attempts
    )
    UPDATE procrastinate_jobs job SET scheduled_at = %(retry_at)s,
        status = (CASE WHEN mine.abort_requested THEN 'failed' ELSE 'todo' END)::procrastinate_job_status,
        attempts = coalesce(twin.attempts, job.attempts + 1), args = coalesce(twin.args, job.args)
    FROM mine LEFT JOIN twin ON true WHERE job.id = mine.id
"""

Outcome = tuple[LiteralString, dict[str, Any]]


class Outcomes(JobManager):
    """The job library's manager, with outcomes that are stored for certain.

    Args:
        connector: to the database.
        known: names of the jobs that this process runs.
    """

    def __init__(self, connector: BaseConnector, known: Collection[str]) -> None:
        super().__init__(connector)
        self._known = known
        self._unstored: dict[int, Outcome] = {}
        self._waiting = asyncio.Event()

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        if status == Status.FAILED and job.task_name not in self._known and _young(job):
            await self.retry_job(job, retry_at=utcnow() + UNKNOWN_PAUSE)
            return
        await self._settle(job, FINISH, {"status": status.value, "delete_job": delete_job})

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Start a job again; our retries change neither its priority nor its queue nor its lock."""
        assert (priority, queue, lock) == (None, None, None)
        await self._settle(job, RETRY, {"retry_at": retry_at or utcnow()})

    async def keep_storing(self) -> None:
        """Store again what could not be stored, until cancelled."""
        while True:
            await self._waiting.wait()
            await asyncio.sleep(PAUSE)
            for job_id, outcome in list(self._unstored.items()):
                if await self._stored(job_id, outcome):
                    self._unstored.pop(job_id, None)
                    log.warning("job_outcome_stored_late", job_id=job_id)
            if not self._unstored:
                self._waiting.clear()

    async def _settle(self, job: Job, statement: LiteralString, values: dict[str, Any]) -> None:
        assert job.id is not None
        outcome = (statement, {"job_id": job.id, "worker_id": job.worker_id, **values})
        if not await self._stored(job.id, outcome):
            self._unstored[job.id] = outcome
            self._waiting.set()

    async def _stored(self, job_id: int, outcome: Outcome) -> bool:
        for _ in range(TWINS):
            try:
                await self.connector.execute_query_async(outcome[0], **outcome[1])
            except exceptions.UniqueViolation:
                continue  # a twin appeared in this moment; the next try takes it in
            except Exception as exc:  # noqa: BLE001 - whatever it is, the lock must not be held for ever
                cause = exc.__cause__ or exc
                log.warning("job_outcome_not_stored", job_id=job_id, error=type(cause).__name__)
                return False
            return True
        return False


def _young(job: Job) -> bool:
    return job.attempts < UNKNOWN_FOR / UNKNOWN_PAUSE
