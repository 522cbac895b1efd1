"""Vector search returns as many chunks as are wanted, even where equal vectors hide the rest of the index.

Some 330 equal vectors are linked only to one another in an HNSW graph, whosever they are. A scan that comes upon them
never leaves: it finds nothing of another tenant, or only these of their own. Dead row versions do the same until they
are vacuumed. Such a scan is noticed by its result, and the scope is then scanned exactly.
"""

from alembic import op

from caseplane.migrations.tenancy import TENANT

revision, down_revision = "0011", "0010"

EXACT_VALUES = 8_000_000  # chunks times dimension up to which an exact scan is faster
LOOK = 60  # rows by which a trapped scan is recognised, if fewer are wanted
SIGNATURE = "knowledge.nearest_hits(bases uuid[], entitlements text[], profiles uuid[], query halfvec, wanted integer)"
HEAD = f"""
    CREATE OR REPLACE FUNCTION {SIGNATURE} RETURNS TABLE (chunk_id uuid, cosine float8)
    LANGUAGE plpgsql STABLE ROWS 60 SET search_path = knowledge, public, pg_temp SET jit = off
    SET hnsw.iterative_scan = strict_order SET hnsw.ef_search = 100 SET hnsw.max_scan_tuples = 40000 AS $$
    DECLARE
        size integer := vector_dims(query);
        chunks bigint;
        distance text := format('embedding::halfvec(%s) <=> $1', size);
"""
COUNT = f"""
        SELECT coalesce(sum(s.chunk_count), 0) INTO chunks FROM index_stats s
            WHERE s.tenant_id = {TENANT} AND s.knowledge_base_id = ANY (bases);
"""  # noqa: S608 - only constants of this file
NEAREST = """
    SELECT e.chunk_id, 1 - (%1$s) AS cosine FROM chunk_embeddings e
    WHERE e.tenant_id = $2 AND e.profile_id = ANY ($3) AND e.knowledge_base_id = ANY ($6)
        AND e.dimension = %2$s AND e.embedding IS NOT NULL
        AND ($4 IS NULL OR e.acl = ''{}'' OR e.acl && $4) ORDER BY %3$s LIMIT $5"""
USING = f"USING query, {TENANT}, profiles, entitlements"


def upgrade() -> None:
    # Only a loaded extension lets its parameters be set by others than a superuser, and using a vector loads it.
    op.execute("SELECT '[1]'::vector")
    # An exact scan is one that the index cannot serve: "+ 0" sees to that. A trapped scan finds too few, or more than
    # half of what it finds is equally far: rows come in order of distance, so two of them show it.
    op.execute(f"""{HEAD}
        nearest text := '{NEAREST}';
        look integer := greatest(wanted, {LOOK});
        ids uuid[] := '{{}}';
        cosines float8[] := '{{}}';
    BEGIN {COUNT}
        IF chunks * size > {EXACT_VALUES} THEN
            FOR chunk_id, cosine IN EXECUTE format(nearest, distance, size, distance) {USING}, look, bases LOOP
                ids := ids || chunk_id;
                cosines := cosines || cosine;
            END LOOP;
            IF cardinality(ids) = look AND cosines[look / 4] <> cosines[3 * look / 4] THEN
                RETURN QUERY SELECT * FROM unnest(ids, cosines) LIMIT wanted;
                RETURN;
            END IF;
        END IF;
        RETURN QUERY EXECUTE format(nearest, distance, size, '(' || distance || ') + 0') {USING}, wanted, bases;
    END $$""")  # noqa: S608 - only constants of this file


def downgrade() -> None:
    op.execute("SELECT '[1]'::vector")
    op.execute(f"""{HEAD}
    BEGIN {COUNT}
        RETURN QUERY EXECUTE format('{NEAREST}', distance, size,
            CASE WHEN chunks * size <= {EXACT_VALUES} THEN '(' || distance || ') + 0' ELSE distance END
        ) {USING}, wanted, bases;
    END $$""")
