"""Sessions, their append-only messages and events, gate policies, case summaries."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE conversation.sessions (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            channel text NOT NULL CHECK (channel IN ('web', 'email', 'sms', 'api')),
            customer_id text NOT NULL,
            status text NOT NULL CHECK (status IN ('open', 'escalated', 'resolved')),
            resolution text CHECK (resolution IN ('agent', 'confirmed', 'assumed')),
            language text,
            subject text,
            summary_current text,
            summary_seq integer NOT NULL DEFAULT 0,
            entitlements text[] NOT NULL DEFAULT '{}',
            knowledge_base_ids uuid[] NOT NULL DEFAULT '{}',
            metadata jsonb NOT NULL DEFAULT '{}',
            ticket_id uuid,
            previous_session_id uuid,
            escalation_reason text,
            clarifications integer NOT NULL DEFAULT 0,
            recontacts integer NOT NULL DEFAULT 0,
            last_seq integer NOT NULL DEFAULT 0,
            answered_seq integer NOT NULL DEFAULT 0,
            answered boolean NOT NULL DEFAULT false,
            created_at timestamptz NOT NULL DEFAULT now(),
            last_activity_at timestamptz NOT NULL DEFAULT now(),
            resolved_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, previous_session_id)
                REFERENCES conversation.sessions (tenant_id, id) ON DELETE NO ACTION,
            CONSTRAINT ck_sessions_resolved CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)),
            CONSTRAINT ck_sessions_resolution CHECK ((status = 'resolved') = (resolution IS NOT NULL)),
            CONSTRAINT ck_sessions_escalated CHECK (status <> 'escalated' OR ticket_id IS NOT NULL)
        )""")
    op.execute(
        "CREATE INDEX ix_sessions_customer ON conversation.sessions"
        " (tenant_id, customer_id, last_activity_at DESC)"
    )
    op.execute(
        "CREATE INDEX ix_sessions_open ON conversation.sessions (tenant_id, last_activity_at)"
        " WHERE status = 'open'"
    )
    op.execute("""
        CREATE TABLE conversation.messages (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            session_id uuid NOT NULL,
            seq integer NOT NULL,
            role text NOT NULL CHECK (role IN ('customer', 'assistant', 'agent', 'system')),
            content text NOT NULL,
            content_redacted text NOT NULL,
            client_message_id text,
            source_id text,
            citations jsonb NOT NULL DEFAULT '[]',
            metadata jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, session_id) REFERENCES conversation.sessions (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, session_id, seq)
        )""")
    # A retried send and a comment mirrored twice must not add a second message.
    op.execute(
        "CREATE UNIQUE INDEX uq_messages_client ON conversation.messages"
        " (tenant_id, session_id, client_message_id) WHERE client_message_id IS NOT NULL"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_messages_source ON conversation.messages"
        " (tenant_id, session_id, source_id) WHERE source_id IS NOT NULL"
    )
    op.execute("""
        CREATE TABLE conversation.events (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            session_id uuid NOT NULL,
            seq integer NOT NULL,
            type text NOT NULL,
            payload jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, session_id) REFERENCES conversation.sessions (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, session_id, seq)
        )""")
    op.execute("CREATE INDEX ix_events_type ON conversation.events (tenant_id, type, created_at)")
    op.execute("""
        CREATE TABLE conversation.gate_policies (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            version integer NOT NULL,
            active boolean NOT NULL DEFAULT false,
            policy jsonb NOT NULL,
            note text NOT NULL DEFAULT '',
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            activated_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, version)
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_gate_policies_active ON conversation.gate_policies (tenant_id) WHERE active"
    )
    op.execute("""
        CREATE TABLE conversation.case_summaries (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            session_id uuid NOT NULL,
            ticket_id uuid,
            question text NOT NULL,
            facts text[] NOT NULL DEFAULT '{}',
            summary text NOT NULL,
            resolution text NOT NULL,
            tags text[] NOT NULL DEFAULT '{}',
            refs jsonb NOT NULL DEFAULT '[]',
            resolution_kind text NOT NULL,
            method text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, session_id) REFERENCES conversation.sessions (tenant_id, id)
                ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE INDEX ix_case_summaries_session ON conversation.case_summaries (tenant_id, session_id)"
    )
    op.execute("""
        CREATE TABLE conversation.feedback (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            session_id uuid NOT NULL,
            message_id uuid,
            rating integer CHECK (rating BETWEEN 1 AND 5),
            helpful boolean,
            comment text,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, session_id) REFERENCES conversation.sessions (tenant_id, id)
                ON DELETE CASCADE
        )""")
    op.execute("""
        CREATE FUNCTION conversation.announce_event() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('caseplane_session', NEW.session_id::text);
            RETURN NULL;
        END $$""")
    op.execute(
        "CREATE TRIGGER announce AFTER INSERT ON conversation.events"
        " FOR EACH ROW EXECUTE FUNCTION conversation.announce_event()"
    )

    own = "caseplane_conversation"
    eraser = {"caseplane_erasure": "SELECT, DELETE"}
    protect("conversation.sessions", {own: "SELECT, INSERT, UPDATE", **eraser})
    # Append-only: only the erasure role can change or delete messages.
    for table in ("messages", "events", "case_summaries", "feedback"):
        protect(f"conversation.{table}", {own: "SELECT, INSERT", **eraser})
    protect("conversation.gate_policies", {own: "SELECT, INSERT, UPDATE", **eraser})


def downgrade() -> None:
    op.execute("DROP SCHEMA conversation CASCADE")
    op.execute("CREATE SCHEMA conversation")
    op.execute("GRANT USAGE ON SCHEMA conversation TO caseplane_conversation, caseplane_erasure")
