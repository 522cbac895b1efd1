"""Tickets, comments and attachments; connections to external desks, deliveries to them, and their events."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    _tickets()
    _desks()
    own = "caseplane_ticketing"
    eraser = {"caseplane_erasure": "SELECT, DELETE"}
    for table in ("ticket_numbers", "tickets", "connections", "ticket_links", "deliveries", "inbound_events"):
        protect(f"ticketing.{table}", {own: "SELECT, INSERT, UPDATE", **eraser})
    # Comments are append-only.
    for table in ("ticket_comments", "ticket_attachments", "comment_links"):
        protect(f"ticketing.{table}", {own: "SELECT, INSERT", **eraser})
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA ticketing TO {own}")


def _tickets() -> None:
    op.execute("""
        CREATE TABLE ticketing.ticket_numbers (
            tenant_id uuid PRIMARY KEY REFERENCES platform.tenants (id) ON DELETE CASCADE,
            last bigint NOT NULL
        )""")
    op.execute("""
        CREATE TABLE ticketing.tickets (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            number bigint NOT NULL,
            session_id uuid,
            escalation_event_id uuid,
            provider text NOT NULL DEFAULT 'caseplane',
            subject text NOT NULL,
            description text NOT NULL DEFAULT '',
            status text NOT NULL
                CHECK (status IN ('new', 'open', 'pending', 'on_hold', 'solved', 'closed')),
            priority text NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
            severity text CHECK (severity IN ('minor', 'major', 'critical')),
            requester_id text NOT NULL,
            tags text[] NOT NULL DEFAULT '{}',
            assigned_to text,
            team text,
            ai_escalation_reason text,
            ai_confidence double precision CHECK (ai_confidence BETWEEN 0 AND 1),
            evidence jsonb NOT NULL DEFAULT '[]',
            packet jsonb,
            resolution_summary text,
            resolution_references jsonb NOT NULL DEFAULT '[]',
            case_id uuid,
            merged_into uuid,
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            solved_at timestamptz,
            deleted_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, number),
            FOREIGN KEY (tenant_id, merged_into) REFERENCES ticketing.tickets (tenant_id, id),
            CONSTRAINT ck_tickets_solved CHECK ((status IN ('solved', 'closed')) = (solved_at IS NOT NULL)),
            CONSTRAINT ck_tickets_merged CHECK (merged_into IS NULL OR (status = 'closed' AND merged_into <> id))
        )""")
    # One escalation creates one ticket, even if its job runs again.
    op.execute(
        "CREATE UNIQUE INDEX uq_tickets_escalation ON ticketing.tickets"
        " (tenant_id, session_id, escalation_event_id) WHERE escalation_event_id IS NOT NULL"
    )
    op.execute("CREATE INDEX ix_tickets_session ON ticketing.tickets (tenant_id, session_id)")
    op.execute("CREATE INDEX ix_tickets_status ON ticketing.tickets (tenant_id, status, updated_at)")
    op.execute("CREATE INDEX ix_tickets_requester ON ticketing.tickets (tenant_id, requester_id, number)")
    op.execute(
        "CREATE INDEX ix_tickets_merged ON ticketing.tickets (tenant_id, merged_into)"
        " WHERE merged_into IS NOT NULL"
    )
    op.execute("""
        CREATE TABLE ticketing.ticket_comments (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            author_type text NOT NULL CHECK (author_type IN ('customer', 'agent', 'assistant', 'system')),
            author text,
            visibility text NOT NULL CHECK (visibility IN ('public', 'internal')),
            body text NOT NULL,
            source_message_id uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticketing.tickets (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE INDEX ix_ticket_comments_ticket ON ticketing.ticket_comments"
        " (tenant_id, ticket_id, created_at, id)"
    )
    # A message is mirrored onto a ticket once.
    op.execute(
        "CREATE UNIQUE INDEX uq_ticket_comments_source ON ticketing.ticket_comments"
        " (tenant_id, ticket_id, source_message_id) WHERE source_message_id IS NOT NULL"
    )
    op.execute("""
        CREATE TABLE ticketing.ticket_attachments (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            file_name text NOT NULL,
            media_type text NOT NULL,
            size_bytes bigint NOT NULL CHECK (size_bytes > 0),
            sha256 text NOT NULL,
            visibility text NOT NULL CHECK (visibility IN ('public', 'internal')),
            uploaded_by text NOT NULL,
            object_key text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticketing.tickets (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE INDEX ix_ticket_attachments_ticket ON ticketing.ticket_attachments (tenant_id, ticket_id)"
    )


def _desks() -> None:
    op.execute("""
        CREATE TABLE ticketing.connections (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            kind text NOT NULL,
            name text NOT NULL,
            url text NOT NULL,
            secret bytea,
            enabled boolean NOT NULL,
            settings jsonb NOT NULL DEFAULT '{}',
            poll_cursor jsonb,
            polled_at timestamptz,
            poll_error text,
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            deleted_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT ck_connections_secret CHECK (deleted_at IS NULL OR secret IS NULL)
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_connections_name ON ticketing.connections (tenant_id, name)"
        " WHERE deleted_at IS NULL"
    )
    op.execute("""
        CREATE TABLE ticketing.ticket_links (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            connection_id uuid NOT NULL,
            external_id text NOT NULL,
            external_url text,
            remote_status text,
            remote_updated_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticketing.tickets (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, connection_id) REFERENCES ticketing.connections (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, connection_id, external_id),
            UNIQUE (tenant_id, ticket_id, connection_id)
        )""")
    op.execute("""
        CREATE TABLE ticketing.comment_links (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            comment_id uuid NOT NULL,
            connection_id uuid NOT NULL,
            external_id text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, comment_id) REFERENCES ticketing.ticket_comments (tenant_id, id)
                ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, connection_id) REFERENCES ticketing.connections (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, connection_id, external_id),
            UNIQUE (tenant_id, comment_id, connection_id)
        )""")
    op.execute("""
        CREATE TABLE ticketing.deliveries (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            seq bigint GENERATED ALWAYS AS IDENTITY,
            connection_id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            comment_id uuid,
            session_id uuid,
            event text NOT NULL
                CHECK (event IN ('ticket.created', 'ticket.comment_added', 'ticket.updated')),
            payload jsonb NOT NULL DEFAULT '{}',
            idempotency_key text NOT NULL,
            state text NOT NULL CHECK (state IN ('pending', 'delivering', 'delivered', 'dead')),
            attempts integer NOT NULL DEFAULT 0,
            failures integer NOT NULL DEFAULT 0,
            next_attempt_at timestamptz,
            last_error text,
            blocked_by uuid,
            external_id text,
            log jsonb NOT NULL DEFAULT '[]',
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            delivered_at timestamptz,
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticketing.tickets (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, comment_id) REFERENCES ticketing.ticket_comments (tenant_id, id)
                ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, connection_id) REFERENCES ticketing.connections (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, connection_id, idempotency_key),
            CONSTRAINT ck_deliveries_comment
                CHECK ((event = 'ticket.comment_added') = (comment_id IS NOT NULL))
        )""")
    op.execute("CREATE INDEX ix_deliveries_state ON ticketing.deliveries (tenant_id, state, seq)")
    op.execute("CREATE INDEX ix_deliveries_ticket ON ticketing.deliveries (tenant_id, ticket_id, seq)")
    op.execute(
        "CREATE INDEX ix_deliveries_blocked ON ticketing.deliveries (tenant_id, blocked_by)"
        " WHERE blocked_by IS NOT NULL"
    )
    op.execute("""
        CREATE TABLE ticketing.inbound_events (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            connection_id uuid NOT NULL,
            event_id text NOT NULL,
            webhook_id text,
            via text NOT NULL CHECK (via IN ('webhook', 'poll')),
            outcome text NOT NULL CHECK (outcome IN ('applied', 'ignored', 'dead')),
            detail text,
            payload jsonb,
            ticket_id uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, connection_id) REFERENCES ticketing.connections (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, connection_id, event_id)
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_inbound_events_webhook ON ticketing.inbound_events"
        " (tenant_id, connection_id, webhook_id) WHERE webhook_id IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA ticketing CASCADE")
    op.execute("CREATE SCHEMA ticketing")
    op.execute("GRANT USAGE ON SCHEMA ticketing TO caseplane_ticketing, caseplane_erasure")
