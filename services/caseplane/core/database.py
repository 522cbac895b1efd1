"""Postgres with the tenant as part of every transaction.

A service connects with its own role, which owns nothing and cannot bypass row-level security. A
transaction opened with `tenant()` sees that tenant's rows; one opened with `system()` sees no tenant's rows,
so code that forgets the tenant reads nothing and writes nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import AdaptedConnection, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from caseplane.core.statements import DatabaseUnavailableError, Statements, is_alive, lost

__all__ = [
    "LIVELY",
    "Database",
    "DatabaseUnavailableError",
    "driver_connection",
    "libpq_url",
    "role_of",
    "session_options",
]


LIVELY = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Options of every connection. A database that vanishes without a word would else be waited for for a quarter of an hour."""

_TENANT = "caseplane_tenant"
"""The execution option that names a transaction's tenant."""


def role_of(schema: str) -> str:
    """The database role with grants on one schema, which owns nothing; also exists for `jobs` and `erasure`."""
    return f"caseplane_{schema}"


def session_options(schema: str) -> str:
    """Start-up parameters that set a connection's role to that of `schema` without a round trip.

    JIT compilation is off: for short statements it costs far more than it saves.
    """
    return f"-c role={role_of(schema)} -c search_path={schema},jobs,public -c timezone=UTC -c jit=off"


def libpq_url(url: str) -> str:
    """The URL in libpq's form, without a driver suffix."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """Transactions of one service.

    Args:
        url: `postgresql://…`; a driver suffix is replaced by ours.
        schema: the connections act as its role.
        pool_size: connections kept open; up to twice as many under load.
    """

    def __init__(self, url: str, *, schema: str, pool_size: int = 10) -> None:
        self.schema = schema
        self.engine: AsyncEngine = create_async_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            # Transactions are begun by `_begin`, in one round trip with what every one of them needs.
            connect_args={"options": session_options(schema), "autocommit": True, **LIVELY},
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_dead)
        event.listen(self.engine.sync_engine, "begin", _begin)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self.statements = Statements(libpq_url(url), options=session_options(schema), size=pool_size)
        """For single statements outside a tenant, in one round trip."""

    @asynccontextmanager
    async def tenant(self, tenant_id: UUID) -> AsyncIterator[AsyncSession]:
        """A transaction of one tenant: committed on a clean exit, otherwise rolled back."""
        async with self._transaction(tenant_id) as tx:
            yield tx

    @asynccontextmanager
    async def system(self) -> AsyncIterator[AsyncSession]:
        """A transaction without a tenant: row-level security hides every tenant's rows."""
        async with self._transaction(None) as tx:
            yield tx

    @asynccontextmanager
    async def _transaction(self, tenant_id: UUID | None) -> AsyncIterator[AsyncSession]:
        try:
            async with self._sessions(execution_options={_TENANT: tenant_id}) as tx, tx.begin():
                yield tx
        except (OperationalError, InterfaceError) as exc:
            if _lost(exc):
                raise DatabaseUnavailableError from exc
            raise

    async def ping(self) -> None:
        """Raises `DatabaseUnavailableError` if the database does not answer."""
        async with self.system() as tx:
            await tx.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.statements.close()
        await self.engine.dispose()


def _begin(connection: Connection) -> None:
    """Begin a transaction and set its tenant until it ends, in one round trip.

    Only the simple protocol takes two statements at once, so they have no parameters and are never prepared.
    """
    begin: sql.Composable = sql.SQL("BEGIN")
    tenant_id = connection.get_execution_options().get(_TENANT)
    if tenant_id is not None:
        begin += sql.SQL("; SELECT set_config('app.tenant_id', {}, true)").format(str(tenant_id))
    driver = cast("AdaptedConnection", connection.connection.dbapi_connection)
    try:
        driver.run_async(lambda raw: raw.execute(begin, prepare=False))
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        if lost(exc.sqlstate):
            raise DatabaseUnavailableError from exc
        raise


def _refuse_dead(_: Any, record: Any, __: Any) -> None:
    """Replace an idle connection that the server has closed. The socket shows this without a ping."""
    if not is_alive(record.driver_connection):
        raise DisconnectionError("the server closed the idle connection")


def _lost(exc: DBAPIError) -> bool:
    """Whether the connection is lost or was refused, rather than one statement."""
    return exc.connection_invalidated or lost(getattr(exc.orig, "sqlstate", None))


async def driver_connection(tx: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection of a transaction, for jobs and COPY, which must run inside it."""
    connection = await tx.connection()
    raw = await connection.get_raw_connection()
    return cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
