"""Mails of customers and to them, in threads; a delivery is of a ticket or of a mail."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0027", "0026"
GRANTS = {"caseplane_ticketing": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"}


def upgrade() -> None:
    op.execute("""
        CREATE TABLE ticketing.mail_threads (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            connection_id uuid NOT NULL,
            address text NOT NULL,
            name text NOT NULL DEFAULT '',
            subject text NOT NULL DEFAULT '',
            copied jsonb NOT NULL DEFAULT '[]',
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, connection_id) REFERENCES ticketing.connections (tenant_id, id)
                ON DELETE CASCADE
        )""")
    op.execute("""
        CREATE TABLE ticketing.mails (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            connection_id uuid NOT NULL,
            thread_id uuid NOT NULL,
            direction text NOT NULL CHECK (direction IN ('in', 'out')),
            message_id text NOT NULL,
            sender text NOT NULL DEFAULT '',
            subject text NOT NULL DEFAULT '',
            body text NOT NULL DEFAULT '',
            automatic boolean NOT NULL DEFAULT false,
            source_message_id uuid,
            files jsonb NOT NULL DEFAULT '[]',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, connection_id) REFERENCES ticketing.connections (tenant_id, id)
                ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, thread_id) REFERENCES ticketing.mail_threads (tenant_id, id)
                ON DELETE CASCADE,
            UNIQUE (tenant_id, connection_id, message_id)
        )""")
    op.execute("CREATE INDEX ix_mails_thread ON ticketing.mails (tenant_id, thread_id, id)")
    op.execute(
        "CREATE UNIQUE INDEX uq_mails_source ON ticketing.mails (tenant_id, source_message_id)"
        " WHERE source_message_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX ix_mail_threads_address ON ticketing.mail_threads (tenant_id, connection_id, address)"
    )
    for table in ("mail_threads", "mails"):
        protect(f"ticketing.{table}", GRANTS)
    op.execute("ALTER TABLE ticketing.deliveries ALTER COLUMN ticket_id DROP NOT NULL")
    op.execute(
        """
        ALTER TABLE ticketing.deliveries
            ADD COLUMN mail_id uuid,
            ADD FOREIGN KEY (tenant_id, mail_id) REFERENCES ticketing.mails (tenant_id, id) ON DELETE CASCADE,
            DROP CONSTRAINT deliveries_event_check,
            ADD CONSTRAINT deliveries_event_check CHECK (event IN ('ticket.created', 'ticket.comment_added', 'ticket.updated', 'mail.sent')),
            ADD CONSTRAINT ck_deliveries_mail
                CHECK ((mail_id IS NULL) = (ticket_id IS NOT NULL) AND (event = 'mail.sent') = (mail_id IS NOT NULL))
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_deliveries_mail ON ticketing.deliveries (tenant_id, mail_id) WHERE mail_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX ix_sessions_mail_thread ON conversation.sessions"
        " (tenant_id, (metadata ->> 'caseplane.mail_thread')) WHERE metadata ? 'caseplane.mail_thread'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX conversation.ix_sessions_mail_thread")
    op.execute("DELETE FROM ticketing.deliveries WHERE mail_id IS NOT NULL")
    op.execute(
        """
        ALTER TABLE ticketing.deliveries
            DROP CONSTRAINT ck_deliveries_mail,
            DROP CONSTRAINT deliveries_event_check,
            ADD CONSTRAINT deliveries_event_check CHECK (event IN ('ticket.created', 'ticket.comment_added', 'ticket.updated')),
            DROP COLUMN mail_id,
            ALTER COLUMN ticket_id SET NOT NULL
        """
    )
    op.execute("DROP TABLE ticketing.mails")
    op.execute("DROP TABLE ticketing.mail_threads")
