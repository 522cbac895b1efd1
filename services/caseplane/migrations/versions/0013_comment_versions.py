"""A comment that a desk's agent edited gets a new version, which names the former."""

from alembic import op

revision, down_revision = "0013", "0012"


def upgrade() -> None:
    op.execute("ALTER TABLE ticketing.ticket_comments ADD COLUMN replaces uuid")
    op.execute(
        "CREATE INDEX ix_ticket_comments_replaces ON ticketing.ticket_comments (tenant_id, replaces)"
        " WHERE replaces IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE ticketing.ticket_comments DROP COLUMN replaces")
