"""A run says what has become of its draft, which is made after the ticket was sorted."""

from alembic import op

revision, down_revision = "0023", "0022"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE workflow.runs ADD COLUMN draft_state text NOT NULL DEFAULT 'none'"
        " CONSTRAINT ck_runs_draft_state CHECK (draft_state IN ('none', 'pending', 'ready', 'failed'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE workflow.runs DROP COLUMN draft_state")
