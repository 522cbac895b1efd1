"""The hours that the clock of a ticket's first reply counts."""

from alembic import op

revision, down_revision = "0022", "0021"


def upgrade() -> None:
    op.execute("ALTER TABLE ticketing.tickets ADD COLUMN response_hours jsonb")


def downgrade() -> None:
    op.execute("ALTER TABLE ticketing.tickets DROP COLUMN response_hours")
