"""Raw SQL as each service's role, reading and changing the victim's rows in every way that its grants allow.

Every probe runs in a transaction that is rolled back. It returns the number of foreign rows that it saw or
touched; a refusal counts as none.
"""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import errors
from tests.e2e.probing.victim import SECRET

from caseplane.core.database import session_options
from caseplane.services import SERVICES

Connection = psycopg.Connection[Any]
Rows = dict[str, list[dict[str, Any]]]
SCHEMAS = sorted({each.schema for each in SERVICES} | {"jobs", "erasure"})
"""The tested roles: those of the services, and the two that act for all tenants."""

READ_BY_THE_PLATFORM = {
    f"platform.{name}"
    for name in ("tenants", "api_keys", "identity_providers", "sign_ins", "idempotency_keys", "rate_limits")
}
"""The caller is unknown until its credential is looked up, so the platform role reads these of every tenant."""


class Setting(StrEnum):
    """The session's tenant setting."""

    never = "no tenant was ever set"
    forgotten = "the transaction before was the victim's"
    own = "the prober's tenant"
    stranger = "a tenant that does not exist"


@dataclass(frozen=True)
class Probe:
    """One attempt on the victim's rows."""

    role: str
    setting: Setting
    table: str
    statement: str
    values: tuple[Any, ...]


READS = (
    "SELECT count(*) FROM {table} WHERE tenant_id = %s",
    "SELECT count(*) FROM {table} t JOIN {other} o ON o.tenant_id = t.tenant_id WHERE t.tenant_id = %s",
    "SELECT count(*) FROM {table} t LEFT JOIN {other} o USING (tenant_id) WHERE o.tenant_id = %s OR t.tenant_id = %s",
    "SELECT count(*) FROM (SELECT tenant_id FROM {table} UNION ALL SELECT tenant_id FROM {other}) u WHERE tenant_id = %s",
    "SELECT count(*) FROM {table} TABLESAMPLE SYSTEM (100) WHERE tenant_id = %s",
    "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM {table} GROUP BY tenant_id HAVING tenant_id = %s) g",
    "WITH seen AS MATERIALIZED (SELECT * FROM {table}) SELECT count(*) FROM seen WHERE tenant_id = %s",
    "SELECT count(*) FROM {table} WHERE tenant_id IN (SELECT tenant_id FROM {other}) AND tenant_id = %s",
    "SELECT count(*) FROM (SELECT * FROM {table} WHERE tenant_id = %s FOR UPDATE) locked",
)
WRITES = (
    "UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = %s",
    "UPDATE {table} t SET tenant_id = o.tenant_id FROM {other} o WHERE t.tenant_id = %s",
    "DELETE FROM {table} WHERE tenant_id = %s",
    "DELETE FROM {table} t USING {other} o WHERE t.tenant_id = %s",
)
BY_KEY = (
    "SELECT count(*) FROM {table} WHERE {key} = %s AND tenant_id = %s",
    "DELETE FROM {table} WHERE {key} = %s AND tenant_id = %s",
)
SEARCHES = ("SELECT count(*) FROM {table} t WHERE t::text LIKE %s",)
INSERT = (
    "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
    " SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %s)"
)
SWAP = "UPDATE {table} SET tenant_id = %s"
FUNCTIONS = (
    "SELECT count(*) FROM knowledge.lexical_hits(%s::uuid[], NULL, %s::sparsevec, %s::bigint[], 50)",
    "SELECT count(*) FROM knowledge.nearest_hits(%s::uuid[], NULL, %s::uuid[], %s::halfvec, 50)",
    "SELECT coalesce(cardinality(candidates), 0) FROM knowledge.query_weights(%s::uuid[], %s::bigint[], 100000)",
)


def every(rows: Rows, victim: str, rng: random.Random) -> Iterator[Probe]:
    """Yield probes endlessly: each pass over all roles, tables and settings draws other forms and rows."""
    tables = sorted(rows)
    product = list(itertools.product(SCHEMAS, Setting, tables))
    product += 4 * [one for one in product if _granted(one[0], one[2])]
    while True:
        rng.shuffle(product)
        for role, setting, table in product:
            yield _one(role, setting, table, rows, victim, rng)


def _granted(role: str, table: str) -> bool:
    """Whether a role may read a table at all: such pairs are probed more often than refused ones."""
    return role == "erasure" or role == table.split(".")[0]


def _one(role: str, setting: Setting, table: str, rows: Rows, victim: str, rng: random.Random) -> Probe:
    own_schema = [t for t in rows if t.split(".")[0] == table.split(".")[0]]
    names = {"table": table, "other": rng.choice(own_schema)}
    row = rng.choice(rows[table])
    kind = rng.choice(("read", "read", "read", "key", "key", "search", "write", "insert", "swap", "function"))
    if kind == "function" and role == "knowledge" and "knowledge.chunk_terms" in rows:
        return Probe(role, setting, table, *_function(rows, rng))
    if kind == "key":
        key = rng.choice([name for name, value in row.items() if value is not None and name != "tenant_id"])
        if isinstance(row[key], str | int) and not isinstance(row[key], bool) and _comparable(key):
            statement = rng.choice(BY_KEY).format(**names, key=key)
            return Probe(role, setting, table, statement, (row[key], victim))
    if kind == "search":
        statement = SEARCHES[0].format(**names)
        return Probe(role, setting, table, statement, (f"%{rng.choice((SECRET, victim))}%",))
    if kind == "insert":
        fresh = {**row, **({"id": str(uuid4())} if "id" in row and rng.random() < 0.5 else {})}
        statement = INSERT.format(**names, columns=", ".join(f'"{name}"' for name in fresh))
        return Probe(role, setting, table, statement, (json.dumps(fresh),))
    if kind == "swap":
        return Probe(role, setting, table, SWAP.format(**names), (victim,))
    statement = rng.choice(WRITES if kind == "write" else READS).format(**names)
    return Probe(role, setting, table, statement, (victim,) * statement.count("%s"))


def _comparable(key: str) -> bool:
    """Whether the column can be compared with a text or number by a plain `=`."""
    return key not in ("embedding", "weights", "sentences")


def _function(rows: Rows, rng: random.Random) -> tuple[str, tuple[Any, ...]]:
    """The search functions, one of which reads below row-level security, with the victim's own arguments."""
    bases = [row["id"] for row in rows["knowledge.knowledge_bases"]]
    terms, embedded = (
        rng.choice(rows["knowledge.chunk_terms"]),
        rng.choice(rows["knowledge.chunk_embeddings"]),
    )
    return rng.choice(
        (
            (FUNCTIONS[0], (bases, terms["weights"], terms["keys"])),
            (FUNCTIONS[1], (bases, [embedded["profile_id"]], embedded["embedding"])),
            (FUNCTIONS[2], (bases, [key & 0xFFFFFFFF for key in terms["keys"]])),
        )
    )


class Prober:
    """Connections of every role, as a service opens them; `victim` and `own` are tenants."""

    def __init__(self, app_url: str, *, victim: str, own: str) -> None:
        self._victim, self._own = victim, own
        self._connections = {
            role: psycopg.connect(app_url, options=session_options(role), autocommit=True) for role in SCHEMAS
        }
        self._fresh = {
            role: psycopg.connect(app_url, options=session_options(role), autocommit=True) for role in SCHEMAS
        }
        self.refused = 0

    def close(self) -> None:
        for connection in (*self._connections.values(), *self._fresh.values()):
            connection.close()

    def run(self, probe: Probe) -> int:
        """The number of foreign rows that a probe saw or touched."""
        never = probe.setting is Setting.never
        connection = (self._fresh if never else self._connections)[probe.role]
        if probe.setting is Setting.forgotten:
            connection.execute(f"BEGIN; {self._acting_for(self._victim)}; COMMIT")
        connection.execute(f"BEGIN; {self._setting(probe.setting)}")
        try:
            return self._foreign(connection, probe)
        except errors.InsufficientPrivilege:  # no grant, or the policy refused the row
            self.refused += 1
            return 0
        except errors.IntegrityError:  # a constraint is only checked after the policy has let the row pass
            return 1
        finally:
            if not connection.closed:
                connection.execute("ROLLBACK")

    def _foreign(self, connection: Connection, probe: Probe) -> int:
        cursor = connection.execute(probe.statement, probe.values)
        if not probe.statement.startswith(("SELECT", "WITH")):
            return cursor.rowcount
        found = cursor.fetchone()
        assert found is not None
        return int(found[0])

    def _setting(self, setting: Setting) -> str:
        if setting is Setting.own:
            return self._acting_for(self._own)
        return self._acting_for(str(uuid4())) if setting is Setting.stranger else "SELECT 1"

    def _acting_for(self, tenant: str) -> str:
        return f"SELECT set_config('app.tenant_id', '{tenant}', true)"


def exempt(probe: Probe) -> bool:
    """Whether the design lets this role see other tenants' rows here."""
    return probe.role == "platform" and any(name in probe.statement for name in READ_BY_THE_PLATFORM)
