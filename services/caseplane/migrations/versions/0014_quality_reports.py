"""The latest quality report on each knowledge base."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0014", "0013"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE knowledge.quality_reports (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            index_version integer,
            asked_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            report jsonb,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, knowledge_base_id)
                REFERENCES knowledge.knowledge_bases (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_quality_reports_base UNIQUE (tenant_id, knowledge_base_id)
        )""")
    protect(
        "knowledge.quality_reports",
        {"caseplane_knowledge": "SELECT, INSERT, UPDATE, DELETE", "caseplane_erasure": "SELECT, DELETE"},
    )


def downgrade() -> None:
    op.execute("DROP TABLE knowledge.quality_reports")
