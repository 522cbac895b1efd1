"""Data sets of tickets, and the clusters in them."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0029", "0028"

TABLES = ("datasets", "uploads", "rejections", "dataset_rows", "clusterings", "clusters", "memberships")
_TENANT = "tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE, id uuid NOT NULL"
_MADE = "created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id)"
_DATASET = (
    "FOREIGN KEY (tenant_id, dataset_id) REFERENCES insights.datasets (tenant_id, id) ON DELETE CASCADE"
)


def upgrade() -> None:
    op.execute(f"""
        CREATE TABLE insights.datasets (
            {_TENANT},
            name text NOT NULL,
            kind text NOT NULL CONSTRAINT ck_datasets_kind CHECK (kind IN ('upload', 'platform')),
            embedding text NOT NULL DEFAULT '',
            version integer NOT NULL DEFAULT 1,
            created_by text NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            {_MADE},
            CONSTRAINT uq_datasets_name UNIQUE (tenant_id, name)
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_datasets_platform ON insights.datasets (tenant_id) WHERE kind = 'platform'"
    )
    op.execute(f"""
        CREATE TABLE insights.uploads (
            {_TENANT},
            dataset_id uuid NOT NULL,
            file_name text NOT NULL,
            object_key text NOT NULL,
            size_bytes bigint NOT NULL,
            reading jsonb NOT NULL,
            state text NOT NULL CONSTRAINT ck_uploads_state
                CHECK (state IN ('waiting', 'reading', 'done', 'failed', 'cancelled')),
            reason text NOT NULL DEFAULT '',
            rows_read bigint NOT NULL DEFAULT 0,
            created_rows bigint NOT NULL DEFAULT 0,
            updated_rows bigint NOT NULL DEFAULT 0,
            unchanged_rows bigint NOT NULL DEFAULT 0,
            rejected_rows bigint NOT NULL DEFAULT 0,
            created_by text NOT NULL,
            finished_at timestamptz,
            file_removed_at timestamptz,
            {_MADE},
            CONSTRAINT fk_uploads_dataset {_DATASET}
        )""")
    op.execute("CREATE INDEX ix_uploads_dataset ON insights.uploads (tenant_id, dataset_id, id)")
    op.execute(f"""
        CREATE TABLE insights.rejections (
            {_TENANT},
            upload_id uuid NOT NULL,
            line bigint NOT NULL,
            reason text NOT NULL,
            {_MADE},
            CONSTRAINT fk_rejections_upload FOREIGN KEY (tenant_id, upload_id)
                REFERENCES insights.uploads (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute("CREATE INDEX ix_rejections_upload ON insights.rejections (tenant_id, upload_id, id)")
    op.execute(f"""
        CREATE TABLE insights.dataset_rows (
            {_TENANT},
            dataset_id uuid NOT NULL,
            external_id text NOT NULL,
            subject text NOT NULL,
            body text NOT NULL,
            status text NOT NULL DEFAULT '',
            priority text NOT NULL DEFAULT '',
            category text NOT NULL DEFAULT '',
            channel text NOT NULL DEFAULT '',
            team text NOT NULL DEFAULT '',
            customer_id text NOT NULL DEFAULT '',
            tags text[] NOT NULL DEFAULT '{{}}',
            opened_at timestamptz,
            resolved_at timestamptz,
            resolution text NOT NULL DEFAULT '',
            satisfaction text NOT NULL DEFAULT '',
            extra jsonb NOT NULL DEFAULT '{{}}',
            content_hash bytea NOT NULL,
            embedding halfvec,
            updated_at timestamptz NOT NULL DEFAULT now(),
            {_MADE},
            CONSTRAINT uq_dataset_rows_external UNIQUE (tenant_id, dataset_id, external_id),
            CONSTRAINT fk_dataset_rows_dataset {_DATASET}
        )""")
    op.execute("CREATE INDEX ix_dataset_rows_dataset ON insights.dataset_rows (tenant_id, dataset_id, id)")
    op.execute("CREATE INDEX ix_dataset_rows_customer ON insights.dataset_rows (tenant_id, customer_id)")
    op.execute(
        "CREATE INDEX ix_dataset_rows_bare ON insights.dataset_rows (tenant_id, dataset_id, id)"
        " WHERE embedding IS NULL"
    )
    op.execute(f"""
        CREATE TABLE insights.clusterings (
            {_TENANT},
            dataset_id uuid NOT NULL,
            state text NOT NULL CONSTRAINT ck_clusterings_state
                CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
            options jsonb NOT NULL DEFAULT '{{}}',
            reason text NOT NULL DEFAULT '',
            step text NOT NULL DEFAULT '',
            tickets bigint,
            noise bigint,
            clusters integer,
            themes integer,
            kept integer,
            seconds double precision,
            peak_mb integer,
            created_by text NOT NULL,
            finished_at timestamptz,
            {_MADE},
            CONSTRAINT fk_clusterings_dataset {_DATASET}
        )""")
    op.execute("CREATE INDEX ix_clusterings_dataset ON insights.clusterings (tenant_id, dataset_id, id)")
    op.execute(f"""
        CREATE TABLE insights.clusters (
            {_TENANT},
            dataset_id uuid NOT NULL,
            parent_id uuid,
            level text NOT NULL CONSTRAINT ck_clusters_level CHECK (level IN ('theme', 'topic')),
            name text,
            locked boolean NOT NULL DEFAULT false,
            terms text[] NOT NULL DEFAULT '{{}}',
            examples uuid[] NOT NULL DEFAULT '{{}}',
            size bigint NOT NULL DEFAULT 0,
            centre halfvec,
            reach real NOT NULL DEFAULT 1,
            version integer NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL DEFAULT now(),
            {_MADE},
            CONSTRAINT fk_clusters_dataset {_DATASET},
            CONSTRAINT fk_clusters_parent FOREIGN KEY (tenant_id, parent_id)
                REFERENCES insights.clusters (tenant_id, id) ON DELETE SET NULL (parent_id)
        )""")
    op.execute("CREATE INDEX ix_clusters_dataset ON insights.clusters (tenant_id, dataset_id, size, id)")
    op.execute("CREATE INDEX ix_clusters_parent ON insights.clusters (tenant_id, parent_id)")
    op.execute(f"""
        CREATE TABLE insights.memberships (
            {_TENANT},
            dataset_id uuid NOT NULL,
            cluster_id uuid,
            similarity real NOT NULL,
            pinned boolean NOT NULL DEFAULT false,
            {_MADE},
            CONSTRAINT fk_memberships_row FOREIGN KEY (tenant_id, id)
                REFERENCES insights.dataset_rows (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT fk_memberships_cluster FOREIGN KEY (tenant_id, cluster_id)
                REFERENCES insights.clusters (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute("CREATE INDEX ix_memberships_cluster ON insights.memberships (tenant_id, cluster_id, id)")
    op.execute("CREATE INDEX ix_memberships_dataset ON insights.memberships (tenant_id, dataset_id)")
    for table in TABLES:
        protect(
            f"insights.{table}",
            {"caseplane_insights": "SELECT, INSERT, UPDATE, DELETE", "caseplane_erasure": "SELECT, DELETE"},
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE insights.{table}")
