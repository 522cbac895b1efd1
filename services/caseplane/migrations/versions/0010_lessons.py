"""Why a case teaches nothing, and which cases are found as one."""

from alembic import op

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE conversation.case_summaries
            ADD COLUMN why_not text,
            ADD COLUMN fingerprint text NOT NULL DEFAULT '',
            ADD COLUMN alike_of uuid""")
    op.execute(
        "CREATE INDEX ix_case_summaries_alike ON conversation.case_summaries (tenant_id, fingerprint)"
        " WHERE fingerprint <> ''"
    )
    op.execute(
        "CREATE INDEX ix_case_summaries_alike_of ON conversation.case_summaries (tenant_id, alike_of)"
        " WHERE alike_of IS NOT NULL"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE conversation.case_summaries"
        " DROP COLUMN why_not, DROP COLUMN fingerprint, DROP COLUMN alike_of"
    )
