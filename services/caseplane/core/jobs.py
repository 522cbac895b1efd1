"""Background jobs in Postgres (procrastinate), deferred in the transaction of the change that causes them.

Sender and receiver share a `Job`: its name, the model of its arguments, its queue and its retries. Arguments are
ids, never content. A job that raises is retried with capped exponential backoff and jitter if its error says that
waiting helps; after the last attempt it stays as `failed`, where it can be listed and retried. When a worker dies,
its jobs are started again after its heartbeat is too old. A job that takes too long is ended and retried.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, LiteralString, TypeVar
from uuid import UUID

import procrastinate
import psycopg
from procrastinate import exceptions, retry
from procrastinate.jobs import Job as JobRow
from procrastinate.jobs import Status
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bound_contextvars

from caseplane.core.background import running
from caseplane.core.clock import utcnow
from caseplane.core.database import LIVELY, driver_connection, libpq_url, session_options
from caseplane.core.errors import UnavailableError
from caseplane.core.metering import Meter
from caseplane.core.outcomes import Outcomes
from caseplane.core.statements import is_alive
from caseplane.core.telemetry import get_logger, span

log = get_logger(__name__)
A = TypeVar("A", bound=BaseModel)
LAST_SECONDS = 10.0
"""That a running job has to finish when its worker stops."""
STARTS = 20
"""Starts that a job has at least if its worker died or was stopped; one that kills every worker fails then."""
AT_ONCE = 3
"""Starts after a stopped worker that need not wait."""


class RetryLater(Exception):  # noqa: N818 - it is an instruction, not an error
    """Raised by a job to be retried, after `delay` if it is given instead of the backoff."""

    def __init__(self, reason: str, *, delay: timedelta | None = None) -> None:
        super().__init__(reason)
        self.delay = delay


class Backoff(retry.BaseRetryStrategy):
    """Capped exponential backoff with full jitter, for errors that waiting helps.

    Args:
        attempts: maximum number of starts.
        base: the first delay; it doubles with every attempt.
        cap: the longest delay.
        always: retry also after errors that do not say whether waiting helps.
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
        """The pause before attempt `attempt + 1`, counted from 1."""
        ceiling = min(self.cap, self.base * float(2 ** min(attempt, 30)))
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not secrecy

    def get_retry_decision(
        self, *, exception: BaseException, job: JobRow
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return self._stopped(job.attempts)
        if job.attempts + 1 >= self.attempts:
            return None
        if not (self.always or isinstance(exception, RetryLater | UnavailableError)):
            return None
        wish = exception.delay if isinstance(exception, RetryLater) else None
        at: datetime = utcnow() + (wish or self.delay(job.attempts))
        return procrastinate.RetryDecision(retry_at=at)

    def _stopped(self, attempts: int) -> procrastinate.RetryDecision | None:
        """Its worker stops; that says nothing about the job, so another worker starts it at once."""
        if self.exhausted(attempts):
            return None
        delay = timedelta(0) if attempts < AT_ONCE else self.delay(attempts)
        return procrastinate.RetryDecision(retry_at=utcnow() + delay)

    def exhausted(self, attempts: int) -> bool:
        """Whether a job has been started often enough, counting starts whose worker died or was stopped."""
        return attempts + 1 >= max(self.attempts, STARTS)


class JobArgs(BaseModel):
    """Arguments of a job, without its tenant: ids, as JSON."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, eq=False)
class Job(Generic[A]):
    """A kind of background work.

    Attributes:
        name: as stored; do not change it, because jobs wait across upgrades.
        args: the model of its arguments.
        queue: whose workers run it.
        after: the cause of the job, in whose transaction it is deferred.
        repeat: why a second run does no harm.
        lock: jobs with the same lock run one after another, in the order in which they were deferred.
        once: no second job is added while one with the same key waits to start.
        retry: number and delays of its attempts.
        longest: it is ended and retried after so long; a job that waits for ever would hold its lock for ever.
    """

    name: str
    args: type[A]
    queue: str
    after: str = ""
    repeat: str = ""
    lock: Callable[[A], str] | None = None
    once: Callable[[A], str] | None = None
    retry: Backoff = field(default_factory=Backoff)
    longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class Periodic:
    """Scheduled work, once per installation and tick, outside any tenant; `cron` is in UTC."""

    name: str
    queue: str
    cron: str
    repeat: str = ""
    longest: timedelta = timedelta(hours=1)


class Jobs:
    """Defers and runs jobs.

    Args:
        url: of the database.
        stalled_after: a worker without a heartbeat for so long counts as dead.
    """

    def __init__(self, url: str, *, stalled_after: timedelta = timedelta(seconds=30)) -> None:
        self._stalled_after = stalled_after
        self.meter = Meter()
        """Usage by tenants' requests and jobs in this process; jobs are counted here."""
        connector = procrastinate.PsycopgConnector(
            pool_factory=_pool,
            conninfo=libpq_url(url),
            kwargs={"options": session_options("jobs"), **LIVELY},
            min_size=1,
            max_size=4,
        )
        self.app = procrastinate.App(connector=connector)
        self._outcomes = Outcomes(connector, self.app.tasks)
        self._last_words: dict[
            str, Callable[[UUID, Mapping[str, Any], Exception | None], Awaitable[None]]
        ] = {}
        self.app.job_manager = self._outcomes

    def handle(
        self,
        job: Job[A],
        run: Callable[[UUID, A], Awaitable[None]],
        *,
        given_up: Callable[[UUID, A, Exception | None], Awaitable[None]] | None = None,
    ) -> None:
        """Register a job with this process's worker.

        Args:
            job: the kind of work.
            run: gets tenant and arguments, and may run twice.
            given_up: told of a job that will not be tried again, with the last error; None if its workers died.
        """
        if given_up is not None:
            tell = given_up

            async def last_words(
                tenant_id: UUID, arguments: Mapping[str, Any], exc: Exception | None
            ) -> None:
                await tell(tenant_id, job.args.model_validate(arguments), exc)

            self._last_words[job.name] = last_words

        async def attempt(context: procrastinate.JobContext, /, tenant_id: str, **arguments: Any) -> None:
            ids = {k: v for k, v in arguments.items() if isinstance(v, str)}
            began = time.monotonic()
            try:
                with (
                    bound_contextvars(job=job.name, job_id=context.job.id, tenant_id=tenant_id, **ids),
                    span(f"job {job.name}", **{"messaging.destination.name": job.queue}),
                ):
                    async with _limited(job.longest):
                        await run(UUID(tenant_id), job.args.model_validate(arguments))
            except Exception as exc:
                if job.retry.get_retry_decision(exception=exc, job=context.job) is None:
                    await self._give_up(context.job, exc)
                raise
            finally:
                self.meter.add(UUID(tenant_id), seconds=time.monotonic() - began)

        self.app.task(name=job.name, queue=job.queue, retry=job.retry, pass_context=True)(attempt)

    def every(self, periodic: Periodic, run: Callable[[], Awaitable[None]]) -> None:
        """Register scheduled work with this process's worker."""

        async def tick(context: procrastinate.JobContext, /, timestamp: int) -> None:
            with bound_contextvars(job=periodic.name, job_id=context.job.id), span(f"job {periodic.name}"):
                async with _limited(periodic.longest):
                    await run()

        task = self.app.task(name=periodic.name, queue=periodic.queue, retry=Backoff(), pass_context=True)(
            tick
        )
        self.app.periodic(cron=periodic.cron, periodic_id=periodic.name)(task)

    async def defer(
        self,
        tx: AsyncSession,
        job: Job[A],
        args: A,
        *,
        tenant_id: UUID,
        lock: str | None = None,
        once: str | None = None,
        delay: timedelta | None = None,
    ) -> int | None:
        """Defer a job in the caller's transaction; use cases call `Work.defer` instead."""
        once = once or (job.once(args) if job.once else None)
        lock = lock or (job.lock(args) if job.lock else None)
        options = {"lock": lock, "queueing_lock": once, "schedule_at": utcnow() + delay if delay else None}
        arguments = {"tenant_id": str(tenant_id), **args.model_dump(mode="json")}
        if once is None:
            return await self._defer(tx, job, options, arguments)
        try:
            async with tx.begin_nested():  # a refused duplicate must not abort the caller's work
                return await self._defer(tx, job, options, arguments)
        except exceptions.AlreadyEnqueued:
            return None

    async def _defer(
        self, tx: AsyncSession, job: Job[Any], options: dict[str, Any], arguments: dict[str, Any]
    ) -> int:
        # Inside the savepoint, because it is set only after its connection.
        connection = await driver_connection(tx)
        deferrer = self.app.configure_task(job.name, queue=job.queue, connection=connection, **options)
        return await deferrer.defer_async(**arguments)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Connections for workers and for inspecting jobs."""
        async with self.app.open_async():
            yield

    async def work(
        self, *, queues: Sequence[str] | None = None, concurrency: int = 8, name: str = "worker"
    ) -> None:
        """Run jobs until cancelled; running jobs get some time to finish.

        A worker ends when the database goes away. A new one then replaces it: otherwise no job would run after
        the database is back.
        """
        async with (
            running(self._rescue_forever()),
            running(self._outcomes.keep_storing()),
            self.meter.written(self._execute),
        ):
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
            shutdown_graceful_timeout=LAST_SECONDS,
            fetch_job_polling_interval=5,
            update_heartbeat_interval=min(10.0, self._stalled_after.total_seconds() / 3),
            stalled_worker_timeout=self._stalled_after.total_seconds(),
        )

    async def rescue(self, *, stalled_after: timedelta | None = None) -> int:
        """Start the jobs of dead workers again; returns how many there were."""
        seconds = (self._stalled_after if stalled_after is None else stalled_after).total_seconds()
        stalled = list(await self._outcomes.get_stalled_jobs(seconds_since_heartbeat=seconds))
        for job in stalled:
            await self._start_again(job)
        if stalled:
            log.warning("stalled_jobs_restarted", count=len(stalled))
        return len(stalled)

    async def _start_again(self, job: JobRow) -> None:
        task = self.app.tasks.get(job.task_name)
        retries = task.retry_strategy if task else None
        if isinstance(retries, Backoff) and retries.exhausted(job.attempts):
            log.error("job_kills_its_workers", job=job.task_name, job_id=job.id, attempts=job.attempts)
            await self._give_up(job, None)
            await self._outcomes.finish_job(job, Status.FAILED, delete_job=False)
        else:
            await self._outcomes.retry_job(job)

    async def _give_up(self, job: JobRow, exc: Exception | None) -> None:
        """Tell whom it concerns that a job will not be tried again; the job is `failed` even if that fails too."""
        tell = self._last_words.get(job.task_name)
        if tell is None:
            return
        arguments = dict(job.task_kwargs)
        try:
            await tell(UUID(str(arguments.pop("tenant_id"))), arguments, exc)
        except Exception as told:  # noqa: BLE001 - the job's own error counts
            log.error("job_given_up_untold", job=job.task_name, job_id=job.id, error=type(told).__name__)

    async def _rescue_forever(self) -> None:
        while True:
            await asyncio.sleep(self._stalled_after.total_seconds() / 2)
            try:
                await self.rescue()
            except Exception as exc:  # noqa: BLE001 - the database may be away for a while
                log.warning("rescue_failed", error=type(exc).__name__)


def _pool(**arguments: Any) -> AsyncConnectionPool[Any]:
    """A pool whose statements are a round trip each.

    Whether a connection was dropped shows at its socket, where procrastinate would ask the server each time.
    """
    return AsyncConnectionPool(**(arguments | {"configure": _commit_each, "check": _refuse_dead}))


async def _commit_each(connection: psycopg.AsyncConnection[Any]) -> None:
    """Procrastinate executes single statements, which need neither BEGIN nor COMMIT."""
    await connection.set_autocommit(True)


async def _refuse_dead(connection: psycopg.AsyncConnection[Any]) -> None:
    if not is_alive(connection):
        await connection.close()  # else the pool would keep it
        raise psycopg.OperationalError("the server closed the idle connection")


@contextlib.asynccontextmanager
async def _limited(longest: timedelta) -> AsyncIterator[None]:
    """End a block that takes too long; it is tried again like one whose error waiting helps."""
    try:
        async with asyncio.timeout(longest.total_seconds()) as limit:
            yield
    except TimeoutError as exc:
        if not limit.expired():
            raise  # the block's own
        raise RetryLater(f"It took longer than {longest}.") from exc
