"""Knowledge bases, their sources, documents and chunks, and the index that hybrid search reads."""

from alembic import op

from caseplane.migrations.tenancy import TENANT, protect

revision, down_revision = "0003", "0002"

SOURCE_KINDS = "'upload', 'object_store', 'web', 'git', 'article', 'case'"
# A vector index needs a dimension; vectors of other dimensions are scanned exactly.
INDEXED_DIMENSIONS = (384, 512, 768, 1024, 1536, 3072)
TERM_SPACE = 1_000_000_000
EXACT_VALUES = 8_000_000  # chunks times dimension up to which an exact scan is faster


def upgrade() -> None:
    _content()
    _index()
    _statistics()
    _access_lists()
    _lexical_search()
    _vector_search()
    everything = "SELECT, INSERT, UPDATE, DELETE"
    own, erasure = "caseplane_knowledge", "caseplane_erasure"
    for table in ("knowledge_bases", "sources", "documents", "embedding_profiles"):
        protect(f"knowledge.{table}", {own: everything, erasure: "SELECT, DELETE"})
    protect("knowledge.chunks", {own: "SELECT, INSERT, DELETE", erasure: "SELECT, DELETE"})
    protect("knowledge.chunk_embeddings", {own: everything, erasure: "SELECT, DELETE"})
    # A chunk's terms never change in place, so that the statistics below only count inserts and deletes.
    terms = {own: "SELECT, INSERT, UPDATE (acl), DELETE", erasure: "SELECT, DELETE"}
    protect("knowledge.chunk_terms", terms)
    for table in ("index_stats", "term_stats"):
        # The erasure role deletes terms, and the trigger that counts them runs as the deleting role.
        counted = {own: everything, erasure: "SELECT, UPDATE, DELETE", "caseplane_lexical": "SELECT"}
        protect(f"knowledge.{table}", counted)
    op.execute("GRANT SELECT ON knowledge.chunk_terms TO caseplane_lexical")
    op.execute("CREATE POLICY lexical ON knowledge.chunk_terms FOR SELECT TO caseplane_lexical USING (true)")


def _content() -> None:
    op.execute("""
        CREATE TABLE knowledge.knowledge_bases (
            tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
            kind text NOT NULL DEFAULT 'documents' CHECK (kind IN ('documents', 'cases')),
            description text NOT NULL DEFAULT '',
            acl text[] NOT NULL DEFAULT '{}',
            settings jsonb NOT NULL DEFAULT '{}',
            version integer NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            CONSTRAINT uq_knowledge_bases_name UNIQUE (tenant_id, name)
        )""")
    op.execute("""
        CREATE TABLE knowledge.embedding_profiles (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            model text NOT NULL,
            dimension integer NOT NULL CHECK (dimension BETWEEN 1 AND 4000),
            distance text NOT NULL DEFAULT 'cosine' CHECK (distance = 'cosine'),
            quantisation text NOT NULL CHECK (quantisation IN ('fp32', 'int8')),
            status text NOT NULL CHECK (status IN ('building', 'active', 'retired')),
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, knowledge_base_id)
                REFERENCES knowledge.knowledge_bases (tenant_id, id) ON DELETE CASCADE,
            UNIQUE (tenant_id, knowledge_base_id, model, dimension, quantisation)
        )""")
    op.execute(
        "CREATE UNIQUE INDEX uq_embedding_profiles_active ON knowledge.embedding_profiles"
        " (tenant_id, knowledge_base_id) WHERE status = 'active'"
    )
    op.execute(f"""
        CREATE TABLE knowledge.sources (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ({SOURCE_KINDS})),
            name text NOT NULL,
            uri text NOT NULL DEFAULT '',
            acl text[] NOT NULL DEFAULT '{{}}',
            settings jsonb NOT NULL DEFAULT '{{}}',
            cursor jsonb NOT NULL DEFAULT '{{}}',
            status text NOT NULL DEFAULT 'idle' CHECK (status IN ('idle', 'syncing', 'failed')),
            error text,
            version integer NOT NULL DEFAULT 1,
            last_synced_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, knowledge_base_id)
                REFERENCES knowledge.knowledge_bases (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_sources_name UNIQUE (tenant_id, knowledge_base_id, name)
        )""")
    op.execute(f"""
        CREATE TABLE knowledge.documents (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            source_id uuid,
            source text NOT NULL CHECK (source IN ({SOURCE_KINDS})),
            path text NOT NULL,
            title text NOT NULL,
            uri text NOT NULL,
            media_type text NOT NULL DEFAULT 'text/plain',
            language text,
            content_hash bytea NOT NULL,
            acl text[] NOT NULL DEFAULT '{{}}',
            status text NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'indexed', 'skipped', 'failed')),
            error text,
            size_bytes bigint NOT NULL DEFAULT 0 CHECK (size_bytes >= 0),
            object_key text,
            text_object_key text,
            metadata jsonb NOT NULL DEFAULT '{{}}',
            indexed_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, knowledge_base_id)
                REFERENCES knowledge.knowledge_bases (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, source_id)
                REFERENCES knowledge.sources (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_documents_path
                UNIQUE NULLS NOT DISTINCT (tenant_id, knowledge_base_id, source_id, path),
            CONSTRAINT ck_documents_error CHECK (status <> 'failed' OR error IS NOT NULL)
        )""")
    op.execute("CREATE INDEX ix_documents_source ON knowledge.documents (tenant_id, source_id)")
    op.execute(
        "CREATE INDEX ix_documents_status ON knowledge.documents"
        " (tenant_id, knowledge_base_id, status, updated_at)"
    )
    op.execute("""
        CREATE TABLE knowledge.chunks (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            document_id uuid NOT NULL,
            chunk_index integer NOT NULL CHECK (chunk_index >= 0),
            text text NOT NULL,
            heading text NOT NULL DEFAULT '',
            start_offset integer NOT NULL CHECK (start_offset >= 0),
            end_offset integer NOT NULL,
            tokens integer NOT NULL CHECK (tokens >= 0),
            metadata jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, id),
            FOREIGN KEY (tenant_id, document_id)
                REFERENCES knowledge.documents (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_chunks_index UNIQUE (tenant_id, document_id, chunk_index),
            CONSTRAINT ck_chunks_span CHECK (end_offset >= start_offset)
        )""")


def _index() -> None:
    # Each entry has its tenant, knowledge base and access list, so that both searches filter before
    # they rank. The upper half of a key is the knowledge base, the lower half the term: one GIN index then
    # holds a dictionary per knowledge base, and a small tenant never reads a large one's postings.
    op.execute("""
        CREATE TABLE knowledge.chunk_terms (
            tenant_id uuid NOT NULL,
            chunk_id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            document_id uuid NOT NULL,
            acl text[] NOT NULL,
            keys bigint[] NOT NULL,
            weights sparsevec NOT NULL,
            PRIMARY KEY (tenant_id, chunk_id),
            FOREIGN KEY (tenant_id, chunk_id)
                REFERENCES knowledge.chunks (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute("CREATE INDEX ix_chunk_terms_keys ON knowledge.chunk_terms USING gin (keys)")
    op.execute("CREATE INDEX ix_chunk_terms_document ON knowledge.chunk_terms (tenant_id, document_id)")
    op.execute("""
        CREATE TABLE knowledge.chunk_embeddings (
            tenant_id uuid NOT NULL,
            profile_id uuid NOT NULL,
            chunk_id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            document_id uuid NOT NULL,
            acl text[] NOT NULL,
            dimension integer NOT NULL,
            embedding halfvec,  -- null where a store outside holds it
            sentences bytea NOT NULL DEFAULT '',
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant_id, profile_id, chunk_id),
            FOREIGN KEY (tenant_id, chunk_id)
                REFERENCES knowledge.chunks (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, profile_id)
                REFERENCES knowledge.embedding_profiles (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT ck_chunk_embeddings_dimension CHECK (vector_dims(embedding) = dimension),
            CONSTRAINT ck_chunk_embeddings_sentences CHECK (length(sentences) % dimension = 0)
        )""")
    op.execute("CREATE INDEX ix_chunk_embeddings_chunk ON knowledge.chunk_embeddings (tenant_id, chunk_id)")
    op.execute(
        "CREATE INDEX ix_chunk_embeddings_document ON knowledge.chunk_embeddings (tenant_id, document_id)"
    )
    for dimension in INDEXED_DIMENSIONS:
        op.execute(
            f"CREATE INDEX ix_chunk_embeddings_hnsw_{dimension} ON knowledge.chunk_embeddings"
            f" USING hnsw ((embedding::halfvec({dimension})) halfvec_cosine_ops)"
            f" WHERE dimension = {dimension}"
        )


def _statistics() -> None:
    op.execute("""
        CREATE TABLE knowledge.index_stats (
            tenant_id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            chunk_count bigint NOT NULL,
            PRIMARY KEY (tenant_id, knowledge_base_id),
            FOREIGN KEY (tenant_id, knowledge_base_id)
                REFERENCES knowledge.knowledge_bases (tenant_id, id) ON DELETE CASCADE
        ) WITH (fillfactor = 50)""")
    op.execute("""
        CREATE TABLE knowledge.term_stats (
            tenant_id uuid NOT NULL,
            knowledge_base_id uuid NOT NULL,
            key bigint NOT NULL,
            chunk_count bigint NOT NULL,
            PRIMARY KEY (tenant_id, knowledge_base_id, key),
            FOREIGN KEY (tenant_id, knowledge_base_id)
                REFERENCES knowledge.knowledge_bases (tenant_id, id) ON DELETE CASCADE
        ) WITH (fillfactor = 70)""")
    # Triggers count, so that a cascade from a document, source or tenant is counted too. The
    # row of `index_stats` is written first: it makes writers of one knowledge base queue there, and not
    # deadlock among its terms.
    op.execute("""
        CREATE FUNCTION knowledge.count_terms() RETURNS trigger LANGUAGE plpgsql
        SET search_path = knowledge, public, pg_temp AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO index_stats AS s (tenant_id, knowledge_base_id, chunk_count)
                SELECT tenant_id, knowledge_base_id, count(*) FROM changed GROUP BY 1, 2 ORDER BY 1, 2
                ON CONFLICT (tenant_id, knowledge_base_id)
                DO UPDATE SET chunk_count = s.chunk_count + excluded.chunk_count;
                INSERT INTO term_stats AS s (tenant_id, knowledge_base_id, key, chunk_count)
                SELECT tenant_id, knowledge_base_id, key, count(*) FROM changed, unnest(keys) AS key
                GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                ON CONFLICT (tenant_id, knowledge_base_id, key)
                DO UPDATE SET chunk_count = s.chunk_count + excluded.chunk_count;
            ELSE
                PERFORM 1 FROM index_stats WHERE (tenant_id, knowledge_base_id) IN
                    (SELECT tenant_id, knowledge_base_id FROM changed)
                ORDER BY tenant_id, knowledge_base_id FOR UPDATE;
                UPDATE index_stats AS s SET chunk_count = s.chunk_count - gone.rows
                FROM (SELECT tenant_id, knowledge_base_id, count(*) AS rows
                      FROM changed GROUP BY 1, 2) AS gone
                WHERE s.tenant_id = gone.tenant_id AND s.knowledge_base_id = gone.knowledge_base_id;
                UPDATE term_stats AS s SET chunk_count = s.chunk_count - gone.rows
                FROM (SELECT tenant_id, knowledge_base_id, key, count(*) AS rows
                      FROM changed, unnest(keys) AS key GROUP BY 1, 2, 3) AS gone
                WHERE s.tenant_id = gone.tenant_id AND s.knowledge_base_id = gone.knowledge_base_id
                    AND s.key = gone.key;
                DELETE FROM term_stats AS s
                USING (SELECT DISTINCT tenant_id, knowledge_base_id, key
                       FROM changed, unnest(keys) AS key) AS gone
                WHERE s.tenant_id = gone.tenant_id AND s.knowledge_base_id = gone.knowledge_base_id
                    AND s.key = gone.key AND s.chunk_count <= 0;
            END IF;
            RETURN NULL;
        END $$""")
    for event, kind in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER count_terms_{event.lower()} AFTER {event} ON knowledge.chunk_terms"
            f" REFERENCING {kind} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION knowledge.count_terms()"
        )


def _access_lists() -> None:
    op.execute("""
        CREATE FUNCTION knowledge.spread_acl() RETURNS trigger LANGUAGE plpgsql
        SET search_path = knowledge, public, pg_temp AS $$
        BEGIN
            UPDATE chunk_terms SET acl = NEW.acl
                WHERE tenant_id = NEW.tenant_id AND document_id = NEW.id;
            UPDATE chunk_embeddings SET acl = NEW.acl
                WHERE tenant_id = NEW.tenant_id AND document_id = NEW.id;
            RETURN NULL;
        END $$""")
    op.execute(
        "CREATE TRIGGER spread_acl AFTER UPDATE OF acl ON knowledge.documents FOR EACH ROW"
        " WHEN (OLD.acl IS DISTINCT FROM NEW.acl) EXECUTE FUNCTION knowledge.spread_acl()"
    )


def _lexical_search() -> None:
    # The operators of GIN are not leakproof, so below a row-level security policy Postgres would not use the
    # index and read every row. So the function's owner sees the whole table but cannot log in, and the function
    # filters by the transaction's tenant itself.
    op.execute(
        "DO $$ BEGIN CREATE ROLE caseplane_lexical NOLOGIN NOINHERIT; EXCEPTION WHEN duplicate_object"
        " OR unique_violation THEN NULL; END $$"
    )
    # A managed database's owner is no superuser: since PostgreSQL 16 it administers a role that it made, but
    # may give nothing to that role before it is granted the role as well.
    op.execute(
        "DO $$ BEGIN IF NOT current_setting('is_superuser')::boolean THEN"
        " GRANT caseplane_lexical TO current_user; END IF; END $$"
    )
    op.execute("GRANT USAGE, CREATE ON SCHEMA knowledge TO caseplane_lexical")
    op.execute(f"""
        CREATE FUNCTION knowledge.query_weights(
            bases uuid[], terms bigint[], budget bigint,
            OUT weights sparsevec, OUT idfs float8[], OUT candidates bigint[]
        ) LANGUAGE plpgsql STABLE SET search_path = knowledge, public, pg_temp SET jit = off AS $$
        DECLARE
            chunks float8;
            wanted bigint[] := ARRAY(
                SELECT (('x' || right(base::text, 8))::bit(32)::bigint << 32) | term
                FROM unnest(bases) AS base, unnest(terms) AS term);
        BEGIN
            SELECT coalesce(sum(s.chunk_count), 0) INTO chunks FROM index_stats s
                WHERE s.tenant_id = {TENANT} AND s.knowledge_base_id = ANY (bases);
            -- By the arrays, so that each key is a look-up in the primary key and not a join.
            WITH found AS MATERIALIZED (
                SELECT s.key, s.key & 4294967295 AS term, s.chunk_count FROM term_stats s
                WHERE s.tenant_id = {TENANT} AND s.knowledge_base_id = ANY (bases) AND s.key = ANY (wanted)
            ), counted AS (
                SELECT t.term, coalesce(sum(f.chunk_count), 0)::float8 AS n,
                    array_agg(f.key) FILTER (WHERE f.chunk_count > 0) AS keys
                FROM unnest(terms) AS t (term) LEFT JOIN found f ON f.term = t.term
                GROUP BY t.term
            ), weighed AS (
                SELECT *, ln(1 + (greatest(chunks - n, 0) + 0.5) / (n + 0.5)) AS idf,
                    sum(n) OVER (ORDER BY n, term) AS read
                FROM counted
            )
            SELECT ('{{' || coalesce(string_agg(term || ':' || idf::real, ',') FILTER (WHERE n > 0), '')
                    || '}}/{TERM_SPACE}')::sparsevec,
                array_agg(idf ORDER BY term),
                (SELECT array_agg(key) FROM weighed, unnest(keys) AS key
                    WHERE read <= budget OR read = n)
            INTO weights, idfs, candidates FROM weighed;
        END $$""")  # noqa: S608 - only constants of this file
    op.execute(f"""
        CREATE FUNCTION knowledge.lexical_hits(
            bases uuid[], entitlements text[], query sparsevec, candidates bigint[], wanted integer
        ) RETURNS TABLE (chunk_id uuid, dot float8)
        LANGUAGE sql STABLE SECURITY DEFINER ROWS 60
        SET search_path = knowledge, public, pg_temp SET jit = off AS $$
            SELECT t.chunk_id, -(t.weights <#> query) AS dot
            FROM knowledge.chunk_terms t
            WHERE t.keys && candidates
                AND t.tenant_id = {TENANT}
                AND t.knowledge_base_id = ANY (bases)
                AND (entitlements IS NULL OR t.acl = '{{}}' OR t.acl && entitlements)
            ORDER BY t.weights <#> query
            LIMIT wanted
        $$""")  # noqa: S608 - only constants of this file
    op.execute(
        "ALTER FUNCTION knowledge.lexical_hits(uuid[], text[], sparsevec, bigint[], integer)"
        " OWNER TO caseplane_lexical"
    )
    op.execute("REVOKE CREATE ON SCHEMA knowledge FROM caseplane_lexical")


def _vector_search() -> None:
    # Under row-level security an index scan in order of distance is allowed: ordering is no filter. Few rows
    # are scanned exactly, which is faster than walking a graph that mostly holds others' chunks; "+ 0" keeps
    # the planner from that graph. Past that size the scan continues until enough rows have passed the filters.
    op.execute(f"""
        CREATE FUNCTION knowledge.nearest_hits(
            bases uuid[], entitlements text[], profiles uuid[], query halfvec, wanted integer
        ) RETURNS TABLE (chunk_id uuid, cosine float8)
        LANGUAGE plpgsql STABLE ROWS 60 SET search_path = knowledge, public, pg_temp SET jit = off
        SET hnsw.iterative_scan = strict_order SET hnsw.ef_search = 100 SET hnsw.max_scan_tuples = 40000 AS $$
        DECLARE
            size integer := vector_dims(query);
            chunks bigint;
            distance text := format('embedding::halfvec(%s) <=> $1', size);
        BEGIN
            SELECT coalesce(sum(s.chunk_count), 0) INTO chunks FROM index_stats s
                WHERE s.tenant_id = {TENANT} AND s.knowledge_base_id = ANY (bases);
            RETURN QUERY EXECUTE format(
                'SELECT e.chunk_id, 1 - (%1$s) FROM chunk_embeddings e'
                ' WHERE e.tenant_id = $2 AND e.profile_id = ANY ($3) AND e.knowledge_base_id = ANY ($6)'
                ' AND e.dimension = %2$s AND e.embedding IS NOT NULL'
                ' AND ($4 IS NULL OR e.acl = ''{{}}'' OR e.acl && $4) ORDER BY %3$s LIMIT $5',
                distance, size,
                CASE WHEN chunks * size <= {EXACT_VALUES} THEN '(' || distance || ') + 0' ELSE distance END
            ) USING query, {TENANT}, profiles, entitlements, wanted, bases;
        END $$""")  # noqa: S608 - only constants of this file


def downgrade() -> None:
    op.execute("DROP SCHEMA knowledge CASCADE")
    op.execute("CREATE SCHEMA knowledge")
