"""The incident of a ticket on the ticket, and failed runs that are found without looking at all others."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("ALTER TABLE ticketing.tickets ADD COLUMN incident_id uuid")
    op.execute(
        "CREATE INDEX ix_tickets_incident ON ticketing.tickets (tenant_id, incident_id, number)"
        " WHERE incident_id IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_runs_failed ON workflow.runs (tenant_id, id) WHERE status = 'failed'")


def downgrade() -> None:
    op.execute("DROP INDEX workflow.ix_runs_failed")
    op.execute("DROP INDEX ticketing.ix_tickets_incident")
    op.execute("ALTER TABLE ticketing.tickets DROP COLUMN incident_id")
