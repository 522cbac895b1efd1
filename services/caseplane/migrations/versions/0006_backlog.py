"""Grants to the services' login without a role: the revision, and the number of waiting jobs, for autoscaling."""

from alembic import op

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    # Due and running jobs need a worker; jobs scheduled for later do not.
    op.execute("""
        CREATE VIEW jobs.backlog AS
        SELECT queue_name AS queue, count(*) AS due
        FROM jobs.procrastinate_jobs
        WHERE status = 'doing' OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))
        GROUP BY queue_name
    """)
    op.execute("GRANT USAGE ON SCHEMA jobs TO caseplane_app")
    op.execute("GRANT SELECT ON jobs.backlog, alembic_version TO caseplane_app")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON alembic_version FROM caseplane_app")
    op.execute("DROP VIEW jobs.backlog")
    op.execute("REVOKE USAGE ON SCHEMA jobs FROM caseplane_app")
