"""Deliveries that wait, found quickly: a paused connector may have many."""

from alembic import op

revision, down_revision = "0026", "0025"
UNFINISHED = "WHERE state IN ('pending', 'delivering')"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_deliveries_waiting ON ticketing.deliveries (tenant_id, connection_id, seq) "
        + UNFINISHED
    )
    op.execute(
        "CREATE INDEX ix_deliveries_conversation ON ticketing.deliveries"
        " (tenant_id, connection_id, (coalesce(session_id, ticket_id)), seq) " + UNFINISHED
    )


def downgrade() -> None:
    op.execute("DROP INDEX ticketing.ix_deliveries_conversation")
    op.execute("DROP INDEX ticketing.ix_deliveries_waiting")
