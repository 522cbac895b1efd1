"""Customers' profiles, orders, entitlements and interactions, and look-ups in a system of record."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0020", "0019"

TABLES = ("customers", "orders", "entitlements", "interactions", "lookups")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE workflow.customers (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            customer_id text NOT NULL,
            name text,
            email text,
            tier text,
            language text,
            note text,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_customers_customer UNIQUE (tenant_id, customer_id)
        )""")
    op.execute("""
        CREATE TABLE workflow.orders (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            customer_id text NOT NULL,
            order_number text NOT NULL,
            status text NOT NULL,
            placed_at timestamptz NOT NULL,
            total numeric(18, 4),
            currency text,
            items text,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_orders_number UNIQUE (tenant_id, order_number),
            CONSTRAINT ck_orders_total CHECK ((total IS NULL) = (currency IS NULL))
        )""")
    op.execute("CREATE INDEX ix_orders_customer ON workflow.orders (tenant_id, customer_id, placed_at)")
    op.execute("""
        CREATE TABLE workflow.entitlements (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            customer_id text NOT NULL,
            name text NOT NULL,
            valid_from timestamptz,
            valid_until timestamptz,
            detail text,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_entitlements_name UNIQUE (tenant_id, customer_id, name)
        )""")
    op.execute("""
        CREATE TABLE workflow.interactions (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            customer_id text NOT NULL,
            channel text NOT NULL,
            summary text NOT NULL,
            source_id text,
            at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_interactions_source UNIQUE (tenant_id, customer_id, source_id)
        )""")
    op.execute("CREATE INDEX ix_interactions_customer ON workflow.interactions (tenant_id, customer_id, at)")
    op.execute("CREATE INDEX ix_interactions_expiry ON workflow.interactions (tenant_id, expires_at)")
    op.execute("""
        CREATE TABLE workflow.lookups (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('sql', 'http')),
            address text NOT NULL,
            statements jsonb NOT NULL DEFAULT '[]',
            secret bytea,
            enabled boolean NOT NULL DEFAULT true,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_lookups_name UNIQUE (tenant_id, name)
        )""")
    for table in TABLES:
        protect(
            f"workflow.{table}",
            {"caseplane_workflow": "SELECT, INSERT, UPDATE, DELETE", "caseplane_erasure": "SELECT, DELETE"},
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE workflow.{table}")
