"""Helpers of migrations: a schema with its own role, and tables with row-level security by tenant."""

from collections.abc import Mapping

from alembic import op

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"


def create_schema(name: str) -> None:
    """Create a service's schema and the role that its connections act as.

    The role owns nothing. Outside its schema it may read its transaction's tenant, write the audit log and the ledger of
    model calls, and defer jobs. The erasure role may use the schema; `protect` grants it each table.
    """
    role = f"caseplane_{name}"
    # Roles belong to the cluster, not to the database: another database of it may have created this one.
    op.execute(
        f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOINHERIT; EXCEPTION WHEN duplicate_object"
        " OR unique_violation THEN NULL; END $$"
    )
    # Two databases of one cluster that migrate at once would both change the membership.
    op.execute(
        f"DO $$ BEGIN IF NOT pg_has_role('caseplane_app', '{role}', 'MEMBER') THEN"
        f" GRANT {role} TO caseplane_app; END IF; END $$"
    )
    op.execute(f"CREATE SCHEMA {name}")
    op.execute(f"GRANT USAGE ON SCHEMA {name} TO {role}, caseplane_erasure")
    op.execute(f"GRANT USAGE ON SCHEMA platform, jobs TO {role}")
    op.execute(f"GRANT SELECT ON platform.tenants TO {role}")
    op.execute(f"GRANT SELECT, INSERT ON platform.audit_log, platform.llm_calls TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO {role}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO {role}")
    op.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO {role}")


def protect(table: str, grants: Mapping[str, str]) -> None:
    """Enable and force row-level security on `schema.table` and grant privileges to roles.

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
