"""Single statements in one round trip, for queries that every request needs.

A transaction of `caseplane.core.database` pings its connection, begins, executes and commits: four round trips. A
single statement needs only the third. Connections here are always in autocommit, and the socket shows at no cost
whether an idle one was dropped.
"""

import asyncio
import select
from collections.abc import Mapping
from types import TracebackType
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow

from caseplane.core.errors import UnavailableError

Connection = psycopg.AsyncConnection[TupleRow]


class DatabaseUnavailableError(UnavailableError):
    """The database does not answer, or dropped the connection."""

    slug, title = "database-unavailable", "The database does not answer"


class Statements:
    """Executes single statements with autocommit.

    Args:
        url: as libpq understands it.
        options: start-up parameters, which set the connections' role.
        size: connections at most.
    """

    def __init__(self, url: str, *, options: str, size: int) -> None:
        self._url, self._options = url, options
        self._idle: list[Connection] = []
        self._free = asyncio.Semaphore(size)

    async def fetch(self, statement: LiteralString, values: Mapping[str, Any]) -> list[TupleRow]:
        """Execute one statement and commit it; returns its rows.

        Raises:
            DatabaseUnavailableError: the database does not answer; the statement may or may not have taken effect.
        """
        async with self._free:
            try:
                async with _Borrowed(self._idle, await self._connection()) as connection:
                    cursor = await connection.execute(statement, values, prepare=True)
                    return await cursor.fetchall() if cursor.description else []
            except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
                if lost(exc.sqlstate):
                    raise DatabaseUnavailableError from exc
                raise

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if is_alive(connection):
                return connection
            await connection.close()
        return await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, options=self._options, connect_timeout=10
        )


class _Borrowed:
    """A connection that returns to the pool, unless its use failed."""

    def __init__(self, idle: list[Connection], connection: Connection) -> None:
        self._idle, self._connection = idle, connection

    async def __aenter__(self) -> Connection:
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        if exc is None:
            self._idle.append(self._connection)
        else:
            await self._connection.close()


def lost(state: str | None) -> bool:
    """Whether the SQLSTATE means that the connection is lost or was refused, rather than one statement."""
    return state is None or state.startswith(("08", "57P", "53"))


def is_alive(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the server has sent nothing since the last statement; closing makes the socket readable."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    return not waiting.poll(0)
