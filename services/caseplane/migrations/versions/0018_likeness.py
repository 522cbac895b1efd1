"""Tickets about the same thing: what is compared of them, links, incidents; merges that can be undone."""

from alembic import op

from caseplane.migrations.tenancy import TENANT, protect

revision, down_revision = "0018", "0017"

INDEXED_DIMENSIONS = (384, 512, 768, 1024, 1536, 3072)
EXACT_TICKETS = 2_000  # of a tenant, up to which they are scanned exactly; so many are counted each time
LOOK = (
    60  # rows by which a trapped scan is recognised, if fewer are wanted (migration 0011 says what traps it)
)


def upgrade() -> None:
    _fingerprints()
    _nearest()
    _links()
    _incidents()
    _escalation()
    own, eraser = "caseplane_workflow", {"caseplane_erasure": "SELECT, DELETE"}
    for table in ("fingerprints", "ticket_links", "incidents", "incident_tickets"):
        protect(f"workflow.{table}", {own: "SELECT, INSERT, UPDATE, DELETE", **eraser})
    protect("workflow.fingerprint_codes", {own: "SELECT, INSERT, DELETE", **eraser})
    protect("ticketing.ticket_merges", {"caseplane_ticketing": "SELECT, INSERT, UPDATE", **eraser})


def _fingerprints() -> None:
    op.execute("""
        CREATE TABLE workflow.fingerprints (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            customer_id text,
            profile text NOT NULL,
            dimension integer NOT NULL,
            embedding halfvec NOT NULL,
            digest bytea NOT NULL,
            terms text[] NOT NULL,
            codes text[] NOT NULL,
            versions text[] NOT NULL,
            numbers text[] NOT NULL,
            negative boolean NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT ck_fingerprints_dimension CHECK (vector_dims(embedding) = dimension)
        )""")
    op.execute("CREATE INDEX ix_fingerprints_time ON workflow.fingerprints (tenant_id, created_at)")
    op.execute(
        "CREATE INDEX ix_fingerprints_customer ON workflow.fingerprints (tenant_id, customer_id, created_at)"
    )
    for dimension in INDEXED_DIMENSIONS:
        op.execute(
            f"CREATE INDEX ix_fingerprints_hnsw_{dimension} ON workflow.fingerprints"
            f" USING hnsw ((embedding::halfvec({dimension})) halfvec_cosine_ops) WHERE dimension = {dimension}"
        )
    # A table of their own: under row-level security no index over an array of codes could be used.
    op.execute("""
        CREATE TABLE workflow.fingerprint_codes (
            tenant_id uuid NOT NULL,
            code text NOT NULL,
            ticket_id uuid NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, code, created_at, ticket_id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES workflow.fingerprints (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE INDEX ix_fingerprint_codes_ticket ON workflow.fingerprint_codes (tenant_id, ticket_id)"
    )


def _nearest() -> None:
    # As `knowledge.nearest_hits`: exact for few tickets ("+ 0" keeps the planner from the graph), by the graph for many,
    # and exact again where equal vectors trapped the scan.
    op.execute("SELECT '[1]'::vector")
    op.execute(f"""
        CREATE FUNCTION workflow.nearest_tickets(of_profile text, query halfvec, wanted integer)
        RETURNS TABLE (ticket_id uuid, cosine float8)
        LANGUAGE plpgsql STABLE ROWS 60 SET search_path = workflow, public, pg_temp SET jit = off
        SET hnsw.iterative_scan = strict_order SET hnsw.ef_search = 64 SET hnsw.max_scan_tuples = 40000 AS $$
        DECLARE
            size integer := vector_dims(query);
            distance text := format('f.embedding::halfvec(%s) <=> $1', size);
            nearest text := 'SELECT f.id, 1 - (%1$s) AS cosine FROM fingerprints f'
                ' WHERE f.tenant_id = $2 AND f.profile = $3 AND f.dimension = %2$s ORDER BY %3$s LIMIT $4';
            look integer := greatest(wanted, {LOOK});
            few boolean;
            ids uuid[] := '{{}}';
            cosines float8[] := '{{}}';
        BEGIN
            SELECT count(*) <= {EXACT_TICKETS} INTO few FROM (
                SELECT FROM fingerprints f WHERE f.tenant_id = {TENANT} LIMIT {EXACT_TICKETS} + 1) AS counted;
            IF NOT few THEN
                FOR ticket_id, cosine IN EXECUTE format(nearest, distance, size, distance)
                    USING query, {TENANT}, of_profile, look LOOP
                    ids := ids || ticket_id;
                    cosines := cosines || cosine;
                END LOOP;
                IF cardinality(ids) = look AND cosines[look / 4] <> cosines[3 * look / 4] THEN
                    RETURN QUERY SELECT * FROM unnest(ids, cosines) LIMIT wanted;
                    RETURN;
                END IF;
            END IF;
            RETURN QUERY EXECUTE format(nearest, distance, size, '(' || distance || ') + 0')
                USING query, {TENANT}, of_profile, wanted;
        END $$""")  # noqa: S608 - only constants of this file


def _links() -> None:
    op.execute("""
        CREATE TABLE workflow.ticket_links (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            other_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('duplicate', 'related')),
            score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
            reason text NOT NULL,
            state text NOT NULL CHECK (state IN ('suggested', 'confirmed', 'merged', 'rejected')),
            decided_by text,
            decided_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT ck_ticket_links_two CHECK (ticket_id <> other_id)
        )""")
    # Two tickets are linked once, whichever of them was looked at first.
    op.execute(
        "CREATE UNIQUE INDEX uq_ticket_links_pair ON workflow.ticket_links"
        " (tenant_id, least(ticket_id, other_id), greatest(ticket_id, other_id))"
    )
    op.execute("CREATE INDEX ix_ticket_links_ticket ON workflow.ticket_links (tenant_id, ticket_id)")
    op.execute("CREATE INDEX ix_ticket_links_other ON workflow.ticket_links (tenant_id, other_id)")


def _incidents() -> None:
    op.execute("""
        CREATE TABLE workflow.incidents (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            first_ticket_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('open', 'resolved')),
            last_at timestamptz NOT NULL,
            resolved_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT ck_incidents_resolved CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
        )""")
    op.execute(
        "CREATE INDEX ix_incidents_open ON workflow.incidents (tenant_id, last_at) WHERE state = 'open'"
    )
    op.execute("""
        CREATE TABLE workflow.incident_tickets (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            incident_id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            score double precision NOT NULL,
            detached_by text,
            detached_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, incident_id) REFERENCES workflow.incidents (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_incident_tickets_once UNIQUE (tenant_id, ticket_id, incident_id)
        )""")
    op.execute(
        "CREATE INDEX ix_incident_tickets_incident ON workflow.incident_tickets (tenant_id, incident_id, created_at)"
    )


def _escalation() -> None:
    op.execute(
        "ALTER TABLE ticketing.tickets ADD COLUMN kind text NOT NULL DEFAULT 'case'"
        " CONSTRAINT ck_tickets_kind CHECK (kind IN ('case', 'incident'))"
    )
    op.execute("""
        CREATE TABLE ticketing.ticket_merges (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            into_id uuid NOT NULL,
            status text NOT NULL,
            solved_at timestamptz,
            redirected text[] NOT NULL,
            tags_added text[] NOT NULL,
            merged_by text NOT NULL,
            undone_by text,
            undone_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticketing.tickets (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, into_id) REFERENCES ticketing.tickets (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_ticket_merges_held ON ticketing.ticket_merges (tenant_id, ticket_id)"
        " WHERE undone_at IS NULL"
    )
    op.execute("CREATE INDEX ix_ticket_merges_into ON ticketing.ticket_merges (tenant_id, into_id)")


def downgrade() -> None:
    op.execute("DROP TABLE ticketing.ticket_merges")
    op.execute("ALTER TABLE ticketing.tickets DROP COLUMN kind")
    op.execute("DROP FUNCTION workflow.nearest_tickets(text, halfvec, integer)")
    for table in ("incident_tickets", "incidents", "ticket_links", "fingerprint_codes", "fingerprints"):
        op.execute(f"DROP TABLE workflow.{table}")
