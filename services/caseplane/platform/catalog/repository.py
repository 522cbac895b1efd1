"""Which tables hold a tenant's rows, asked of the database itself, so that a new table cannot be forgotten."""

from dataclasses import dataclass
from graphlib import TopologicalSorter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SECRET_COLUMNS = frozenset(
    [
        ("platform.api_keys", "secret_hash"),
        ("platform.identity_providers", "client_secret"),
        ("platform.sign_ins", "secret_hash"),
        ("platform.sign_ins", "refresh_token"),
    ]
)
DERIVED_TYPES = ("vector", "halfvec", "sparsevec", "tsvector")

TABLES = text(
    "SELECT n.nspname || '.' || c.relname AS name,"
    " has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'DELETE') AS permitted,"
    " (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
    "   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    "   AND t.typname <> ALL (CAST(:derived AS text[]))) AS columns"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
    " AND n.nspname !~ '^pg_'"
    " AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')"
    " ORDER BY 1"
)
REFERENCES = text(
    "SELECT cn.nspname || '.' || c.relname AS child, pn.nspname || '.' || p.relname AS parent"
    " FROM pg_constraint k"
    " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace"
    " JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace"
    " WHERE k.contype = 'f' AND k.conrelid <> k.confrelid"
)


@dataclass(frozen=True)
class TenantTable:
    """A table with a `tenant_id`.

    Attributes:
        name: with its schema.
        permitted: whether the present role may read and delete its rows.
        columns: what an export shows of it; search indexes can be made again and are left out.
    """

    name: str
    permitted: bool
    columns: tuple[str, ...]


class Catalog:
    """The database's own tables, as the present role sees them."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def tenant_tables(self) -> list[TenantTable]:
        """Every table with tenants' rows, referring ones before those that they refer to."""
        found = {
            row.name: TenantTable(row.name, row.permitted, tuple(row.columns))
            for row in await self._tx.execute(TABLES, {"derived": list(DERIVED_TYPES)})
        }
        order: TopologicalSorter[str] = TopologicalSorter({name: () for name in found})
        for child, parent in await self._tx.execute(REFERENCES):
            if child in found and parent in found:
                order.add(parent, child)
        return [found[name] for name in order.static_order()]
