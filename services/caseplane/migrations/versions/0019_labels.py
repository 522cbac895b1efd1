"""What people say of tickets, and the classifiers that are learned from it."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0019", "0018"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE workflow.labels (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            source text NOT NULL CHECK (source IN ('customer', 'agent', 'expert')),
            created_by text NOT NULL,
            rating integer CHECK (rating BETWEEN 1 AND 5),
            helpful boolean,
            category text,
            severity text,
            correction text NOT NULL DEFAULT '',
            comment text NOT NULL DEFAULT '',
            draft_id uuid,
            draft_outcome text CHECK (draft_outcome IN ('accepted', 'edited', 'rejected')),
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id)
        )""")
    op.execute("CREATE INDEX ix_labels_ticket ON workflow.labels (tenant_id, ticket_id, id)")
    protect(
        "workflow.labels",
        {"caseplane_workflow": "SELECT, INSERT", "caseplane_erasure": "SELECT, DELETE"},
    )
    op.execute("""
        CREATE TABLE workflow.classifiers (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            version integer NOT NULL,
            state text NOT NULL CHECK (state IN ('training', 'trained', 'failed', 'retired')),
            active boolean NOT NULL DEFAULT false,
            note text NOT NULL DEFAULT '',
            reason text NOT NULL DEFAULT '',
            embedding text NOT NULL DEFAULT '',
            report jsonb NOT NULL DEFAULT '{}',
            model bytea,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            activated_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_classifiers_version UNIQUE (tenant_id, version),
            CONSTRAINT ck_classifiers_weights CHECK ((model IS NOT NULL) = (state = 'trained')),
            CONSTRAINT ck_classifiers_active CHECK (NOT active OR state = 'trained')
        )""")
    op.execute("CREATE UNIQUE INDEX uq_classifiers_active ON workflow.classifiers (tenant_id) WHERE active")
    op.execute(
        "CREATE UNIQUE INDEX uq_classifiers_training ON workflow.classifiers (tenant_id) WHERE state = 'training'"
    )
    protect(
        "workflow.classifiers",
        {"caseplane_workflow": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"},
    )


def downgrade() -> None:
    op.execute("DROP TABLE workflow.classifiers, workflow.labels")
