"""Drafts of replies, and what agents made of them."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0017", "0016"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE workflow.drafts (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            run_id uuid,
            state text NOT NULL DEFAULT 'open'
                CHECK (state IN ('open', 'sending', 'accepted', 'rejected', 'superseded')),
            version integer NOT NULL DEFAULT 1,
            content text NOT NULL,
            parts jsonb NOT NULL,
            tone text NOT NULL,
            language text NOT NULL,
            origin text NOT NULL CHECK (origin IN ('evidence', 'model', 'template')),
            template_used text,
            suggested_actions jsonb NOT NULL,
            expected_by timestamptz NOT NULL,
            requires_escalation boolean NOT NULL,
            escalation_reasons text[] NOT NULL,
            flags jsonb NOT NULL,
            citations jsonb NOT NULL,
            confidence double precision,
            written_by text NOT NULL,
            degraded text[] NOT NULL DEFAULT '{}',
            configuration text NOT NULL,
            created_by text NOT NULL,
            decided_by text,
            decided_at timestamptz,
            ticket_version integer,
            final_content text,
            relation text CHECK (relation IN ('unchanged', 'edited', 'rewritten')),
            distance integer CHECK (distance >= 0),
            similarity double precision CHECK (similarity BETWEEN 0 AND 1),
            reason text,
            note text NOT NULL DEFAULT '',
            comment_id uuid,
            refusal text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_drafts_run UNIQUE (tenant_id, run_id),
            CONSTRAINT ck_drafts_decided CHECK (
                (state IN ('sending', 'accepted')) = (final_content IS NOT NULL)
                AND (state = 'accepted') = (comment_id IS NOT NULL)
                AND (state = 'rejected') = (reason IS NOT NULL)
                AND (state IN ('sending', 'accepted', 'rejected')) = (decided_by IS NOT NULL)
            )
        )""")
    op.execute("CREATE INDEX ix_drafts_ticket ON workflow.drafts (tenant_id, ticket_id, id)")
    protect(
        "workflow.drafts",
        {"caseplane_workflow": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"},
    )


def downgrade() -> None:
    op.execute("DROP TABLE workflow.drafts")
