"""Background jobs in Postgres (procrastinate), deferred in the transaction of the change they follow from.

A job's arguments are ids, never content. A job that raises is tried again with capped exponential backoff and
jitter if its error says that waiting helps; after the last attempt it stays as `failed`, where it can be seen
and redriven. A worker that dies holds nothing: its jobs are started again once its heartbeat is old.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, LiteralString
from uuid import UUID

import procrastinate
from procrastinate import exceptions, retry
from procrastinate.jobs import Job, Status
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bound_contextvars

from caseplane.core.beside import beside
from caseplane.core.clock import utcnow
from caseplane.core.database import DatabaseRole, driver_connection, libpq_url, session_options
from caseplane.core.errors import UnavailableError
from caseplane.core.metering import Meter
from caseplane.core.telemetry import get_logger, span

log = get_logger(__name__)
UNRECORDED_AFTER = 10.0
"""Seconds within which the outcome of a job that ended is written down, if it can be."""
STILL_DOING = "SELECT id FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status = 'doing'"


class RetryLater(Exception):  # noqa: N818 - it is an instruction, not an error
    """Raised by a job to be tried again, at `delay` from now if it knows better than the backoff."""

    def __init__(self, reason: str, *, delay: timedelta | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class Backoff(retry.BaseRetryStrategy):
    """Capped exponential backoff with full jitter, for errors that waiting helps.

    Args:
        attempts: how often a job is started at most.
        base: the first delay; it doubles with every attempt.
        cap: the longest delay.
        always: also after errors that do not say whether waiting helps.
    """

    def __init__(
        self,
        attempts: int = 8,
        *,
        base: timedelta = timedelta(seconds=1),
        cap: timedelta = timedelta(minutes=10),
        always: bool = True,
    ) -> None:
        self.attempts, self.base, self.cap, self.always = attempts, base, cap, always

    def delay(self, attempt: int) -> timedelta:
        """Before attempt number `attempt + 1`, counted from 1."""
        ceiling = min(self.cap, self.base * float(2 ** min(attempt, 30)))
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not secrecy

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        if job.attempts + 1 >= self.attempts:
            return None
        if not (self.always or isinstance(exception, RetryLater | UnavailableError)):
            return None
        wish = exception.delay if isinstance(exception, RetryLater) else None
        at: datetime = utcnow() + (wish or self.delay(job.attempts))
        return procrastinate.RetryDecision(retry_at=at)


class Jobs:
    """Defers and runs jobs.

    Args:
        url: of the database.
        stalled_after: a worker silent for so long is taken for dead.
    """

    def __init__(self, url: str, *, stalled_after: timedelta = timedelta(seconds=30)) -> None:
        self._stalled_after = stalled_after
        self.meter = Meter()
        """What tenants' requests and jobs take in this process; jobs are counted here."""
        self._ended: dict[int, float] = {}
        connector = procrastinate.PsycopgConnector(
            conninfo=libpq_url(url),
            kwargs={"options": session_options(DatabaseRole.jobs)},
            min_size=1,
            max_size=4,
        )
        self.app = procrastinate.App(connector=connector)

    def task(
        self, name: str, *, queue: str, retry: retry.BaseRetryStrategy | None = None
    ) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
        """Register an async function as the job `name`; it must be safe to run twice."""

        def register(func: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
            async def run(context: procrastinate.JobContext, /, **arguments: Any) -> None:
                ids = {k: v for k, v in arguments.items() if isinstance(v, str)}
                began = time.monotonic()
                try:
                    with (
                        bound_contextvars(job=name, job_id=context.job.id, **ids),
                        span(f"job {name}", **{"messaging.destination.name": queue}),
                    ):
                        await func(**arguments)
                finally:
                    if "tenant_id" in ids:
                        self.meter.add(UUID(ids["tenant_id"]), seconds=time.monotonic() - began)
                    if context.job.id is not None:
                        self._ended[context.job.id] = time.monotonic()

            self.app.task(name=name, queue=queue, retry=retry or Backoff(), pass_context=True)(run)
            return func

        return register

    async def defer(
        self,
        tx: AsyncSession,
        name: str,
        *,
        queue: str,
        lock: str | None = None,
        once: str | None = None,
        delay: timedelta | None = None,
        **arguments: Any,
    ) -> int | None:
        """Ask for a job in the caller's transaction; it exists only if that commits.

        Args:
            tx: the transaction of the change that the job follows from.
            name: of the task; it may belong to another service.
            queue: which workers take it.
            lock: jobs of one lock run one after another, in order.
            once: while a job with this key waits to start, another is not added.
            delay: earliest start from now.
            arguments: JSON-serialisable; ids, not content.

        Returns:
            The job's id, or None where `once` found one waiting.
        """
        deferred = partial(self._defer, tx, name, queue=queue, lock=lock, once=once, delay=delay, **arguments)
        if once is None:
            return await deferred()
        try:
            async with tx.begin_nested():  # a refused duplicate must not abort the caller's work
                return await deferred()
        except exceptions.AlreadyEnqueued:
            return None

    async def _defer(
        self,
        tx: AsyncSession,
        name: str,
        *,
        queue: str,
        lock: str | None,
        once: str | None,
        delay: timedelta | None,
        **arguments: Any,
    ) -> int:
        # Asked for here, so inside of a savepoint: it is only set once its connection is.
        connection = await driver_connection(tx)
        deferrer = self.app.configure_task(
            name,
            queue=queue,
            lock=lock,
            queueing_lock=once,
            schedule_at=utcnow() + delay if delay else None,
            connection=connection,
        )
        return await deferrer.defer_async(**arguments)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connections for workers and for looking at jobs."""
        async with self.app.open_async():
            yield

    async def work(
        self, *, queues: Sequence[str] | None = None, concurrency: int = 8, name: str = "worker"
    ) -> None:
        """Run jobs until cancelled; jobs under way get a moment to finish.

        A worker gives up when the database goes away. Another then takes its place, for without one everybody
        would wait for ever once the database is back.
        """
        async with beside(self._rescue_forever()), self.meter.written(self._execute):
            while True:
                try:
                    await self._work(queues, concurrency, name)
                    log.warning("worker_stopped", worker=name)
                except Exception as exc:  # noqa: BLE001 - whatever ended it, jobs wait
                    log.warning("worker_failed", worker=name, error=type(exc).__name__)
                await asyncio.sleep(1)

    async def _execute(self, statement: LiteralString, values: Mapping[str, Any]) -> None:
        await self.app.connector.execute_query_async(statement, **values)

    async def _work(self, queues: Sequence[str] | None, concurrency: int, name: str) -> None:
        named: Any = {"queues": list(queues)} if queues else {}
        await self.app.run_worker_async(
            **named,
            concurrency=concurrency,
            name=name,
            install_signal_handlers=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=10,
            fetch_job_polling_interval=5,
            update_heartbeat_interval=min(10.0, self._stalled_after.total_seconds() / 3),
            stalled_worker_timeout=self._stalled_after.total_seconds(),
        )

    async def rescue(self, *, stalled_after: timedelta | None = None) -> int:
        """Start the jobs of dead workers again; returns how many there were."""
        seconds = (self._stalled_after if stalled_after is None else stalled_after).total_seconds()
        stalled = await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds)
        rescued = 0
        for job in stalled:
            with contextlib.suppress(exceptions.ConnectorException):  # another rescuer was first
                await self._start_again(job)
                rescued += 1
        rescued += await self._rescue_unrecorded()
        if rescued:
            log.warning("stalled_jobs_restarted", count=rescued)
        return rescued

    async def _rescue_unrecorded(self) -> int:
        """Start jobs again that ended in this process while the database could not be told.

        Their worker lives, so nobody takes it for dead, and they would keep their lock for ever.
        """
        before = time.monotonic() - UNRECORDED_AFTER
        ended = [job_id for job_id, at in self._ended.items() if at < before]
        if not ended:
            return 0
        rows = await self.app.connector.execute_query_all_async(STILL_DOING, ids=ended)
        for row in rows:
            with contextlib.suppress(exceptions.ConnectorException):
                await self.app.job_manager.retry_job_by_id_async(row["id"], retry_at=utcnow())
        for job_id in ended:
            self._ended.pop(job_id, None)  # another worker of this process may have been first
        return len(rows)

    async def _start_again(self, job: Job) -> None:
        try:
            await self.app.job_manager.retry_job(job)
        except exceptions.UniqueViolation:
            # Another with its `once` key waits already, and does the same. Left as it is, the dead job would
            # hold the lock that the waiting one needs, for ever.
            assert job.id is not None
            await self.app.job_manager.finish_job_by_id_async(
                job_id=job.id, status=Status.FAILED, delete_job=True
            )

    async def _rescue_forever(self) -> None:
        while True:
            await asyncio.sleep(self._stalled_after.total_seconds() / 2)
            try:
                await self.rescue()
            except Exception as exc:  # noqa: BLE001 - the database may be away for a while
                log.warning("rescue_failed", error=type(exc).__name__)
