"""Counts the requests and compute time of tenants, to allocate costs.

Only numbers are stored, per tenant and day. Requests are counted at the public edge. A request's compute time is the
time that its own code runs on the event loop, so a waiting stream costs nothing. A job's is the time that it occupies
a worker, whether it computes, parses in another process or waits for a model. Counts are written every few seconds
and at the end; a killed process loses the last few seconds.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from caseplane.core.clock import utcnow
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)
T = TypeVar("T")
EVERY = 10.0
"""Seconds between writes."""

ADD: LiteralString = "SELECT platform.count_use(%(tenants)s::uuid[], %(days)s::date[], %(requests)s::bigint[], %(compute_ms)s::bigint[])"
Execute = Callable[[LiteralString, Mapping[str, Any]], Awaitable[Any]]
"""Executes and commits one statement, acting as the jobs role."""


@dataclass
class _Use:
    requests: int = 0
    seconds: float = 0.0


@dataclass
class Meter:
    """Unwritten counts of this process."""

    _use: dict[tuple[UUID, date], _Use] = field(default_factory=dict)

    def add(self, tenant_id: UUID, *, requests: int = 0, seconds: float = 0.0) -> None:
        """Count for a tenant, today (UTC)."""
        use = self._use.setdefault((tenant_id, utcnow().date()), _Use())
        use.requests += requests
        use.seconds += seconds

    def pending(self, tenant_id: UUID) -> bool:
        """Whether a tenant has unwritten counts."""
        return any(tenant == tenant_id for tenant, _ in self._use)

    async def flush(self, execute: Execute) -> None:
        """Write the counts; on an error they are kept and the error is raised."""
        taken, self._use = self._use, {}
        if not taken:
            return
        rows = {
            "tenants": [tenant for tenant, _ in taken],
            "days": [day for _, day in taken],
            "requests": [use.requests for use in taken.values()],
            "compute_ms": [round(use.seconds * 1000) for use in taken.values()],
        }
        try:
            await execute(ADD, rows)
        except BaseException:  # also on cancellation, which must not lose counts
            for (tenant, day), use in taken.items():
                kept = self._use.setdefault((tenant, day), _Use())
                kept.requests += use.requests
                kept.seconds += use.seconds
            raise

    @asynccontextmanager
    async def written(self, execute: Execute, *, every: float = EVERY) -> AsyncIterator[None]:
        """Write regularly while the block runs, and once more at its end."""

        async def try_to() -> None:
            try:
                await self.flush(execute)
            except Exception as exc:  # noqa: BLE001 - no request or job fails for its count
                log.warning("tenant_use_unwritten", error=type(exc).__name__)

        async def forever() -> None:
            while True:
                await asyncio.sleep(every)
                await try_to()

        writer = asyncio.create_task(forever())
        try:
            yield
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            await try_to()


class Clocked(Awaitable[T]):
    """Runs an awaitable and measures how long its code runs, without waiting time.

    Time in other tasks or threads is not counted.
    """

    def __init__(self, work: Awaitable[T]) -> None:
        self._work = work
        self.seconds = 0.0

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._work.__await__()
        given: Any = None
        thrown: BaseException | None = None
        while True:
            began = time.thread_time()
            try:
                awaited = steps.send(given) if thrown is None else steps.throw(thrown)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                self.seconds += time.thread_time() - began
            given = thrown = None
            try:
                given = yield awaited
            except BaseException as exc:  # noqa: BLE001 - whatever it is, it is meant for the work
                thrown = exc
