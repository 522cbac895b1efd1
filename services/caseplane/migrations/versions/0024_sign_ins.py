"""People who are signed in, and what an identity provider needs to know of us to sign them in."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0024", "0023"


def upgrade() -> None:
    op.execute("ALTER TABLE platform.identity_providers ADD COLUMN label text")
    op.execute("ALTER TABLE platform.identity_providers ADD COLUMN client_id text")
    op.execute("ALTER TABLE platform.identity_providers ADD COLUMN client_secret bytea")
    op.execute("""
        CREATE TABLE platform.sign_ins (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            kind text NOT NULL,
            secret_hash bytea NOT NULL UNIQUE,
            api_key_id uuid,
            identity_provider_id uuid,
            subject text,
            display_name text,
            customer_id text,
            roles text[] NOT NULL DEFAULT '{}',
            entitlements text[] NOT NULL DEFAULT '{}',
            refresh_token bytea,
            renewing_until timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, api_key_id) REFERENCES platform.api_keys (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, identity_provider_id)
                REFERENCES platform.identity_providers (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT ck_sign_ins_kind CHECK (kind IN ('code', 'session')),
            CONSTRAINT ck_sign_ins_origin CHECK ((api_key_id IS NULL) <> (identity_provider_id IS NULL)),
            CONSTRAINT ck_sign_ins_code CHECK (kind = 'session' OR api_key_id IS NOT NULL)
        )""")
    op.execute("CREATE INDEX ix_sign_ins_ends_at ON platform.sign_ins (ends_at)")
    op.execute("CREATE INDEX ix_sign_ins_api_key ON platform.sign_ins (tenant_id, api_key_id)")
    op.execute("CREATE INDEX ix_sign_ins_provider ON platform.sign_ins (tenant_id, identity_provider_id)")
    protect("platform.sign_ins", {"caseplane_platform": "SELECT, INSERT, UPDATE, DELETE"})
    # As with keys: whose sign-in it is, is known only after it was looked up.
    op.execute(
        "CREATE POLICY platform ON platform.sign_ins TO caseplane_platform USING (true) WITH CHECK (true)"
    )
    op.execute("GRANT SELECT, DELETE ON platform.sign_ins TO caseplane_erasure")
