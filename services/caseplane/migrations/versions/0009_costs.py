"""Tenants' usage by day and share of the bill by month; only numbers."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE platform.tenant_use (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            day date NOT NULL,
            requests bigint NOT NULL DEFAULT 0 CHECK (requests >= 0),
            compute_ms bigint NOT NULL DEFAULT 0 CHECK (compute_ms >= 0),
            stored_bytes bigint CHECK (stored_bytes >= 0),
            PRIMARY KEY (tenant_id, day)
        )""")
    op.execute("""
        CREATE TABLE platform.tenant_costs (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            month date NOT NULL CHECK (extract(day FROM month) = 1),
            currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
            basis text NOT NULL CHECK (basis IN ('estimated', 'billed')),
            direct_cents bigint NOT NULL,
            shared_cents bigint NOT NULL,
            idle_cents bigint NOT NULL,
            components jsonb NOT NULL,
            published_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, month)
        )""")
    protect(
        "platform.tenant_use",
        {"caseplane_platform": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"},
    )
    protect(
        "platform.tenant_costs",
        {"caseplane_platform": "SELECT, INSERT, UPDATE, DELETE", "caseplane_erasure": "SELECT, DELETE"},
    )
    # A process writes the counts of several tenants in one statement, each row as its own tenant.
    op.execute("GRANT SELECT, INSERT, UPDATE ON platform.tenant_use TO caseplane_jobs")
    op.execute("""
        CREATE FUNCTION platform.count_use(tenants uuid[], days date[], requests bigint[], compute_ms bigint[])
        RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            given record;
        BEGIN
            FOR given IN
                SELECT u.* FROM unnest(tenants, days, requests, compute_ms) AS u (tenant_id, day, requests, ms)
                -- The job that erases a tenant is counted, too, and must not leave a row behind.
                JOIN platform.tenants t ON t.id = u.tenant_id AND t.status NOT IN ('erasing', 'erased')
                ORDER BY u.tenant_id, u.day
            LOOP
                PERFORM set_config('app.tenant_id', given.tenant_id::text, true);
                INSERT INTO platform.tenant_use AS kept (tenant_id, day, requests, compute_ms)
                VALUES (given.tenant_id, given.day, given.requests, given.ms)
                ON CONFLICT (tenant_id, day) DO UPDATE
                SET requests = kept.requests + excluded.requests, compute_ms = kept.compute_ms + excluded.compute_ms;
            END LOOP;
            PERFORM set_config('app.tenant_id', '', true);
        END $$""")
    op.execute("REVOKE ALL ON FUNCTION platform.count_use FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION platform.count_use TO caseplane_jobs")


def downgrade() -> None:
    op.execute("DROP FUNCTION platform.count_use")
    op.execute("DROP TABLE platform.tenant_costs")
    op.execute("DROP TABLE platform.tenant_use")
