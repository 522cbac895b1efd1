"""Changes of a knowledge base's embedding profile: its name, the progress of its index, and the error if it failed."""

from alembic import op

revision, down_revision = "0008", "0007"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE knowledge.embedding_profiles ADD COLUMN name text NOT NULL DEFAULT 'default',"
        " ADD COLUMN error text, ADD COLUMN starts integer NOT NULL DEFAULT 0,"
        " ADD COLUMN started_at timestamptz NOT NULL DEFAULT now()"
    )
    _allow("building", "active", "retired", "failed")
    _everywhere(
        "embedding_profiles",
        # No code has built these so far; a reindex finds existing vectors.
        "UPDATE knowledge.embedding_profiles SET status = 'retired' WHERE status = 'building'",
    )
    # At most one in addition to the searched one.
    op.execute(
        "CREATE UNIQUE INDEX uq_embedding_profiles_next ON knowledge.embedding_profiles"
        " (tenant_id, knowledge_base_id) WHERE status IN ('building', 'failed')"
    )
    # The parsing version no longer contains the model: vectors follow the knowledge base's profile.
    _everywhere(
        "documents",
        r"UPDATE knowledge.documents SET pipeline ="
        r" regexp_replace(pipeline, '^([^/]+/[^/]+/[^/]+/[^/]+)/.+/\d+/(fp32|int8)', '\1')",
    )


def downgrade() -> None:
    op.execute("DROP INDEX knowledge.uq_embedding_profiles_next")
    _everywhere("embedding_profiles", "DELETE FROM knowledge.embedding_profiles WHERE status = 'failed'")
    _allow("building", "active", "retired")
    op.execute(
        "ALTER TABLE knowledge.embedding_profiles DROP COLUMN name, DROP COLUMN error, DROP COLUMN starts,"
        " DROP COLUMN started_at"
    )


def _everywhere(table: str, statement: str) -> None:
    """Change rows of all tenants, which a table's owner cannot see under forced row-level security."""
    op.execute(f"ALTER TABLE knowledge.{table} NO FORCE ROW LEVEL SECURITY")
    op.execute(statement)
    op.execute(f"ALTER TABLE knowledge.{table} FORCE ROW LEVEL SECURITY")


def _allow(*statuses: str) -> None:
    named = ", ".join(f"'{status}'" for status in statuses)
    op.execute("ALTER TABLE knowledge.embedding_profiles DROP CONSTRAINT embedding_profiles_status_check")
    op.execute(
        "ALTER TABLE knowledge.embedding_profiles ADD CONSTRAINT embedding_profiles_status_check"
        f" CHECK (status IN ({named}))"
    )
