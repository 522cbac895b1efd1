"""The workflow's own schema, and versions of its configurations."""

from alembic import op

from caseplane.migrations.tenancy import create_schema, protect

revision, down_revision = "0015", "0014"


def upgrade() -> None:
    create_schema("workflow")
    op.execute("""
        CREATE TABLE workflow.configurations (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            name text NOT NULL,
            version integer NOT NULL,
            active boolean NOT NULL DEFAULT false,
            source text NOT NULL,
            configuration jsonb NOT NULL,
            digest text NOT NULL,
            note text NOT NULL DEFAULT '',
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            activated_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_configurations_version UNIQUE (tenant_id, version)
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_configurations_active ON workflow.configurations (tenant_id, name) WHERE active"
    )
    protect(
        "workflow.configurations",
        {"caseplane_workflow": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"},
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA workflow CASCADE")
