"""No tenant sees, counts, changes or even notices another's rows: over every route, and in raw SQL as every role.

The suite sends a few thousand generated probes. `CASEPLANE_PROBES=100000` sends that many; both halves
draw from the same generators, so a longer run asks for more combinations and nothing else.
"""

import os
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import psycopg
import pytest
from tests.e2e.conftest import Server
from tests.e2e.probing import postgres, sql, victim
from tests.e2e.probing.http import UUID, Requests, Stranger
from tests.e2e.probing.victim import ASKED, CUSTOMER, SECRET, Scenario

from caseplane.core.ids import new_id
from caseplane.migrations import migrate

PROBES = int(os.environ.get("CASEPLANE_PROBES", "3000"))
OVER_HTTP = max(1_000, PROBES // 20)
SEED = 20_260_301
POLICIES = """
    SELECT schemaname || '.' || tablename, policyname, array_to_string(roles, ',') FROM pg_policies
    WHERE schemaname IN ('platform', 'conversation', 'knowledge', 'ticketing', 'workflow') AND policyname <> 'tenant_isolation'"""
KNOWN_POLICIES = {
    *((f"platform.{t}", "platform", "caseplane_platform") for t in
      ("tenants", "api_keys", "identity_providers", "sign_ins", "idempotency_keys", "rate_limits")),
    ("platform.tenants", "own", "public"),
    ("platform.tenants", "sweep", "caseplane_jobs"),
    ("knowledge.chunk_terms", "lexical", "caseplane_lexical"),
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_000)]


@pytest.fixture(scope="module")
def scenario(server: Server) -> Scenario:
    """A victim with rows in every table, and a prober."""
    return victim.build(server)


@pytest.fixture
def owner(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with postgres.owner(server.data) as connection:
        yield connection


def probe_sql(app_url: str, scenario: Scenario, count: int) -> list[sql.Probe]:
    """Run a number of probes; returns those that saw or touched a foreign row."""
    rng = random.Random(SEED)
    prober = sql.Prober(app_url, victim=scenario.victim.tenant_id, own=scenario.prober.tenant_id)
    try:
        drawn = (p for p in sql.every(scenario.rows, scenario.victim.tenant_id, rng) if not sql.exempt(p))
        found = [probe for probe in islice(drawn, count) if prober.run(probe)]
    finally:
        prober.close()
    assert prober.refused < count, "Every probe was refused: the roles have lost their grants."
    return found


class TestTheDatabase:
    def test_given_the_catalog_when_read_then_every_tenant_table_forces_row_level_security(
        self, owner: psycopg.Connection[Any]
    ) -> None:
        tables = owner.execute(victim.TENANT_TABLES).fetchall()

        assert len(tables) >= 30
        assert [name for name, enabled, forced in tables if not (enabled and forced)] == []

    def test_given_the_catalog_when_read_then_only_known_policies_go_beyond_the_tenants_own(
        self, owner: psycopg.Connection[Any]
    ) -> None:
        assert set(owner.execute(POLICIES).fetchall()) == KNOWN_POLICIES

    def test_given_the_catalog_when_read_then_no_service_role_owns_or_bypasses(
        self, owner: psycopg.Connection[Any]
    ) -> None:
        mighty = owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'caseplane%' AND (rolbypassrls OR rolsuper)"
        ).fetchall()
        owning = owner.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p')"
            " AND pg_get_userbyid(c.relowner) LIKE 'caseplane%'"
        ).fetchall()

        assert (mighty, owning) == ([], [])

    def test_given_a_victim_when_its_tables_are_read_then_none_is_empty(self, scenario: Scenario) -> None:
        assert [table for table, rows in scenario.rows.items() if not rows] == []
        marked = [table for table, rows in scenario.rows.items() if SECRET in str(rows)]
        assert len(marked) >= 20, f"The secret stands in few tables only: {marked}"

    def test_given_raw_sessions_of_every_role_when_they_probe_then_no_foreign_row(
        self, server: Server, scenario: Scenario, owner: psycopg.Connection[Any]
    ) -> None:
        before = victim.fingerprint(owner, scenario.victim.tenant_id)

        found = probe_sql(postgres.url(server.data, user="caseplane_app"), scenario, PROBES - OVER_HTTP)

        assert found == []
        assert victim.fingerprint(owner, scenario.victim.tenant_id) == before

    @pytest.mark.parametrize(
        "statement",
        [
            "SET ROLE postgres",
            "SET ROLE caseplane_lexical",
            "ALTER TABLE conversation.messages DISABLE ROW LEVEL SECURITY",
            "DROP POLICY tenant_isolation ON conversation.messages",
            "CREATE POLICY mine ON conversation.messages USING (true)",
            "GRANT caseplane_erasure TO caseplane_conversation",
            "SET row_security = off; SELECT count(*) FROM conversation.messages",
            "COPY conversation.messages TO PROGRAM 'cat'",
        ],
    )
    def test_given_a_services_session_when_it_reaches_for_more_then_refused(
        self, server: Server, statement: str
    ) -> None:
        options = "-c role=caseplane_conversation"
        url = postgres.url(server.data, user="caseplane_app")
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with psycopg.connect(url, options=options) as session, refused:
            session.execute(statement)

    def test_given_statistics_when_a_service_reads_them_then_no_value_of_a_tenant(
        self, server: Server, scenario: Scenario, owner: psycopg.Connection[Any]
    ) -> None:
        owner.execute("ANALYZE conversation.messages, ticketing.tickets")
        options = "-c role=caseplane_conversation"

        with psycopg.connect(postgres.url(server.data, user="caseplane_app"), options=options) as session:
            seen = session.execute("SELECT * FROM pg_stats WHERE schemaname = 'conversation'").fetchall()

        assert seen == []


SABOTAGE = {
    "switched off": "ALTER TABLE conversation.messages DISABLE ROW LEVEL SECURITY",
    "opened": "CREATE POLICY oops ON conversation.messages USING (true)",
    "dropped and created again without a check": "DROP POLICY tenant_isolation ON conversation.messages;"
    " CREATE POLICY tenant_isolation ON conversation.messages USING (true) WITH CHECK (true)",
}


class TestTheProofItself:
    """A proof that cannot fail proves nothing: the probes must detect every way of losing isolation."""

    @pytest.fixture
    def scratch(self, server: Server, owner: psycopg.Connection[Any]) -> Iterator[tuple[str, Scenario]]:
        """A separate database with two tenants, one of which has a conversation."""
        name = f"scratch_{new_id().hex}"
        owner.execute(f"CREATE DATABASE {name}")
        migrate(postgres.url(server.data, database=name))
        tenants = victim.Tenant(str(new_id()), {}), victim.Tenant(str(new_id()), {})
        with postgres.owner(server.data, name) as db:
            for tenant in tenants:
                words = SECRET if tenant is tenants[0] else "ours"
                at = {"t": tenant.tenant_id, "s": f"t-{tenant.tenant_id}", "words": words}
                db.execute(
                    "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%(t)s, %(s)s, 'x')", at
                )
                db.execute(
                    "INSERT INTO conversation.sessions (tenant_id, id, channel, customer_id, status)"
                    " VALUES (%(t)s, %(t)s, 'web', 'c', 'open')", at,
                )  # fmt: skip
                db.execute(
                    "INSERT INTO conversation.messages (tenant_id, id, session_id, seq, role, content,"
                    " content_redacted) VALUES (%(t)s, %(t)s, %(t)s, 1, 'customer', %(words)s, %(words)s)", at,
                )  # fmt: skip
            rows = {t: r for t, r in victim.victim_rows(db, tenants[0].tenant_id).items() if r}
        yield name, Scenario(tenants[0], tenants[1], rows=rows)
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @pytest.mark.parametrize("how", SABOTAGE)
    def test_given_a_table_whose_policy_is_gone_when_probed_then_it_is_detected(
        self, server: Server, scratch: tuple[str, Scenario], how: str
    ) -> None:
        name, scenario = scratch
        app_url = postgres.url(server.data, user="caseplane_app", database=name)
        assert probe_sql(app_url, scenario, 400) == []

        with postgres.owner(server.data, name) as db:
            db.execute(SABOTAGE[how])
        found = probe_sql(app_url, scenario, 400)

        assert {probe.role for probe in found} >= {"conversation", "erasure"}
        assert all("conversation.messages" in probe.statement for probe in found)

    async def test_given_the_victims_own_keys_when_the_same_requests_are_sent_then_the_secret_is_found(
        self, server: Server, scenario: Scenario
    ) -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as http:
            requests = await requests_of(http, scenario)
            seen = Stranger(http, scenario.victim.keys, requests.hidden)
            reads = [
                r for r in islice(requests, 2_000)
                if r.method == "GET" and not r.template.endswith("/stream") and r.role == "admin" and r.foreign
            ]  # fmt: skip

            shown = {r.template for r in reads if seen.leaked(await seen.send(r))}

        assert len(shown) >= 12, f"The probes would find little even if everything leaked: {shown}"


async def requests_of(http: httpx.AsyncClient, scenario: Scenario) -> Requests:
    """The generator over the merged document, with values of the prober mixed in."""
    document = (await http.get("/api/v1/openapi.json")).raise_for_status().json()
    as_admin = {"Authorization": f"Bearer {scenario.prober.keys['admin']}"}
    own = {}
    for name, path in (("base_id", "knowledge-bases"), ("ticket_id", "tickets"), ("session_id", "sessions")):
        found = (await http.get(f"/api/v1/{path}", headers=as_admin)).raise_for_status().json()["items"][-1]
        own[name] = found.get(name) or found["id"]
    return Requests(document, scenario, own, random.Random(SEED))


class TestTheApi:
    async def test_given_every_route_when_strangers_probe_as_every_role_then_nothing_of_the_victim(
        self, server: Server, scenario: Scenario, owner: psycopg.Connection[Any]
    ) -> None:
        before = victim.fingerprint(owner, scenario.victim.tenant_id)
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as http:
            requests = await requests_of(http, scenario)
            drawn = list(islice(requests, OVER_HTTP))
            stranger = Stranger(http, scenario.prober.keys, requests.hidden)

            found = await stranger.send_all(drawn, twins=0.25, rng=random.Random(SEED))

        assert found.leaks == []
        assert found.errors == []
        assert found.revealed == []
        assert {(r.method, r.template, r.role) for r in drawn} == found.routes
        assert len(found.routes) >= 80 * len(scenario.prober.keys)
        victim.quiet(owner)
        assert victim.fingerprint(owner, scenario.victim.tenant_id) == before

    @pytest.mark.parametrize("role", ["bound customer", "customer", "agent", "admin"])
    async def test_given_the_victims_question_and_session_when_a_stranger_searches_then_nothing(
        self, server: Server, scenario: Scenario, role: str
    ) -> None:
        session = scenario.rows["conversation.sessions"][0]["id"]
        base = scenario.rows["knowledge.knowledge_bases"][0]["id"]
        headers = {"Authorization": f"Bearer {scenario.prober.keys[role]}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as http:
            asked = {"query": f"restart the {ASKED}"}  # what the victim asked, still in its evidence cache
            for more in ({}, {"session_id": session}, {"knowledge_base_ids": [base]}):
                answer = await http.post("/api/v1/search", json=asked | more)
                assert SECRET not in answer.text
                assert not (scenario.ids - {session, base}) & set(UUID.findall(answer.text))

    async def test_given_the_victims_knowledge_base_when_a_stranger_asks_in_a_session_then_no_answer_from_it(
        self, server: Server, scenario: Scenario
    ) -> None:
        bases = [row["id"] for row in scenario.rows["knowledge.knowledge_bases"]]
        headers = {"Authorization": f"Bearer {scenario.prober.keys['customer']}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as http:
            body = {"customer_id": CUSTOMER, "knowledge_base_ids": bases}
            made = await http.post("/api/v1/sessions", json=body)
            assert made.status_code in (201, 404, 422)
            if made.status_code == 201:
                path = f"/api/v1/sessions/{made.json()['session_id']}/messages"
                said = await http.post(
                    path, params={"wait": 30}, json={"content": f"How do I restart the {ASKED}?"}
                )
                assert SECRET not in said.text

    async def test_given_the_victims_idempotency_key_when_a_stranger_repeats_its_request_then_done_again(
        self, server: Server, scenario: Scenario
    ) -> None:
        key = {"Idempotency-Key": f"{victim.IDEMPOTENCY_KEY}-2"}
        answers = []
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as http:
            for tenant in (scenario.victim, scenario.prober):
                bearer = {"Authorization": f"Bearer {tenant.keys['admin']}", **key}
                answers.append(await http.post("/api/v1/sessions", json=victim.OPENING, headers=bearer))

        assert [a.status_code for a in answers] == [201, 201]
        assert "Idempotency-Replayed" not in answers[1].headers
        assert answers[0].json()["session_id"] != answers[1].json()["session_id"]
