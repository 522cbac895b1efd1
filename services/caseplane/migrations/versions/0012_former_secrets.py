"""Secrets of desks that are valid a little longer, while the desk changes to the new one."""

from alembic import op

revision, down_revision = "0012", "0011"


def upgrade() -> None:
    op.execute("ALTER TABLE ticketing.connections ADD COLUMN former_secrets jsonb NOT NULL DEFAULT '[]'")
    op.execute(
        "ALTER TABLE ticketing.connections ADD CONSTRAINT ck_connections_former_secrets"
        " CHECK (deleted_at IS NULL OR former_secrets = '[]')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE ticketing.connections DROP COLUMN former_secrets")
