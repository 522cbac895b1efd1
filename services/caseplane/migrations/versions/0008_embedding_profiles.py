"""A knowledge base changes its embedding profile: the name it was chosen by, how its building goes, and why it failed."""

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
        # Nothing has built these so far; whoever wants one asks for it, and finds its vectors.
        "UPDATE knowledge.embedding_profiles SET status = 'retired' WHERE status = 'building'",
    )
    # One at a time beside the one that is searched.
    op.execute(
        "CREATE UNIQUE INDEX uq_embedding_profiles_next ON knowledge.embedding_profiles"
        " (tenant_id, knowledge_base_id) WHERE status IN ('building', 'failed')"
    )
    # How a document was parsed and cut no longer names the model: its vectors follow the knowledge base's profile.
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
    """Change rows of all tenants: the owner of a table sees none of them where row security is forced."""
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
