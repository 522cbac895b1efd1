"""Roles, schemas, tenants and credentials, audit, usage, and the job queue."""

from alembic import op
from procrastinate.schema import SchemaManager

from caseplane.migrations.tenancy import TENANT, protect

revision, down_revision = "0001", None

SERVICES = ("platform", "conversation", "knowledge", "ticketing")
ROLES = [f"caseplane_{name}" for name in (*SERVICES, "jobs", "erasure")]


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    # Roles belong to the cluster, not to the database: another database here may have made them already.
    for role in ROLES:
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOINHERIT; EXCEPTION WHEN duplicate_object"
            " OR unique_violation THEN NULL; END $$"
        )
    op.execute(
        "DO $$ BEGIN CREATE ROLE caseplane_app LOGIN NOINHERIT; EXCEPTION WHEN duplicate_object"
        " OR unique_violation THEN NULL; END $$"
    )
    for role in ROLES:
        # Two databases of one cluster that migrate at once would both change the membership.
        op.execute(
            f"DO $$ BEGIN IF NOT pg_has_role('caseplane_app', '{role}', 'MEMBER') THEN"
            f" GRANT {role} TO caseplane_app; END IF; END $$"
        )
    for schema in (*SERVICES, "jobs"):
        op.execute(f"CREATE SCHEMA {schema}")
    for name in SERVICES:
        op.execute(f"GRANT USAGE ON SCHEMA {name} TO caseplane_{name}, caseplane_erasure")
    everyone = ", ".join(ROLES)
    op.execute(f"GRANT USAGE ON SCHEMA platform TO {everyone}")
    _platform()
    _jobs(everyone)


def _platform() -> None:
    op.execute("""
        CREATE TABLE platform.tenants (
            id uuid PRIMARY KEY,
            slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
            display_name text NOT NULL,
            status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'erasing', 'erased')),
            settings jsonb NOT NULL DEFAULT '{}',
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )""")
    op.execute("ALTER TABLE platform.tenants ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE platform.tenants FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON platform.tenants FOR SELECT USING (id = {TENANT})")
    op.execute("GRANT SELECT ON platform.tenants TO " + ", ".join(ROLES))

    op.execute("""
        CREATE TABLE platform.api_keys (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            name text NOT NULL,
            prefix text NOT NULL,
            secret_hash bytea NOT NULL UNIQUE,
            roles text[] NOT NULL,
            scopes text[] NOT NULL DEFAULT '{}',
            entitlements text[] NOT NULL DEFAULT '{}',
            customer_id text,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz,
            revoked_at timestamptz,
            last_used_at timestamptz,
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("""
        CREATE TABLE platform.identity_providers (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            issuer text NOT NULL UNIQUE,
            audience text NOT NULL,
            jwks_uri text,
            roles_claim text NOT NULL DEFAULT 'roles',
            entitlements_claim text NOT NULL DEFAULT 'groups',
            role_mapping jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("""
        CREATE TABLE platform.idempotency_keys (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            subject text NOT NULL,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            status integer,
            headers jsonb,
            body bytea,
            created_at timestamptz NOT NULL DEFAULT now(),
            locked_until timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, subject, key)
        )""")
    op.execute("CREATE INDEX ix_idempotency_keys_created_at ON platform.idempotency_keys (created_at)")
    op.execute("""
        CREATE UNLOGGED TABLE platform.rate_limits (
            tenant_id uuid NOT NULL,
            bucket text NOT NULL,
            arrival timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, bucket)
        )""")
    op.execute("""
        CREATE TABLE platform.audit_log (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            actor text NOT NULL,
            action text NOT NULL,
            target_type text NOT NULL,
            target_id text NOT NULL,
            detail jsonb NOT NULL DEFAULT '{}',
            request_id text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("""
        CREATE TABLE platform.llm_calls (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            session_id uuid,
            role text NOT NULL,
            provider text NOT NULL,
            model text NOT NULL,
            input_tokens integer NOT NULL,
            output_tokens integer NOT NULL,
            cached_tokens integer NOT NULL DEFAULT 0,
            estimated boolean NOT NULL DEFAULT false,
            cost_usd numeric(14, 8) NOT NULL,
            latency_ms integer NOT NULL,
            outcome text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("CREATE INDEX ix_llm_calls_created_at ON platform.llm_calls (tenant_id, created_at)")

    every_service = {f"caseplane_{name}": "SELECT, INSERT" for name in SERVICES}
    protect("platform.api_keys", {})
    protect("platform.identity_providers", {})
    protect("platform.idempotency_keys", {})
    protect("platform.rate_limits", {})
    protect("platform.audit_log", every_service)
    protect("platform.llm_calls", every_service)

    # The tenant is unknown before the credential is looked up, so the platform role, and only it, reads
    # credentials across tenants; it has no grant on tables with customers' text.
    everything = "SELECT, INSERT, UPDATE, DELETE"
    for table in ("tenants", "api_keys", "identity_providers", "idempotency_keys", "rate_limits"):
        op.execute(f"GRANT {everything} ON platform.{table} TO caseplane_platform")
        op.execute(
            f"CREATE POLICY platform ON platform.{table} TO caseplane_platform USING (true) WITH CHECK (true)"
        )
    for table in ("audit_log", "llm_calls", "api_keys", "idempotency_keys"):
        op.execute(f"GRANT SELECT, DELETE ON platform.{table} TO caseplane_erasure")
    # Scheduled jobs run tenant by tenant, so the jobs role may list the tenants' ids, but nothing else.
    op.execute("CREATE POLICY sweep ON platform.tenants FOR SELECT TO caseplane_jobs USING (true)")


def _jobs(everyone: str) -> None:
    """The job queue's schema; a later version of it needs its own migration."""
    connection = op.get_bind()
    connection.exec_driver_sql("SET LOCAL search_path TO jobs, public")
    cursor = connection.connection.cursor()
    cursor.execute(SchemaManager.get_schema())  # without parameters the text is sent unchanged
    cursor.close()
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")
    op.execute(f"GRANT USAGE ON SCHEMA jobs TO {everyone}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO {everyone}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO {everyone}")
    op.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO {everyone}")


def downgrade() -> None:
    for schema in (*reversed(SERVICES), "jobs"):
        op.execute(f"DROP SCHEMA {schema} CASCADE")
