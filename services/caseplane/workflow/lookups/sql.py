"""A system of record behind PostgreSQL: statements that an admin allowed, in a read-only transaction."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from caseplane.core.errors import InvalidInputError
from caseplane.core.outgoing import TargetPolicy, TargetRefusedError, resolve
from caseplane.workflow.lookups.port import ROWS, Answer, LookupFailedError, short

ALLOWED = frozenset({"host", "port", "dbname", "user", "password", "sslmode"})
PARAMETER = ":customer_id"


class StatementRefusedError(InvalidInputError):
    """A statement that a look-up may not have."""

    slug, title = "lookup-statement-refused", "This statement is not allowed in a look-up"


class AddressRefusedError(InvalidInputError):
    """An address that a look-up may not have."""

    slug, title = "lookup-address-refused", "This address cannot be used for a look-up"


@dataclass(frozen=True)
class Statement:
    """A statement with a name; it reads, and names the customer as `:customer_id`."""

    name: str
    sql: str


def check_statement(statement: Statement) -> None:
    """Refuse what cannot be a reading statement about one customer.

    The transaction is read-only in any case, and a second statement does not parse: this only says so earlier.

    Raises:
        StatementRefusedError: with what to change.
    """
    sql = statement.sql.strip()
    if not sql.lower().startswith(("select", "with")):
        raise StatementRefusedError(f"{statement.name} must begin with SELECT or WITH.")
    if ";" in sql:
        raise StatementRefusedError(f"{statement.name} must be one statement, without a semicolon.")
    if PARAMETER not in sql:
        raise StatementRefusedError(f"{statement.name} must name the customer as {PARAMETER}.")


def parts_of(url: str) -> dict[str, str]:
    """What an address says, if it says no more than where, who and which database.

    Raises:
        AddressRefusedError: with what to change; it never repeats the password.
    """
    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error as exc:
        raise AddressRefusedError("The address must be postgresql://user@host:port/database.") from exc
    further = sorted(set(parts) - ALLOWED)
    if further:
        raise AddressRefusedError(f"The address may not set {', '.join(further)}.")
    host = parts.get("host", "")
    if not host or host.startswith(("/", "@")) or "," in host:
        raise AddressRefusedError("The address must name one host.")
    return parts


class SqlSystem:
    """Asks a PostgreSQL database.

    Args:
        url: without options that would read files or run commands here.
        statements: all that may be asked.
        policy: which addresses may be connected to.
        seconds: for each statement.
        password: of the user; None for none.
    """

    def __init__(
        self,
        url: str,
        statements: Sequence[Statement],
        policy: TargetPolicy,
        *,
        seconds: float,
        password: str | None = None,
    ) -> None:
        self._parts, self._statements = parts_of(url), statements
        if password is not None:
            self._parts["password"] = password
        self._policy, self._seconds = policy, seconds

    async def ask(self, customer_id: str) -> list[Answer]:
        host, port = self._parts["host"], int(self._parts.get("port", 5432))
        try:
            address = (await resolve(host, port))[0]
            self._policy.check_ip(address)
        except (OSError, IndexError) as exc:
            raise LookupFailedError(f"{host} cannot be resolved.") from exc
        except TargetRefusedError as exc:
            raise LookupFailedError(exc.detail) from exc
        try:
            return await self._ask(address, customer_id)
        except psycopg.errors.QueryCanceled as exc:
            raise LookupFailedError(f"It took longer than {self._seconds:g} s.") from exc
        except psycopg.Error as exc:
            # The message may repeat the statement or the customer's data.
            raise LookupFailedError(f"The database refused: {type(exc).__name__}.") from exc

    async def _ask(self, address: str, customer_id: str) -> list[Answer]:
        milliseconds = int(self._seconds * 1000)
        settings: dict[str, Any] = {
            **self._parts,
            "connect_timeout": max(2, round(self._seconds)),
            "options": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
            "application_name": "caseplane",
        }
        if _is_name(self._parts["host"]):
            settings["hostaddr"] = address  # what was checked is what is connected to
        connection = await psycopg.AsyncConnection.connect(**settings, row_factory=dict_row, autocommit=False)
        async with connection:
            await connection.set_read_only(True)
            answers = []
            for statement in self._statements:
                sql = statement.sql.strip().replace("%", "%%").replace(PARAMETER, "%(customer_id)s")
                found = await connection.execute(sql.encode(), {"customer_id": customer_id})
                rows = await found.fetchmany(ROWS)
                answers.append(
                    Answer(
                        statement.name, [{key: short(value) for key, value in row.items()} for row in rows]
                    )
                )
            await connection.rollback()
            return answers


def _is_name(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
    except OSError:
        return True
    return False
