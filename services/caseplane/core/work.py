"""The unit of work of all services: a transaction of one tenant, with a principal and a time.

Every use case takes a `Work` and never commits. `Context.work` opens the transaction: for a route through `opened`,
for a job through `Handlers.in_work`. If the block ends without an exception it commits, otherwise it rolls back; the
same holds for the jobs deferred in it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core import audit
from caseplane.core.auth import Principal, Role, current_principal, require, service_principal
from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.jobs import Job, Jobs, Periodic

A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Context:
    """Shared by the use cases of a service, built once per process; each service adds its own dependencies."""

    service: ClassVar[str] = "caseplane"
    """The service's name, which is the principal of its jobs."""

    db: Database
    jobs: Jobs

    @asynccontextmanager
    async def work(
        self, principal: Principal, *, database: Database | None = None
    ) -> AsyncIterator["Work[Self]"]:
        """Open a transaction of the caller's tenant; `database` is for another role than the service's own."""
        async with (database or self.db).tenant(principal.tenant) as tx:
            yield Work(self, tx, principal, utcnow())

    @asynccontextmanager
    async def system_work(self, *, database: Database | None = None) -> AsyncIterator["SystemWork"]:
        """Open a transaction without a tenant, to list or change rows across tenants."""
        async with (database or self.db).system() as tx:
            yield SystemWork(tx, utcnow())

    def principal(self, tenant_id: UUID) -> Principal:
        """The service itself as principal of a tenant."""
        return service_principal(tenant_id, self.service)


C = TypeVar("C", bound=Context)
Ctx = TypeVar("Ctx", bound=Context, covariant=True)


@dataclass(frozen=True)
class Work(Generic[Ctx]):
    """One transaction of one tenant.

    Attributes:
        context: the service's dependencies and settings.
        now: when the work began; its rows have this time.
    """

    context: Ctx
    tx: AsyncSession
    principal: Principal
    now: datetime
    _repositories: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def tenant_id(self) -> UUID:
        return self.principal.tenant

    def repo(self, kind: Callable[[AsyncSession, UUID], R]) -> R:
        """The repository of this transaction and tenant, such as `work.repo(Tickets)`."""
        found: R | None = self._repositories.get(kind)
        if found is None:
            found = self._repositories[kind] = kind(self.tx, self.tenant_id)
        return found

    async def defer(
        self,
        job: Job[A],
        args: A,
        *,
        lock: str | None = None,
        once: str | None = None,
        delay: timedelta | None = None,
    ) -> int | None:
        """Defer a job of this tenant; it exists only if this transaction commits.

        Args:
            job: may belong to another service.
            args: ids, not content.
            lock: instead of the job's own.
            once: instead of the job's own.
            delay: earliest start from now.

        Returns:
            The job's id, or None if one with the same `once` key already waits.
        """
        return await self.context.jobs.defer(
            self.tx, job, args, tenant_id=self.tenant_id, lock=lock, once=once, delay=delay
        )

    async def audit(self, action: str, *, target_type: str, target_id: UUID | str, **detail: Any) -> None:
        """Add an entry to the tenant's audit log; `detail` holds ids and settings, never customers' text."""
        await audit.record(
            self.tx, self.principal, action, target_type=target_type, target_id=target_id, **detail
        )


@dataclass(frozen=True)
class SystemWork:
    """One transaction without a tenant: it sees only what its role may read across tenants."""

    tx: AsyncSession
    now: datetime

    def repo(self, kind: Callable[[AsyncSession], R]) -> R:
        return kind(self.tx)


def context_of(request: Request) -> Any:
    """The context of the application; each service annotates its own type."""
    return request.app.state.context


def opened(*roles: Role) -> Any:
    """A route's dependency: work for a caller with one of these roles, or without roles for any caller.

    It commits after the route returns and before the response is sent, so a client can read what it has just
    written.
    """
    caller = require(*roles) if roles else current_principal

    async def open_work(
        request: Request, principal: Annotated[Principal, Depends(caller)]
    ) -> AsyncIterator[Work[Any]]:
        async with request.app.state.context.work(principal) as work:
            yield work

    return Depends(open_work, scope="function")


class Handlers(Generic[C]):
    """The jobs of a service's worker with their functions, each safe to run more than once."""

    def __init__(self) -> None:
        self.jobs: dict[Job[Any], Callable[[C, Principal, Any], Awaitable[None]]] = {}
        self.periodic: dict[Periodic, Callable[[C], Awaitable[None]]] = {}
        self.last: dict[Job[Any], Callable[[C, Principal, Any, Exception | None], Awaitable[None]]] = {}

    def on(
        self, job: Job[A]
    ) -> Callable[
        [Callable[[C, Principal, A], Awaitable[None]]], Callable[[C, Principal, A], Awaitable[None]]
    ]:
        """For a job with several transactions, or without an open one while it waits."""

        def register(
            run: Callable[[C, Principal, A], Awaitable[None]],
        ) -> Callable[[C, Principal, A], Awaitable[None]]:
            self.jobs[job] = run
            return run

        return register

    def in_work(
        self, job: Job[A]
    ) -> Callable[[Callable[[Work[C], A], Awaitable[None]]], Callable[[Work[C], A], Awaitable[None]]]:
        """For a job that is one transaction."""

        def register(run: Callable[[Work[C], A], Awaitable[None]]) -> Callable[[Work[C], A], Awaitable[None]]:
            async def in_transaction(context: C, principal: Principal, args: A) -> None:
                async with context.work(principal) as work:
                    await run(work, args)

            self.jobs[job] = in_transaction
            return run

        return register

    def given_up(
        self, job: Job[A]
    ) -> Callable[
        [Callable[[C, Principal, A, Exception | None], Awaitable[None]]],
        Callable[[C, Principal, A, Exception | None], Awaitable[None]],
    ]:
        """For what is left to say when a job will not be tried again; None if its workers died of it."""

        def register(
            tell: Callable[[C, Principal, A, Exception | None], Awaitable[None]],
        ) -> Callable[[C, Principal, A, Exception | None], Awaitable[None]]:
            self.last[job] = tell
            return tell

        return register

    def every(
        self, periodic: Periodic
    ) -> Callable[[Callable[[C], Awaitable[None]]], Callable[[C], Awaitable[None]]]:
        """For scheduled work outside any tenant."""

        def register(run: Callable[[C], Awaitable[None]]) -> Callable[[C], Awaitable[None]]:
            self.periodic[periodic] = run
            return run

        return register


def handle(jobs: Jobs, context: C, handlers: Sequence[Handlers[C]]) -> None:
    """Register the jobs of one service with this process's worker."""
    for table in handlers:
        for job, run in table.jobs.items():
            tell = table.last.get(job)
            jobs.handle(job, _bound(context, run), given_up=_bound_last(context, tell) if tell else None)
        for periodic, tick in table.periodic.items():
            jobs.every(periodic, partial(tick, context))


def _bound(
    context: C, run: Callable[[C, Principal, Any], Awaitable[None]]
) -> Callable[[UUID, Any], Awaitable[None]]:
    async def bound(tenant_id: UUID, args: Any) -> None:
        await run(context, context.principal(tenant_id), args)

    return bound


def _bound_last(
    context: C, tell: Callable[[C, Principal, Any, Exception | None], Awaitable[None]]
) -> Callable[[UUID, Any, Exception | None], Awaitable[None]]:
    async def bound(tenant_id: UUID, args: Any, exc: Exception | None) -> None:
        await tell(context, context.principal(tenant_id), args, exc)

    return bound
