"""A tenant with marked rows in every table, which no other tenant may find.

`ASKED` is a word that a prober may use, as anyone may guess what others write about. `SECRET` is next to it
in everything that the victim wrote and is never sent by a prober: a prober that receives it has seen the victim.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from psycopg import sql
from tests.e2e.conftest import Server
from tests.e2e.probing import postgres

ASKED = "quokkaphone"
SECRET = "zibblefrax"
WORDS = f"{ASKED} {SECRET}"
CUSTOMER = f"customer-{ASKED}"
ROLES = ("customer", "agent", "supervisor", "sme", "product_owner", "analyst", "admin")
UNLIMITED = dict.fromkeys(("requests_per_minute", "burst", "key_requests_per_minute", "key_burst"), 1_000_000)
IDEMPOTENCY_KEY = "a-key-that-anyone-may-guess"
OPENING = {"customer_id": CUSTOMER, "channel": "web"}
GUIDE = f"""# Using the {ASKED}

To restart the {ASKED}, hold the {SECRET} button for nine seconds and wait for the light.

The warranty of the {ASKED} lasts {SECRET} years. Mail {SECRET}@example.com to extend it.
"""

TENANT_TABLES = """
    SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity, c.relforcerowsecurity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
                  AND NOT a.attisdropped)
    ORDER BY 1"""


@dataclass
class Tenant:
    """A tenant and its keys by role."""

    tenant_id: str
    keys: dict[str, str]


@dataclass
class Scenario:
    """The victim, the prober, and everything that the victim has."""

    victim: Tenant
    prober: Tenant
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The victim's rows by table."""
    cursors: list[str] = field(default_factory=list)
    """Cursors of the victim's lists."""
    export_id: str = ""

    @property
    def ids(self) -> set[str]:
        """Every UUID in a row of the victim, except references to rows that are not its own."""
        return {v for rows in self.rows.values() for row in rows for v in row.values() if _is_uuid(v)}


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4


def new_tenant(server: Server, *, words: str) -> Tenant:
    """A tenant without rate limits, with a key per role and one bound to the victim's customer id."""
    with server.client(server.folder.secrets().platform_admin_key) as platform:
        body = {"slug": f"t-{uuid4()}", "display_name": "A tenant", "settings": {"limits": UNLIMITED}}
        tenant_id = _post(platform, "/tenants", body)["tenant_id"]
        keys = {"admin": _post(platform, f"/tenants/{tenant_id}/admin-keys", {"name": "first"})["key"]}
    with server.client(keys["admin"]) as admin:
        for role in ROLES[:-1]:
            keys[role] = _post(admin, "/api-keys", {"name": words, "roles": [role]})["key"]
        bound = {"name": "bound", "roles": ["customer"], "customer_id": CUSTOMER}
        keys["bound customer"] = _post(admin, "/api-keys", bound)["key"]
    return Tenant(tenant_id, keys)


def _post(client: httpx.Client, path: str, body: Any = None, **options: Any) -> Any:
    answer = client.post(f"/api/v1{path}", json=body, **options)
    assert answer.is_success, f"POST {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def build(server: Server) -> Scenario:
    """Create both tenants, and rows of the victim in every table."""
    scenario = Scenario(new_tenant(server, words=WORDS), new_tenant(server, words="ours"))
    with server.client(scenario.victim.keys["admin"]) as admin:
        _knowledge(admin)
        session_id, ticket_id = _conversation(admin)
        _operations(admin)
        _post(admin, "/search", {"query": f"restart the {ASKED}", "session_id": session_id})
        scenario.cursors = _cursors(admin, session_id, ticket_id)
        scenario.export_id = _post(admin, f"/tenants/{scenario.victim.tenant_id}/exports")["export_id"]
    with postgres.owner(server.data) as db:
        _external_rows(db, scenario.victim.tenant_id)
        quiet(db)
        scenario.rows = victim_rows(db, scenario.victim.tenant_id)
    with server.client(scenario.prober.keys["admin"]) as prober:
        own = {"name": "own", "description": "The prober's own, so that its counts are not zero."}
        base = _post(prober, "/knowledge-bases", own)["id"]
        files = {"file": ("own.md", b"# Own\n\nThe prober's own page about nothing much.\n")}
        prober.post(f"/api/v1/knowledge-bases/{base}/documents", params={"wait": 30}, files=files)
        _post(prober, "/tickets", {"subject": "Own", "requester_id": "own"})
        _post(prober, "/sessions", {"customer_id": "own"})
    return scenario


def _knowledge(admin: httpx.Client) -> None:
    base = _post(admin, "/knowledge-bases", {"name": WORDS, "description": WORDS})["id"]
    files = {"file": (f"{ASKED}-{SECRET}.md", GUIDE.encode(), "text/markdown")}
    path = f"/api/v1/knowledge-bases/{base}/documents"
    report = admin.post(path, params={"wait": 60, "source": WORDS}, files=files).json()
    assert report["counts"].get("indexed") == 1, report
    admin.post(path, params={"wait": 60, "source": WORDS}, files={"file": (f"{SECRET}.txt", GUIDE.encode())})
    _post(admin, f"/knowledge-bases/{base}/quality")


def _conversation(admin: httpx.Client) -> tuple[str, str]:
    """A case from question to summary, mirrored to a desk that does not exist; returns session and ticket."""
    desk = {"name": WORDS, "url": f"https://{SECRET}.invalid/desk", "secret": "whsec_" + "QUJD" * 10}
    _post(admin, "/connectors", desk)
    again = {"Idempotency-Key": IDEMPOTENCY_KEY}
    session_id = _post(admin, "/sessions", OPENING, headers=again)["session_id"]
    path = f"/sessions/{session_id}"
    said = _post(
        admin, f"{path}/messages", {"content": f"How do I restart the {WORDS}?"}, params={"wait": 30}
    )
    _post(admin, f"{path}/feedback", {"rating": 4, "comment": WORDS, "message_id": said["message_id"]})
    ticket_id = _post(admin, f"{path}/handoff", {"note": WORDS})["ticket_id"]
    ticket = f"/tickets/{ticket_id}"
    until(lambda: admin.get(f"/api/v1{ticket}").is_success, "the ticket")
    for visibility in ("public", "internal"):
        _post(admin, f"{ticket}/comments", {"body": WORDS, "visibility": visibility})
    for rating in (2, 4):
        _post(admin, "/workflow/labels", {"ticket_id": ticket_id, "rating": rating, "comment": WORDS})
    for name in (f"{SECRET}.txt", f"{ASKED}.txt"):
        added = admin.post(
            f"/api/v1{ticket}/attachments", files={"file": (name, WORDS.encode(), "text/plain")}
        )
        assert added.is_success, added.text
    done = admin.put(f"/api/v1{ticket}/resolve", json={"resolution_summary": f"Hold the {SECRET} button."})
    assert done.is_success, done.text
    until(lambda: admin.get(f"/api/v1{path}/case").is_success, "the case")
    for number in range(2):  # so that lists of the victim have a second page
        opened = _post(admin, "/tickets", {"subject": f"{WORDS} {number}", "requester_id": CUSTOMER})
        _post(admin, f"/tickets/{opened['ticket_id']}/draft", {})
        _post(admin, "/sessions", {"customer_id": CUSTOMER, "metadata": {"note": WORDS}})
    return session_id, ticket_id


def _operations(admin: httpx.Client) -> None:
    policy = admin.get("/api/v1/gate-policies/default").json()["policy"]
    made = _post(admin, "/gate-policies", {"policy": policy, "note": WORDS})
    _post(admin, f"/gate-policies/{made['policy_id']}/activate")
    source = admin.get("/api/v1/workflow/configurations/shipped").json()["source"]
    made = _post(admin, "/workflow/configurations", {"source": f"# {WORDS}\n{source}", "note": WORDS})
    _post(admin, f"/workflow/configurations/{made['configuration_id']}/activate")
    _post(admin, "/workflow/classifiers", {"note": WORDS})
    _customer(admin)
    _dataset(admin)
    issuer = f"https://{SECRET}.example.com/{uuid4()}"
    _post(admin, "/identity-providers", {"issuer": issuer, "audience": WORDS.replace(" ", "-")})
    _post(admin, "/auth/codes")


def _customer(admin: httpx.Client) -> None:
    """What is known of a customer beside tickets, and a system of record that nobody can reach."""
    path = f"/api/v1/customers/{CUSTOMER}"
    order = {"status": WORDS, "placed_at": "2026-03-01T10:00:00Z"}
    lookup = {"kind": "http", "address": f"https://{SECRET}.invalid/{{customer_id}}", "secret": WORDS}
    for target, body in (
        (path, {"name": WORDS}),
        (f"{path}/orders/{SECRET}", order),
        (f"{path}/entitlements/{SECRET}", {"detail": WORDS}),
        ("/api/v1/workflow/lookups/records", lookup),
    ):
        put = admin.put(target, json=body)
        assert put.is_success, put.text
    logged = admin.post(f"{path}/interactions", json={"channel": "phone", "summary": WORDS})
    assert logged.is_success, logged.text


def _dataset(admin: httpx.Client) -> None:
    """Tickets of a file, of which one is rejected."""
    dataset = _post(admin, "/datasets", {"name": WORDS})["dataset_id"]
    text = f"id,subject,body\n1,{WORDS},{WORDS}\n2,,\n"
    sent = admin.post(
        f"/api/v1/datasets/{dataset}/uploads", params={"file": f"{SECRET}.csv"}, content=text.encode()
    )
    assert sent.is_success, sent.text


def _cursors(admin: httpx.Client, session_id: str, ticket_id: str) -> list[str]:
    base = admin.get("/api/v1/knowledge-bases").json()["items"][0]["id"]
    lists = (
        "/sessions", f"/sessions/{session_id}/messages", "/tickets", f"/tickets/{ticket_id}/comments",
        "/deliveries", "/workflow/labels", "/knowledge-bases", f"/knowledge-bases/{base}/documents",
        f"/knowledge-bases/{base}/ingestions", "/api-keys", "/audit",
    )  # fmt: skip
    pages = (admin.get(f"/api/v1{path}", params={"limit": 1}).json() for path in lists)
    found = [page["next"] for page in pages if page["next"]]
    assert len(found) > len(lists) / 2, "Few lists of the victim have a second page."
    return found


def _external_rows(db: psycopg.Connection[Any], tenant: str) -> None:
    """Rows that only desks and language models cause, written as the services would."""
    at = {"t": tenant, "words": WORDS}
    db.execute(
        "INSERT INTO platform.llm_calls (tenant_id, id, role, provider, model, input_tokens, output_tokens,"
        " cost_usd, latency_ms, outcome)"
        " VALUES (%(t)s, gen_random_uuid(), 'answer', 'openai', %(words)s, 1, 1, 0, 1, 'ok')",
        at,
    )
    db.execute(
        "INSERT INTO ticketing.ticket_links (tenant_id, id, ticket_id, connection_id, external_id)"
        " SELECT %(t)s, gen_random_uuid(), t.id, c.id, %(words)s FROM ticketing.tickets t, ticketing.connections c"
        " WHERE t.tenant_id = %(t)s AND c.tenant_id = %(t)s LIMIT 1",
        at,
    )
    db.execute(
        "INSERT INTO ticketing.comment_links (tenant_id, id, comment_id, connection_id, external_id)"
        " SELECT %(t)s, gen_random_uuid(), m.id, c.id, %(words)s"
        " FROM ticketing.ticket_comments m, ticketing.connections c"
        " WHERE m.tenant_id = %(t)s AND c.tenant_id = %(t)s LIMIT 1",
        at,
    )
    db.execute(
        "INSERT INTO ticketing.inbound_events (tenant_id, id, connection_id, event_id, via, outcome, detail)"
        " SELECT %(t)s, gen_random_uuid(), id, %(words)s, 'webhook', 'dead', %(words)s"
        " FROM ticketing.connections WHERE tenant_id = %(t)s",
        at,
    )
    db.execute(
        "INSERT INTO platform.tenant_costs (tenant_id, month, currency, basis, direct_cents, shared_cents, idle_cents,"
        " components) VALUES (%(t)s, '2026-01-01', 'USD', 'billed', 1, 2, 3, jsonb_build_object(%(words)s::text, 6))",
        at,
    )
    for statement in (*MAILS, *LIKENESS):
        db.execute(statement, at)
    for table in ("dataset_rows", "rejections"):
        read = sql.SQL("SELECT count(*) FROM insights.{} WHERE tenant_id = %s").format(sql.Identifier(table))
        until(lambda read=read: db.execute(read, (tenant,)).fetchone() != (0,), f"rows of {table}")  # type: ignore[misc]
    for statement in (*TOPICS, *ARTICLES):
        db.execute(statement, at)
    counted = "SELECT count(*) FROM platform.tenant_use WHERE tenant_id = %s"
    until(lambda: db.execute(counted, (tenant,)).fetchone() != (0,), "the count of the tenant's requests")


TOPICS = (
    "INSERT INTO insights.clusterings (tenant_id, id, dataset_id, state, created_by)"
    " SELECT tenant_id, gen_random_uuid(), dataset_id, 'done', %(words)s FROM insights.dataset_rows WHERE tenant_id = %(t)s",
    "INSERT INTO insights.clusters (tenant_id, id, dataset_id, level, name)"
    " SELECT tenant_id, gen_random_uuid(), dataset_id, 'topic', %(words)s FROM insights.dataset_rows"
    " WHERE tenant_id = %(t)s",
    "INSERT INTO insights.memberships (tenant_id, id, dataset_id, cluster_id, similarity)"
    " SELECT c.tenant_id, r.id, c.dataset_id, c.id, 1 FROM insights.clusters c JOIN insights.dataset_rows r"
    " ON r.tenant_id = c.tenant_id AND r.dataset_id = c.dataset_id WHERE c.tenant_id = %(t)s ON CONFLICT DO NOTHING",
)
"""What grouping leaves behind; one ticket is too few for it."""
ARTICLES = (
    "INSERT INTO insights.gaps (tenant_id, id, question, state, asked, reason, first_at, last_at)"
    " VALUES (%(t)s, gen_random_uuid(), %(words)s, 'open', 1, 'no_evidence', now(), now())",
    "INSERT INTO insights.gap_questions (tenant_id, id, gap_id, session_id, question, reason, at)"
    " SELECT tenant_id, gen_random_uuid(), id, gen_random_uuid(), question, reason, now() FROM insights.gaps"
    " WHERE tenant_id = %(t)s",
    "INSERT INTO insights.article_revisions (tenant_id, id, article_id, number, title, body, method, authors)"
    " VALUES (%(t)s, gen_random_uuid(), gen_random_uuid(), 1, %(words)s, %(words)s, 'by_hand', ARRAY[%(words)s])",
    "INSERT INTO insights.articles (tenant_id, id, knowledge_base_id, state, version, revision, review_after_days,"
    " created_by, updated_at) SELECT tenant_id, article_id, gen_random_uuid(), 'draft', 1, 1, 180, %(words)s, now()"
    " FROM insights.article_revisions WHERE tenant_id = %(t)s",
    "INSERT INTO insights.article_decisions (tenant_id, id, article_id, revision, step, state, by)"
    " SELECT tenant_id, gen_random_uuid(), id, 1, 'edit', 'draft', %(words)s FROM insights.articles"
    " WHERE tenant_id = %(t)s",
    "INSERT INTO insights.article_trials (tenant_id, id, article_id, revision, phase, position, question, answered,"
    " cites_article) SELECT tenant_id, gen_random_uuid(), id, 1, 'before', 0, %(words)s, false, false"
    " FROM insights.articles WHERE tenant_id = %(t)s",
)
"""What the way from a gap to an article leaves behind, at its beginning."""

MAILS = (
    "INSERT INTO ticketing.mail_threads (tenant_id, id, connection_id, address, subject)"
    " SELECT tenant_id, gen_random_uuid(), id, %(words)s, %(words)s FROM ticketing.connections"
    " WHERE tenant_id = %(t)s",
    "INSERT INTO ticketing.mails (tenant_id, id, connection_id, thread_id, direction, message_id, body)"
    " SELECT tenant_id, gen_random_uuid(), connection_id, id, 'in', %(words)s, %(words)s FROM ticketing.mail_threads"
    " WHERE tenant_id = %(t)s",
)
"""What a mail account would take in."""
LIKENESS = (
    "INSERT INTO workflow.ticket_links (tenant_id, id, ticket_id, other_id, kind, score, reason, state)"
    " SELECT %(t)s, gen_random_uuid(), a.id, b.id, 'related', 0.9, %(words)s, 'suggested'"
    " FROM ticketing.tickets a JOIN ticketing.tickets b ON b.tenant_id = a.tenant_id AND b.id < a.id"
    " WHERE a.tenant_id = %(t)s ON CONFLICT DO NOTHING",
    "INSERT INTO workflow.incidents (tenant_id, id, first_ticket_id, state, last_at)"
    " SELECT tenant_id, gen_random_uuid(), id, 'open', now() FROM ticketing.tickets WHERE tenant_id = %(t)s",
    "INSERT INTO workflow.incident_tickets (tenant_id, id, incident_id, ticket_id, score)"
    " SELECT tenant_id, gen_random_uuid(), id, first_ticket_id, 0.9 FROM workflow.incidents WHERE tenant_id = %(t)s",
    "INSERT INTO workflow.fingerprint_codes (tenant_id, code, ticket_id, created_at)"
    " SELECT tenant_id, %(words)s, id, now() FROM workflow.fingerprints WHERE tenant_id = %(t)s",
    "INSERT INTO ticketing.ticket_merges (tenant_id, id, ticket_id, into_id, status, redirected, tags_added,"
    " merged_by, undone_at) SELECT a.tenant_id, gen_random_uuid(), a.id, b.id, 'open', '{}', '{}', %(words)s, now()"
    " FROM ticketing.tickets a JOIN ticketing.tickets b ON b.tenant_id = a.tenant_id AND b.id < a.id"
    " WHERE a.tenant_id = %(t)s",
)
"""What workflow and merges leave behind, which no request of the victim's causes for sure."""


def tenant_tables(db: psycopg.Connection[Any]) -> list[str]:
    return [str(name) for name, *_ in db.execute(TENANT_TABLES).fetchall()]


GENERATED = "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''"


def victim_rows(db: psycopg.Connection[Any], tenant: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of a tenant by table, as the owner of the database sees it, without what the database computes."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in tenant_tables(db):
        name = sql.Identifier(*table.split("."))
        query = sql.SQL("SELECT to_jsonb(t) - %s::text[] FROM {} t WHERE tenant_id = %s").format(name)
        computed = [str(column) for (column,) in db.execute(GENERATED, (table,)).fetchall()]
        found[table] = [row for (row,) in db.execute(query, (computed, tenant)).fetchall()]
    return found


def fingerprint(db: psycopg.Connection[Any], tenant: str) -> dict[str, str]:
    """A digest of a tenant's rows by table: the same while none of them changes."""
    return {
        table: json.dumps(sorted(json.dumps(row, sort_keys=True) for row in rows))
        for table, rows in victim_rows(db, tenant).items()
        if table not in MOVING
    }


MOVING = ("platform.rate_limits", "platform.tenant_use", "ticketing.deliveries")
"""Tables that change by themselves: buckets refill, requests are counted some seconds later, and deliveries
to an unavailable desk are retried."""


def quiet(db: psycopg.Connection[Any]) -> None:
    """Wait until no job is running or due, except deliveries to the desk that does not exist."""
    due = (
        "SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name <> 'delivery.attempt'"
        " AND (status = 'doing' OR (status = 'todo' AND coalesce(scheduled_at, now()) <= now()))"
    )
    until(lambda: db.execute(due).fetchone() == (0,), "quiet")


def until(holds: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait until a check passes; the failure names it."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"Waited {seconds:.0f} s in vain for {what}."
        time.sleep(0.05)
