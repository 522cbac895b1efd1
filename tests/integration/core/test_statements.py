"""Single statements: one round trip, and no failure from connections that died while idle."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from caseplane.core.database import DatabaseUnavailableError, libpq_url
from caseplane.core.statements import Statements

WHO = "SELECT pg_backend_pid(), current_setting('application_name')"


@pytest.fixture
async def statements(database_url: str) -> AsyncIterator[Statements]:
    made = Statements(libpq_url(database_url), options="-c application_name=single", size=2)
    yield made
    await made.close()


class TestFetch:
    async def test_given_values_when_fetched_then_rows_come_back(self, statements: Statements) -> None:
        assert await statements.fetch("SELECT %(a)s::int + 1, %(b)s::text", {"a": 1, "b": "x"}) == [(2, "x")]

    async def test_given_a_statement_without_rows_when_fetched_then_there_are_none(
        self, statements: Statements
    ) -> None:
        assert await statements.fetch("SET work_mem = '8MB'", {}) == []

    async def test_given_many_at_once_when_fetched_then_the_number_of_connections_is_limited(
        self, statements: Statements
    ) -> None:
        answers = await asyncio.gather(*(statements.fetch(WHO, {}) for _ in range(20)))

        assert len({pid for ((pid, _),) in answers}) <= 2
        assert {name for ((_, name),) in answers} == {"single"}

    async def test_given_a_statement_that_fails_when_fetched_then_the_next_one_works(
        self, statements: Statements
    ) -> None:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await statements.fetch("SELECT 1 / %(zero)s::int", {"zero": 0})

        assert await statements.fetch("SELECT 1", {}) == [(1,)]

    async def test_given_a_connection_dropped_while_idle_when_fetched_then_it_is_retried_silently(
        self, statements: Statements, postgres_url: str
    ) -> None:
        ((pid, _),) = await statements.fetch(WHO, {})
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

        ((other, _),) = await statements.fetch(WHO, {})

        assert other != pid

    async def test_given_a_connection_dropped_while_it_works_when_fetched_then_the_database_is_unavailable(
        self, statements: Statements, postgres_url: str
    ) -> None:
        ((pid, _),) = await statements.fetch(WHO, {})
        working = asyncio.create_task(statements.fetch("SELECT pg_sleep(20)", {}))
        await asyncio.sleep(0.2)
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

        with pytest.raises(DatabaseUnavailableError):
            await working
        assert await statements.fetch("SELECT 1", {}) == [(1,)]

    async def test_given_a_caller_that_gives_up_when_others_fetch_then_they_are_served(
        self, statements: Statements
    ) -> None:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await statements.fetch("SELECT pg_sleep(20)", {})

        assert await statements.fetch("SELECT 1", {}) == [(1,)]

    async def test_given_no_server_when_fetched_then_the_database_is_unavailable(self) -> None:
        nowhere = Statements("postgresql://user@127.0.0.1:1/nothing", options="", size=1)

        with pytest.raises(DatabaseUnavailableError):
            await nowhere.fetch("SELECT 1", {})
