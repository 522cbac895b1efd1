"""What a transaction costs where the database is another machine: the number of times that it is waited for."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import psycopg
import pytest
from procrastinate import PsycopgConnector
from psycopg.pq import Trace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.database import Database, driver_connection
from caseplane.core.jobs import Jobs

TENANT = text("SELECT current_setting('app.tenant_id', true)")


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="libpq's trace is offered on Linux alone")


@pytest.fixture
def db(make_database: Callable[[str], Database]) -> Database:
    return make_database("conversation")


class Wire:
    """Counts the round trips of connections: the server ends its part of each with `ReadyForQuery`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._before = 0

    @contextmanager
    def traced(self, connection: object) -> Iterator[None]:
        pgconn = connection.pgconn  # type: ignore[attr-defined]
        with self._file.open("a") as out:
            pgconn.trace(out.fileno())
            pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
            try:
                yield
            finally:
                pgconn.untrace()

    @property
    def round_trips(self) -> int:
        return self._file.read_text().count("ReadyForQuery")


async def connection_of(db: Database) -> object:
    """The one connection of a pool that is used by one transaction after another."""
    async with db.system() as tx:
        return await driver_connection(tx)


async def tenant_seen(tx: AsyncSession) -> str | None:
    seen: str | None = await tx.scalar(TENANT)
    return seen


class TestJobs:
    async def test_given_a_pooled_connection_when_a_job_is_looked_for_then_one_round_trip(
        self, database_url: str, tmp_path: Path
    ) -> None:
        jobs, wire = Jobs(database_url), Wire(tmp_path / "wire")
        async with jobs.open():
            connector = cast("PsycopgConnector", jobs.app.connector)
            async with connector.pool.connection() as connection:
                same = connection

            with wire.traced(same):
                found = await jobs.app.job_manager.fetch_job(queues=["none"], worker_id=1)

        assert found is None
        assert wire.round_trips == 1

    async def test_given_connections_that_the_server_closed_when_a_job_is_looked_for_then_others_take_over(
        self, database_url: str, postgres_url: str
    ) -> None:
        jobs = Jobs(database_url)
        async with jobs.open():
            connector = cast("PsycopgConnector", jobs.app.connector)
            async with connector.pool.connection() as connection:
                pid = connection.info.backend_pid
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

            found = await jobs.app.job_manager.fetch_job(queues=["none"], worker_id=1)

        assert found is None


class TestTransaction:
    async def test_given_one_statement_when_a_tenants_work_is_done_then_three_round_trips(
        self, db: Database, tmp_path: Path
    ) -> None:
        wire, tenant = Wire(tmp_path / "wire"), uuid4()

        with wire.traced(await connection_of(db)):
            async with db.tenant(tenant) as tx:
                seen = await tenant_seen(tx)

        assert seen == str(tenant)
        assert wire.round_trips == 3  # begin with the tenant, the statement, commit

    async def test_given_nothing_to_do_when_work_is_opened_then_the_database_is_not_asked(
        self, db: Database, tmp_path: Path
    ) -> None:
        wire = Wire(tmp_path / "wire")

        with wire.traced(await connection_of(db)):
            async with db.tenant(uuid4()):
                pass

        assert wire.round_trips == 0

    async def test_given_many_tenants_on_one_connection_when_each_works_then_each_sees_only_itself(
        self, db: Database
    ) -> None:
        tenants = [
            uuid4() for _ in range(4)
        ] * 5  # more often than psycopg waits before it prepares a statement
        seen: list[str | None] = []
        connections: set[object] = set()
        for tenant in tenants:
            async with db.tenant(tenant) as tx:
                connections.add(await driver_connection(tx))
                seen.append(await tenant_seen(tx))
        async with db.system() as tx:
            afterwards = await tenant_seen(tx)

        assert seen == [str(tenant) for tenant in tenants]
        assert len(connections) == 1
        assert not afterwards

    async def test_given_work_that_fails_when_the_connection_is_used_again_then_nothing_of_it_is_left(
        self, db: Database, tenant_id: UUID
    ) -> None:
        insert = text(
            "INSERT INTO sessions (tenant_id, id, channel, customer_id, status)"
            " VALUES (:tenant, gen_random_uuid(), 'web', 'c', 'open')"
        )

        async def fail() -> None:
            async with db.tenant(tenant_id) as tx:
                await tx.execute(insert, {"tenant": tenant_id})
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()

        async with db.tenant(tenant_id) as tx:
            assert await tx.scalar(text("SELECT count(*) FROM sessions")) == 0
