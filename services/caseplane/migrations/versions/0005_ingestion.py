"""Ingestions with a line per file, and versions that show whether a document or a cached answer is out of date."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    # Increases with every change of the index; part of the key of cached searches.
    op.execute("ALTER TABLE knowledge.knowledge_bases ADD COLUMN index_version bigint NOT NULL DEFAULT 0")
    op.execute(
        "ALTER TABLE knowledge.documents ADD COLUMN chunk_count integer NOT NULL DEFAULT 0,"
        " ADD COLUMN pipeline text NOT NULL DEFAULT ''"
    )
    op.execute("""
        CREATE TABLE knowledge.ingestions (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            source_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('sync', 'upload')),
            state text NOT NULL CHECK (state IN ('running', 'done', 'superseded')),
            keep_missing boolean NOT NULL DEFAULT false,
            started_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            finished_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, source_id)
                REFERENCES knowledge.sources (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT ck_ingestions_finished CHECK ((state = 'running') = (finished_at IS NULL))
        )""")
    op.execute("CREATE INDEX ix_ingestions_base ON knowledge.ingestions (tenant_id, knowledge_base_id, id)")
    # One run per source at a time; a newer run replaces it.
    op.execute(
        "CREATE UNIQUE INDEX uq_ingestions_sync ON knowledge.ingestions (tenant_id, source_id)"
        " WHERE state = 'running' AND kind = 'sync'"
    )
    op.execute("""
        CREATE TABLE knowledge.ingestion_items (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            ingestion_id uuid NOT NULL,
            path text NOT NULL,
            state text NOT NULL CHECK (state IN ('awaited', 'stored', 'indexed', 'unchanged', 'moved',
                'deleted', 'failed', 'superseded')),
            document_id uuid,
            content_hash bytea,
            size_bytes bigint NOT NULL DEFAULT 0,
            media_type text,
            object_key text,
            previous_path text,
            reason text,
            detail text,
            chunk_count integer NOT NULL DEFAULT 0,
            attempts integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, ingestion_id)
                REFERENCES knowledge.ingestions (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_ingestion_items_path UNIQUE (tenant_id, ingestion_id, path),
            CONSTRAINT ck_ingestion_items_failed CHECK ((state = 'failed') = (reason IS NOT NULL)),
            CONSTRAINT ck_ingestion_items_stored CHECK (state <> 'stored' OR object_key IS NOT NULL)
        )""")
    op.execute(
        "CREATE INDEX ix_ingestion_items_open ON knowledge.ingestion_items"
        " (tenant_id, ingestion_id, content_hash) WHERE state IN ('awaited', 'stored')"
    )
    rights = {
        "caseplane_knowledge": "SELECT, INSERT, UPDATE, DELETE",
        "caseplane_erasure": "SELECT, DELETE",
    }
    for table in ("ingestions", "ingestion_items"):
        protect(f"knowledge.{table}", rights)


def downgrade() -> None:
    op.execute("DROP TABLE knowledge.ingestion_items, knowledge.ingestions")
    op.execute("ALTER TABLE knowledge.documents DROP COLUMN chunk_count, DROP COLUMN pipeline")
    op.execute("ALTER TABLE knowledge.knowledge_bases DROP COLUMN index_version")
