"""Gaps, articles with their approvals, and the ledger of outcomes."""

from alembic import op

from caseplane.migrations.tenancy import protect

revision, down_revision = "0028", "0027"
_OWN = "tenant_id uuid NOT NULL REFERENCES platform.tenants (id) ON DELETE CASCADE, id uuid NOT NULL"
_MADE = "created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id)"


def upgrade() -> None:
    _gaps()
    _articles()
    _ledger()


def _gaps() -> None:
    op.execute(f"""
        CREATE TABLE insights.gaps (
            {_OWN},
            question text NOT NULL,
            state text NOT NULL CHECK (state IN ('open', 'drafted', 'covered', 'dismissed')),
            asked integer NOT NULL CHECK (asked >= 0),
            reason text NOT NULL,
            first_at timestamptz NOT NULL,
            last_at timestamptz NOT NULL,
            article_id uuid,
            note text NOT NULL DEFAULT '',
            {_MADE},
            CONSTRAINT ck_gaps_article CHECK (state NOT IN ('drafted', 'covered') OR article_id IS NOT NULL)
        )""")
    op.execute("CREATE INDEX ix_gaps_asked ON insights.gaps (tenant_id, asked, id)")
    op.execute(f"""
        CREATE TABLE insights.gap_questions (
            {_OWN},
            gap_id uuid NOT NULL,
            session_id uuid NOT NULL,
            question text NOT NULL,
            reason text NOT NULL,
            at timestamptz NOT NULL,
            profile text,
            embedding halfvec,
            case_id uuid,
            resolution text,
            refs jsonb NOT NULL DEFAULT '[]',
            {_MADE},
            FOREIGN KEY (tenant_id, gap_id) REFERENCES insights.gaps (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute("CREATE INDEX ix_gap_questions_gap ON insights.gap_questions (tenant_id, gap_id, at)")
    op.execute("CREATE INDEX ix_gap_questions_session ON insights.gap_questions (tenant_id, session_id)")
    grants = {"caseplane_insights": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"}
    protect("insights.gaps", grants)
    protect("insights.gap_questions", grants)


def _articles() -> None:
    # Two people: the one who approves neither wrote nor reviewed the text, and a text without an approval is never live.
    op.execute(f"""
        CREATE TABLE insights.article_revisions (
            {_OWN},
            article_id uuid NOT NULL,
            number integer NOT NULL CHECK (number > 0),
            title text NOT NULL,
            body text NOT NULL,
            method text NOT NULL CHECK (method IN ('by_hand', 'composed', 'written')),
            authors text[] NOT NULL CHECK (cardinality(authors) > 0),
            reviewed_by text,
            reviewed_at timestamptz,
            approved_by text,
            approved_at timestamptz,
            approved boolean NOT NULL GENERATED ALWAYS AS (approved_by IS NOT NULL) STORED,
            follows integer,
            {_MADE},
            CONSTRAINT uq_article_revisions_number UNIQUE (tenant_id, article_id, number),
            CONSTRAINT uq_article_revisions_approved UNIQUE (tenant_id, article_id, number, approved),
            CONSTRAINT ck_article_revisions_two_people CHECK (
                approved_by IS NULL
                OR (reviewed_by IS NOT NULL AND approved_by <> reviewed_by AND approved_by <> ALL (authors))
            )
        )""")
    op.execute(f"""
        CREATE TABLE insights.articles (
            {_OWN},
            gap_id uuid,
            knowledge_base_id uuid NOT NULL,
            state text NOT NULL
                CHECK (state IN ('draft', 'in_review', 'reviewed', 'published', 'rejected', 'withdrawn')),
            version integer NOT NULL,
            revision integer NOT NULL,
            published_revision integer,
            published_approved boolean GENERATED ALWAYS AS
                (CASE WHEN published_revision IS NULL THEN NULL ELSE true END) STORED,
            published_at timestamptz,
            indexed_revision integer,
            document_id uuid,
            publish_error text,
            questions text[] NOT NULL DEFAULT '{{}}',
            refs jsonb NOT NULL DEFAULT '[]',
            review_after_days integer NOT NULL CHECK (review_after_days > 0),
            stale_because text,
            checked_at timestamptz,
            created_by text NOT NULL,
            updated_at timestamptz NOT NULL,
            {_MADE},
            FOREIGN KEY (tenant_id, id, published_revision, published_approved)
                REFERENCES insights.article_revisions (tenant_id, article_id, number, approved)
                DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT ck_articles_published CHECK (
                (published_revision IS NULL) = (published_at IS NULL)
                AND (state <> 'published' OR published_revision IS NOT NULL)
            )
        )""")
    op.execute("CREATE INDEX ix_articles_gap ON insights.articles (tenant_id, gap_id)")
    op.execute(f"""
        CREATE TABLE insights.article_decisions (
            {_OWN},
            article_id uuid NOT NULL,
            revision integer NOT NULL,
            step text NOT NULL,
            state text NOT NULL,
            by text NOT NULL,
            note text NOT NULL DEFAULT '',
            {_MADE},
            FOREIGN KEY (tenant_id, article_id) REFERENCES insights.articles (tenant_id, id) ON DELETE CASCADE
        )""")
    op.execute(
        "CREATE INDEX ix_article_decisions_article ON insights.article_decisions (tenant_id, article_id)"
    )
    op.execute(f"""
        CREATE TABLE insights.article_trials (
            {_OWN},
            article_id uuid NOT NULL,
            revision integer NOT NULL,
            phase text NOT NULL CHECK (phase IN ('before', 'after')),
            position integer NOT NULL,
            question text NOT NULL,
            answered boolean NOT NULL,
            cites_article boolean NOT NULL,
            reason text,
            confidence double precision,
            {_MADE},
            FOREIGN KEY (tenant_id, article_id) REFERENCES insights.articles (tenant_id, id) ON DELETE CASCADE,
            CONSTRAINT uq_article_trials_question UNIQUE (tenant_id, article_id, revision, phase, position)
        )""")
    eraser = {"caseplane_erasure": "SELECT, DELETE"}
    protect("insights.articles", {"caseplane_insights": "SELECT, INSERT, UPDATE", **eraser})
    # A text never changes once it is written.
    decided = "reviewed_by, reviewed_at, approved_by, approved_at, follows"
    protect(
        "insights.article_revisions",
        {"caseplane_insights": f"SELECT, INSERT, UPDATE ({decided})", **eraser},
    )
    protect("insights.article_decisions", {"caseplane_insights": "SELECT, INSERT", **eraser})
    protect("insights.article_trials", {"caseplane_insights": "SELECT, INSERT", **eraser})


def _ledger() -> None:
    op.execute(f"""
        CREATE TABLE insights.cases (
            {_OWN},
            kind text NOT NULL CHECK (kind IN ('conversation', 'ticket')),
            ticket_id uuid,
            previous_id uuid,
            channel text NOT NULL,
            status text NOT NULL,
            resolution text CHECK (resolution IN ('confirmed', 'assumed', 'agent')),
            reason text,
            category text,
            team text,
            method text,
            policy_version integer,
            recontacts integer NOT NULL DEFAULT 0,
            started_at timestamptz NOT NULL,
            first_reply_at timestamptz,
            escalated_at timestamptz,
            resolved_at timestamptz,
            response_due_at timestamptz,
            response_breached_at timestamptz,
            rating integer CHECK (rating BETWEEN 1 AND 5),
            cited uuid[] NOT NULL DEFAULT '{{}}',
            seq integer NOT NULL,
            ticket_version integer NOT NULL DEFAULT 0,
            {_MADE}
        )""")
    op.execute("CREATE INDEX ix_cases_started ON insights.cases (tenant_id, started_at, id)")
    op.execute("CREATE INDEX ix_cases_previous ON insights.cases (tenant_id, previous_id)")
    op.execute(f"""
        CREATE TABLE insights.case_resolutions (
            {_OWN},
            case_id uuid NOT NULL,
            kind text NOT NULL CHECK (kind IN ('confirmed', 'assumed', 'agent')),
            at timestamptz NOT NULL,
            undone_at timestamptz,
            {_MADE}
        )""")
    op.execute(f"""
        CREATE TABLE insights.case_decisions (
            {_OWN},
            case_id uuid NOT NULL,
            at timestamptz NOT NULL,
            verdict text,
            reason text,
            policy_version integer NOT NULL,
            method text,
            evidence integer NOT NULL,
            best_score double precision,
            cited boolean,
            {_MADE}
        )""")
    op.execute(f"""
        CREATE TABLE insights.case_turns (
            {_OWN},
            case_id uuid NOT NULL,
            at timestamptz NOT NULL,
            outcome text NOT NULL,
            total_ms double precision NOT NULL,
            retrieve_ms double precision NOT NULL,
            answer_ms double precision NOT NULL,
            gate_ms double precision NOT NULL,
            {_MADE}
        )""")
    grants = {"caseplane_insights": "SELECT, INSERT, UPDATE", "caseplane_erasure": "SELECT, DELETE"}
    protect("insights.cases", grants)
    for table in ("case_resolutions", "case_decisions", "case_turns"):
        op.execute(f"CREATE INDEX ix_{table}_at ON insights.{table} (tenant_id, at)")
        op.execute(f"CREATE INDEX ix_{table}_case ON insights.{table} (tenant_id, case_id)")
        protect(f"insights.{table}", grants)


def downgrade() -> None:
    for table in (
        "case_turns",
        "case_decisions",
        "case_resolutions",
        "cases",
        "article_trials",
        "article_decisions",
    ):
        op.execute(f"DROP TABLE insights.{table}")
    op.execute("DROP TABLE insights.articles, insights.article_revisions")
    op.execute("DROP TABLE insights.gap_questions, insights.gaps")
