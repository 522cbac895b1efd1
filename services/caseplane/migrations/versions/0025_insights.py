"""The schema of the insights service."""

from alembic import op

from caseplane.migrations.tenancy import create_schema

revision, down_revision = "0025", "0024"


def upgrade() -> None:
    create_schema("insights")


def downgrade() -> None:
    op.execute("DROP SCHEMA insights CASCADE")
