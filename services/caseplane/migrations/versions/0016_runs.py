"""What the workflow made of tickets: on the tickets, and as runs with their steps."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0016", "0015"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE ticketing.tickets
            ADD COLUMN workflow_run_id uuid,
            ADD COLUMN workflow_configuration text,
            ADD COLUMN category text,
            ADD COLUMN classified_severity text,
            ADD COLUMN department text,
            ADD COLUMN sentiment text CHECK (sentiment IN ('positive', 'neutral', 'negative')),
            ADD COLUMN classification jsonb,
            ADD COLUMN extraction jsonb,
            ADD COLUMN routing jsonb,
            ADD COLUMN response_due_at timestamptz,
            ADD COLUMN response_warn_at timestamptz,
            ADD COLUMN response_paused_at timestamptz,
            ADD COLUMN response_warned_at timestamptz,
            ADD COLUMN response_breached_at timestamptz,
            ADD COLUMN first_replied_at timestamptz""")
    op.execute("CREATE INDEX ix_tickets_category ON ticketing.tickets (tenant_id, category, number)")
    # Counted whenever a ticket is given out.
    op.execute(
        "CREATE INDEX ix_tickets_load ON ticketing.tickets (tenant_id, team, assigned_to)"
        " WHERE status NOT IN ('solved', 'closed') AND deleted_at IS NULL"
    )
    op.execute("""
        CREATE TABLE workflow.runs (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            cause text NOT NULL,
            status text NOT NULL CHECK (status IN ('running', 'done', 'failed')),
            configuration text NOT NULL,
            configuration_id uuid,
            degraded text[] NOT NULL DEFAULT '{}',
            error text,
            request_id text,
            attempts integer NOT NULL DEFAULT 0,
            tokens integer NOT NULL DEFAULT 0,
            duration_ms double precision,
            created_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_runs_cause UNIQUE (tenant_id, ticket_id, cause)
        )""")
    op.execute("""
        CREATE TABLE workflow.steps (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            run_id uuid NOT NULL,
            name text NOT NULL,
            status text NOT NULL CHECK (status IN ('done', 'degraded', 'failed', 'skipped')),
            attempt integer NOT NULL,
            input_digest text NOT NULL,
            output jsonb,
            model_version text NOT NULL DEFAULT '',
            rule_version text NOT NULL DEFAULT '',
            error text,
            duration_ms double precision NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, run_id) REFERENCES workflow.runs (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_steps_name UNIQUE (tenant_id, run_id, name)
        )""")
    eraser = {"caseplane_erasure": "SELECT, DELETE"}
    protect("workflow.runs", {"caseplane_workflow": "SELECT, INSERT, UPDATE", **eraser})
    # A step that was recorded is never recorded otherwise.
    protect("workflow.steps", {"caseplane_workflow": "SELECT, INSERT", **eraser})


def downgrade() -> None:
    op.execute("DROP TABLE workflow.steps, workflow.runs")
    op.execute("DROP INDEX ticketing.ix_tickets_load, ticketing.ix_tickets_category")
    op.execute("""
        ALTER TABLE ticketing.tickets
            DROP COLUMN workflow_run_id, DROP COLUMN workflow_configuration, DROP COLUMN category,
            DROP COLUMN classified_severity, DROP COLUMN department, DROP COLUMN sentiment,
            DROP COLUMN classification, DROP COLUMN extraction, DROP COLUMN routing,
            DROP COLUMN response_due_at, DROP COLUMN response_warn_at, DROP COLUMN response_paused_at,
            DROP COLUMN response_warned_at, DROP COLUMN response_breached_at, DROP COLUMN first_replied_at""")
