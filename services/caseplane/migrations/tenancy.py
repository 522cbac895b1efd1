"""How a migration makes a table a tenant's: forced row-level security, and grants."""

from collections.abc import Mapping

from alembic import op

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def protect(table: str, grants: Mapping[str, str]) -> None:
    """Enable and force row-level security on `schema.table` and grant roles what they may do.

    Args:
        table: with its schema; has a `tenant_id` column.
        grants: role to privileges, e.g. `{"caseplane_knowledge": "SELECT, INSERT"}`.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant_isolation ON {table}"
        f" USING (tenant_id = {TENANT}) WITH CHECK (tenant_id = {TENANT})"
    )
    for role, privileges in grants.items():
        op.execute(f"GRANT {privileges} ON {table} TO {role}")
