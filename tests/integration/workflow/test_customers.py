"""Customers: written by route and by CSV, read as one picture; systems of record that are asked about them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url
from tests.integration.workflow.conftest import Connect

from caseplane.core.auth import Role
from caseplane.core.runtime import Runtime
from caseplane.core.work import handle
from caseplane.workflow import app as workflow_app
from caseplane.workflow.context import Workflow
from caseplane.workflow.settings import WorkflowSettings

ORDERS = "customer_id,order_number,status,placed_at,total,currency,items\n"


@pytest.fixture
def workflow(runtime: Runtime) -> Workflow:
    """As in a closed network, where systems of record have private addresses."""
    built = workflow_app.build(runtime, WorkflowSettings(allow_http=True, allow_private=True))
    handle(runtime.jobs, built, workflow_app.PARTS.handlers)
    return built


@pytest.fixture
def agent(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.agent)


@pytest.fixture
def lead(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.supervisor)


@pytest.fixture
def admin(connect: Connect) -> httpx.AsyncClient:
    return connect(Role.admin)


async def picture(agent: httpx.AsyncClient, customer: str = "c-1") -> dict[str, Any]:
    answer = await agent.get(f"/customers/{customer}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def load(lead: httpx.AsyncClient, kind: str, text: str | bytes) -> httpx.Response:
    return await lead.post(
        "/workflow/customers/import",
        params={"kind": kind},
        content=text,
        headers={"Content-Type": "text/csv"},
    )


class TestPicture:
    async def test_given_facts_of_a_customer_when_read_then_the_picture_has_all_of_them(
        self, agent: httpx.AsyncClient, connect: Connect
    ) -> None:
        await agent.put("/customers/c-1", json={"name": "Kim", "email": "kim@example.com", "tier": "gold"})
        order = {
            "status": "shipped",
            "placed_at": "2026-03-01T10:00:00Z",
            "total": "19.90",
            "currency": "EUR",
        }
        await agent.put("/customers/c-1/orders/ORD-1", json=order)
        await agent.put("/customers/c-1/entitlements/warranty", json={"valid_until": "2020-01-01T00:00:00Z"})
        await agent.post(
            "/customers/c-1/interactions", json={"channel": "phone", "summary": "Asked for a date"}
        )
        desk = connect(Role.agent, service="escalation")
        await desk.post("/tickets", json={"subject": "Where is it?", "requester_id": "c-1"})

        found = await picture(agent)

        assert (found["profile"]["name"], found["profile"]["tier"]) == ("Kim", "gold")
        assert [(o["order_number"], o["total"], o["currency"]) for o in found["orders"]] == [
            ("ORD-1", "19.9000", "EUR")
        ]
        assert [(e["name"], e["valid"]) for e in found["entitlements"]] == [("warranty", False)]
        assert [i["summary"] for i in found["interactions"]] == ["Asked for a date"]
        assert [t["subject"] for t in found["tickets"]] == ["Where is it?"]

    async def test_given_a_stranger_when_read_then_the_picture_is_empty(
        self, agent: httpx.AsyncClient
    ) -> None:
        found = await picture(agent, "nobody")

        assert found["profile"] is None
        assert not any(
            found[name] for name in ("orders", "entitlements", "tickets", "interactions", "looked_up")
        )

    async def test_given_another_tenant_when_it_reads_then_it_sees_nothing(
        self, agent: httpx.AsyncClient, connect: Connect, make_tenant: Callable[..., UUID]
    ) -> None:
        await agent.put("/customers/c-1", json={"name": "Kim"})

        assert (await picture(connect(Role.agent, tenant=make_tenant())))["profile"] is None

    async def test_given_an_interaction_when_sent_twice_or_expired_then_it_is_shown_once_or_not_at_all(
        self, agent: httpx.AsyncClient
    ) -> None:
        call = {"channel": "phone", "summary": "Called", "source_id": "call-1"}
        for _ in range(2):
            await agent.post("/customers/c-1/interactions", json=call)
        old = {"channel": "chat", "summary": "Old", "at": "2020-01-01T00:00:00Z", "keep_for": "P1D"}
        await agent.post("/customers/c-1/interactions", json=old)

        assert [i["summary"] for i in (await picture(agent))["interactions"]] == ["Called"]

    async def test_given_a_customer_when_forgotten_then_nothing_of_them_is_left_here(
        self, agent: httpx.AsyncClient, lead: httpx.AsyncClient
    ) -> None:
        await agent.put("/customers/c-1", json={"name": "Kim"})
        await agent.post("/customers/c-1/interactions", json={"channel": "phone", "summary": "Called"})

        refused = await agent.delete("/customers/c-1")
        done = await lead.delete("/customers/c-1")
        found = await picture(agent)

        assert (refused.status_code, done.status_code) == (403, 204)
        assert (found["profile"], found["interactions"]) == (None, [])


class TestImport:
    async def test_given_a_file_when_imported_again_with_a_change_then_only_that_is_written(
        self, lead: httpx.AsyncClient, agent: httpx.AsyncClient
    ) -> None:
        rows = "".join(f'c-1,ORD-{i},open,2026-03-01T10:00:00Z,{i}.50,EUR,"a, b"\n' for i in range(1, 1202))

        first = await load(lead, "orders", ORDERS + rows)
        again = await load(lead, "orders", ORDERS + rows)
        changed = await load(lead, "orders", ORDERS + rows.replace("ORD-7,open", "ORD-7,sent"))

        assert first.json() == {"rows": 1201, "created": 1201, "updated": 0, "unchanged": 0}
        assert again.json() == {"rows": 1201, "created": 0, "updated": 0, "unchanged": 1201}
        assert changed.json() == {"rows": 1201, "created": 0, "updated": 1, "unchanged": 1200}

    @pytest.mark.parametrize(
        ("text", "mistakes"),
        [
            (
                "c-1,ORD-1,open,2026-03-01T10:00:00Z,,,\nc-1,ORD-2,open,yesterday,1,EUR,\nc-1,ORD-3,open\n",
                [(3, "placed_at"), (4, None)],
            ),
            ("c-1,ORD-1,open,2026-03-01T10:00:00Z,5,,\n", [(2, None)]),
            (
                "c-1,ORD-1,a,2026-03-01T10:00:00Z,,,\n\nc-2,ORD-1,b,2026-03-01T10:00:00Z,,,\n",
                [(4, "order_number")],
            ),
            (",ORD-1,open,2026-03-01T10:00:00Z,,,\n", [(2, "customer_id")]),
            ('c-1,"ORD\n1",open,2026-03-01T10:00:00Z,,,\nc-1,ORD-2,open,never,,,\n', [(4, "placed_at")]),
        ],
    )
    async def test_given_mistakes_when_imported_then_each_is_named_and_nothing_is_written(
        self,
        lead: httpx.AsyncClient,
        agent: httpx.AsyncClient,
        text: str,
        mistakes: list[tuple[int, str | None]],
    ) -> None:
        answer = await load(lead, "orders", ORDERS + text)

        assert answer.status_code == 422
        assert [(each["line"], each["column"]) for each in answer.json()["errors"]] == mistakes
        assert (await picture(agent))["orders"] == []

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"customer_id,colour\nc-1,red\n", "colour: is no column of this kind"),
            (b"name\nKim\n", "customer_id: is missing from the header"),
            (b"", "is missing from the header"),
            (b"customer_id,name\nc-1,K\xffm\n", "line 2: is not UTF-8"),
            (b'customer_id,name\nc-1,"Kim\n', "is not CSV"),
        ],
    )
    async def test_given_no_such_file_when_imported_then_it_says_what_to_change(
        self, lead: httpx.AsyncClient, content: bytes, said: str
    ) -> None:
        answer = await load(lead, "profiles", content)

        assert answer.status_code == 422
        assert said in answer.json()["detail"]


@pytest.fixture
async def shop(postgres_url: str, tenant_id: UUID) -> AsyncIterator[str]:
    """The address of a database of somebody else's, reached over the network."""
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as owner:
        await owner.execute("CREATE SCHEMA IF NOT EXISTS shop")
        await owner.execute("CREATE TABLE IF NOT EXISTS shop.bought (customer text, number text, note text)")
        await owner.execute("INSERT INTO shop.bought VALUES (%s, 'S-1', '100 %% sure')", (str(tenant_id),))
        host, number = owner.info.host, owner.info.port
    url = make_url(postgres_url)
    server = None
    port = number
    if host.startswith("/"):  # the embedded server listens on a socket alone
        server = await asyncio.start_server(partial(_bridge, f"{host}/.s.PGSQL.{number}"), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
    yield f"postgresql://{url.username}@127.0.0.1:{port}/{url.database}?sslmode=disable"
    if server is not None:
        server.close()


async def _bridge(socket: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    there, back = await asyncio.open_unix_connection(socket)

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        target.close()

    await asyncio.gather(pump(reader, back), pump(there, writer))


class Crm(BaseHTTPRequestHandler):
    """Answers with who asks for whom."""

    def do_GET(self) -> None:
        body = b'{"path": "%s", "token": "%s", "tags": ["a"]}' % (
            self.path.encode(), self.headers.get("Authorization", "").encode(),
        )  # fmt: skip
        self.send_response(302 if "moved" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
async def crm() -> AsyncIterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Crm)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class TestLookups:
    async def test_given_a_database_when_a_customer_is_read_then_its_allowed_statements_are_asked(
        self, admin: httpx.AsyncClient, agent: httpx.AsyncClient, shop: str, tenant_id: UUID
    ) -> None:
        body = {
            "kind": "sql",
            "address": shop,
            "statements": [
                {
                    "name": "bought",
                    "sql": "SELECT number, note FROM shop.bought WHERE customer = :customer_id",
                },
                {
                    "name": "like",
                    "sql": "SELECT count(*) AS n FROM shop.bought WHERE :customer_id LIKE '%' || customer",
                },
            ],
        }

        made = await admin.put("/workflow/lookups/shop", json=body)
        found = (await picture(agent, str(tenant_id)))["looked_up"]
        other = (await picture(agent, "' OR true --"))["looked_up"]

        assert made.status_code == 200, made.text
        assert found[0] == {
            "lookup": "shop", "statement": "bought", "error": None,
            "rows": [{"number": "S-1", "note": "100 % sure"}],
        }  # fmt: skip
        assert found[1]["rows"] == [{"n": 1}]
        assert other[0]["rows"] == []

    @pytest.mark.parametrize(
        "sql",
        [
            "WITH gone AS (DELETE FROM shop.bought RETURNING *) SELECT :customer_id FROM gone",
            "SELECT set_config('transaction_read_only', 'off', true), :customer_id",
            "SELECT pg_sleep(60), :customer_id",
        ],
    )
    async def test_given_a_statement_that_writes_or_waits_when_asked_then_it_fails_and_says_so(
        self, admin: httpx.AsyncClient, agent: httpx.AsyncClient, shop: str, sql: str, workflow: Workflow
    ) -> None:
        body = {"kind": "sql", "address": shop, "statements": [{"name": "bad", "sql": sql}]}
        await admin.put("/workflow/lookups/shop", json=body)

        (found,) = (await picture(agent))["looked_up"]

        assert found["rows"] == []
        assert found["error"] in (
            "The database refused: ReadOnlySqlTransaction.",
            "The database refused: ActiveSqlTransaction.",
            "It took longer than 3 s.",
        )

    async def test_given_a_service_when_a_customer_is_read_then_it_is_asked_with_the_token(
        self, admin: httpx.AsyncClient, agent: httpx.AsyncClient, crm: str
    ) -> None:
        body = {"kind": "http", "address": f"{crm}/people/{{customer_id}}", "secret": "made-up-token"}
        made = await admin.put("/workflow/lookups/crm", json=body)

        found = (await picture(agent, "a%26b%3Fc"))["looked_up"]

        assert "made-up-token" not in made.text
        assert found[0]["rows"] == [
            {"path": found[0]["rows"][0]["path"], "token": "Bearer made-up-token", "tags": '["a"]'}
        ]
        assert found[0]["rows"][0]["path"].startswith("/people/a%26b%3Fc")

    async def test_given_a_changed_address_when_no_secret_is_given_then_the_stored_one_does_not_follow(
        self, admin: httpx.AsyncClient, agent: httpx.AsyncClient, crm: str
    ) -> None:
        body = {"kind": "http", "address": f"{crm}/one/{{customer_id}}", "secret": "made-up-token"}
        await admin.put("/workflow/lookups/crm", json=body)
        await admin.put("/workflow/lookups/crm", json={**body, "secret": None})
        kept = (await picture(agent))["looked_up"][0]["rows"][0]["token"]

        await admin.put(
            "/workflow/lookups/crm", json={"kind": "http", "address": f"{crm}/two/{{customer_id}}"}
        )
        gone = (await picture(agent))["looked_up"][0]["rows"][0]["token"]

        assert (kept, gone) == ("Bearer made-up-token", "")

    async def test_given_a_system_that_is_down_or_redirects_when_asked_then_the_picture_says_so(
        self, admin: httpx.AsyncClient, agent: httpx.AsyncClient, crm: str
    ) -> None:
        await admin.put(
            "/workflow/lookups/down", json={"kind": "http", "address": "http://127.0.0.1:9/{customer_id}"}
        )
        await admin.put(
            "/workflow/lookups/moved", json={"kind": "http", "address": f"{crm}/moved/{{customer_id}}"}
        )

        found = {each["lookup"]: each["error"] for each in (await picture(agent))["looked_up"]}

        assert found == {"down": "The call failed: ConnectError.", "moved": "It answered with status 302."}

    @pytest.mark.parametrize(
        "body",
        [
            {"kind": "sql", "address": "postgresql://u:secret@db.example.com/x"},
            {
                "kind": "sql",
                "address": "postgresql://u@db.example.com/x",
                "statements": [{"name": "a", "sql": "DELETE FROM x"}],
            },
            {
                "kind": "sql",
                "address": "postgresql://u@db.example.com/x",
                "statements": [{"name": "a", "sql": "SELECT 1"}],
            },
            {
                "kind": "sql",
                "address": "postgresql://u@db.example.com/x?sslkey=/etc/passwd",
                "statements": [],
            },
            {"kind": "sql", "address": "postgresql://u@/x?host=/var/run", "statements": []},
            {"kind": "http", "address": "https://{customer_id}.example.com/"},
            {"kind": "http", "address": "https://crm.example.com/all"},
            {"kind": "http", "address": "ftp://crm.example.com/{customer_id}"},
        ],
    )
    async def test_given_a_look_up_that_may_not_be_when_written_then_it_is_refused(
        self, admin: httpx.AsyncClient, body: dict[str, Any]
    ) -> None:
        answer = await admin.put("/workflow/lookups/bad", json=body)

        assert answer.status_code == 422
        assert "secret" not in answer.text.replace("as secret", "")
