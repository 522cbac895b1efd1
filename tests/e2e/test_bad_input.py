"""Invalid input is refused over HTTP with a status and a problem that give the reason, and nothing is stored."""

import http.client
import io
import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook
from tests.e2e.conftest import Server
from tests.e2e.probing import postgres, talk
from tests.e2e.probing.talk import problem
from tests.unit.retrieval.parsing.samples import encrypt_pdf, make_pdf, make_zip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

INVALID = (422, "invalid-input")
UNREADABLE = (400, "unreadable-body")
MALFORMED = (400, "malformed-request")
NOT_FOUND = (404, "not-found")
JSON = {"Content-Type": "application/json"}
SECRET = "whsec_" + "QUJD" * 10


@pytest.fixture(scope="module")
def tenant(server: Server) -> tuple[str, str]:
    return talk.new_tenant(server)


@pytest.fixture(scope="module")
def admin(server: Server, tenant: tuple[str, str]) -> Iterator[httpx.Client]:
    with server.client(tenant[1]) as http:
        yield http


@pytest.fixture(scope="module")
def session(admin: httpx.Client) -> str:
    return talk.new_session(admin)


@pytest.fixture(scope="module")
def base(admin: httpx.Client) -> str:
    return talk.new_base(admin)


class TestIds:
    ROUTES = (
        "/sessions/{}", "/sessions/{}/messages", "/sessions/{}/case", "/sessions/{}/stream", "/tickets/{}",
        "/tickets/{}/comments", "/tickets/{}/attachments", "/knowledge-bases/{}", "/connectors/{}",
        "/knowledge-bases/{}/documents", "/deliveries/{}", "/tenants/{}/exports/{}",
    )  # fmt: skip

    @pytest.mark.parametrize("route", ROUTES[:-1])
    def test_given_an_unknown_id_when_read_then_not_found(self, admin: httpx.Client, route: str) -> None:
        assert problem(admin.get(f"/api/v1{route.format(uuid4())}")) == NOT_FOUND

    @pytest.mark.parametrize("route", ROUTES)
    @pytest.mark.parametrize("given", ["x", "0", "null", "%F0%9F%92%A9", "%27%20OR%201=1", "a" * 3_000])
    def test_given_an_invalid_id_when_read_then_refused(
        self, admin: httpx.Client, route: str, given: str
    ) -> None:
        assert problem(admin.get(f"/api/v1{route.format(given, given)}")) == INVALID

    @pytest.mark.parametrize("given", ["%00", "..%2f..%2fetc", "%0d%0aSet-Cookie:x", "a%5cb"])
    def test_given_a_path_that_could_mean_another_when_read_then_refused_at_the_edge(
        self, admin: httpx.Client, given: str
    ) -> None:
        assert problem(admin.get(f"/api/v1/sessions/{given}")) == MALFORMED

    def test_given_another_tenants_session_when_written_to_then_not_found(
        self, server: Server, session: str
    ) -> None:
        with server.client(talk.new_tenant(server)[1]) as stranger:
            answer = stranger.post(f"/api/v1/sessions/{session}/messages", json={"content": "hello"})

        assert problem(answer) == NOT_FOUND

    def test_given_a_path_without_a_route_when_asked_for_then_no_such_route(
        self, admin: httpx.Client
    ) -> None:
        assert problem(admin.get("/api/v1/nothing")) == (404, "no-such-route")


BODIES: dict[str, tuple[bytes, tuple[int, str]]] = {
    "nothing": (b"", INVALID),
    "an empty text": (b'{"content": ""}', INVALID),
    "white space": (b'{"content": " \\n\\t\\u00a0\\u200b"}', INVALID),
    "control characters alone": (b'{"content": "\\u0001\\u0002\\u001b"}', INVALID),
    "NUL": (b'{"content": "a\\u0000b"}', INVALID),
    "a lone surrogate": (b'{"content": "a\\ud800b"}', INVALID),
    "a megabyte": (json.dumps({"content": "word " * 210_000}).encode(), (413, "payload-too-large")),
    "broken UTF-8": (b'{"content": "a\xff\xfe\xc3(b"}', UNREADABLE),
    "overlong UTF-8": (b'{"content": "\xc0\xaf"}', UNREADABLE),
    "broken JSON": (b'{"content": "a', UNREADABLE),
    "JSON cut in an escape": (b'{"content": "a\\u12', UNREADABLE),
    "another shape": (b'["content"]', INVALID),
    "null": (b"null", INVALID),
    "a number": (b'{"content": 5}', INVALID),
    "an infinite number": (b'{"content": 1e999999}', INVALID),
    "an unknown member": (b'{"content": "a", "role": "agent"}', INVALID),
    "deep JSON": (b"[" * 100_000 + b"]" * 100_000, UNREADABLE),
    "deep JSON inside": (b'{"content": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, UNREADABLE),
    "a long own id": (json.dumps({"content": "a", "client_message_id": "x" * 201}).encode(), INVALID),
}


class TestMessages:
    @pytest.mark.parametrize("what", BODIES)
    def test_given_an_invalid_body_when_sent_then_refused_and_not_kept(
        self, admin: httpx.Client, session: str, what: str
    ) -> None:
        body, expected = BODIES[what]
        path = f"/api/v1/sessions/{session}/messages"

        answer = admin.post(path, content=body, headers=JSON)

        assert problem(answer) == expected
        assert admin.get(path).json()["items"] == []

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "x"]
    )
    def test_given_another_content_type_when_sent_then_refused(
        self, admin: httpx.Client, session: str, kind: str
    ) -> None:
        path = f"/api/v1/sessions/{session}/messages"

        answer = admin.post(path, content=b'{"content": "hello"}', headers={"Content-Type": kind})

        assert problem(answer) == (415, "unsupported-media")

    def test_given_a_control_character_within_text_when_sent_then_kept_verbatim(
        self, admin: httpx.Client
    ) -> None:
        path = f"/api/v1/sessions/{talk.new_session(admin)}/messages"
        text = "It beeps\u0007 and says \u202eolleh\u202c \U0001f469\u200d\U0001f527"

        assert admin.post(path, json={"content": text}).status_code == 202
        assert admin.get(path).json()["items"][0]["content"] == text


class TestParameters:
    @pytest.mark.parametrize("limit", ["-1", "0", "201", "9" * 30, "abc", "1e3", "", "0x10", "NaN"])
    @pytest.mark.parametrize("route", ["/sessions", "/tickets", "/knowledge-bases", "/deliveries", "/audit"])
    def test_given_a_limit_out_of_range_when_listed_then_refused(
        self, admin: httpx.Client, route: str, limit: str
    ) -> None:
        assert problem(admin.get(f"/api/v1{route}", params={"limit": limit})) == INVALID

    CURSORS = ("garbage", "%00", "e30", "W10", "W251bGxd", "WyJcdTAwMDAiXQ", "WzFlOTk5XQ", "a" * 501, "W1tbXV1d", "💩",
               "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwXQ", "WyJcdWQ4MDAiXQ", "WyIwMDAxLTAxLTAxIiwgMV0")  # fmt: skip

    @pytest.mark.parametrize("cursor", CURSORS)
    @pytest.mark.parametrize(
        "route", ["/sessions", "/tickets", "/knowledge-bases", "/deliveries", "/audit", "/api-keys"]
    )
    def test_given_an_unknown_cursor_when_listed_then_refused(
        self, admin: httpx.Client, route: str, cursor: str
    ) -> None:
        assert problem(admin.get(f"/api/v1{route}", params={"cursor": cursor})) == INVALID

    @pytest.mark.parametrize(
        "query",
        ["sessions?customer_id=%00", "knowledge-bases?name=%00", "tickets?tag=%00", "tickets?requester_id=%00",
         "audit?actor=%00", "tenants?slug=%00", "deliveries?state=no", "sessions?status=lost"],
    )  # fmt: skip
    def test_given_a_value_that_cannot_be_stored_when_filtered_by_then_refused(
        self, server: Server, admin: httpx.Client, query: str
    ) -> None:
        key = server.folder.secrets().platform_admin_key if query.startswith("tenants") else None
        headers = {"Authorization": f"Bearer {key}"} if key else {}

        assert problem(admin.get(f"/api/v1/{query}", headers=headers)) == INVALID

    @pytest.mark.parametrize("wait", ["-1", "nan", "inf", "61", "soon"])
    def test_given_a_wait_out_of_range_when_asked_then_refused_and_not_kept(
        self, admin: httpx.Client, session: str, wait: str
    ) -> None:
        path = f"/api/v1/sessions/{session}/messages"

        assert problem(admin.post(path, params={"wait": wait}, json={"content": "hello"})) == INVALID
        assert admin.get(path).json()["items"] == []

    @pytest.mark.parametrize("last", ["-1", "x", "9" * 20])
    def test_given_an_invalid_last_event_when_streamed_then_refused(
        self, admin: httpx.Client, session: str, last: str
    ) -> None:
        answer = admin.get(f"/api/v1/sessions/{session}/stream", headers={"Last-Event-ID": last})

        assert problem(answer) == INVALID

    @pytest.mark.parametrize(
        "given", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer cpk_" + "a" * 43, "Bearer \xff"]
    )
    def test_given_an_invalid_credential_when_used_then_unauthorized(
        self, server: Server, given: str
    ) -> None:
        headers = [(b"Authorization", given.encode("latin-1"))]

        status, slug = problem(httpx.get(f"{server.url}/api/v1/me", headers=headers))

        assert (status, slug in ("unauthorized", "credential-refused")) == (401, True)

    def test_given_enormous_headers_when_sent_then_refused_and_the_server_lives(
        self, server: Server, admin: httpx.Client
    ) -> None:
        answer = admin.get("/api/v1/me", headers={"X-Filler": "a" * 200_000})

        assert problem(answer) == (431, "headers-too-large")
        assert httpx.get(f"{server.url}/health").status_code == 200

    def test_given_a_body_said_to_be_too_long_when_sent_then_refused_before_it_is_read(
        self, server: Server, tenant: tuple[str, str], base: str
    ) -> None:
        where = urlsplit(server.url)
        assert where.hostname is not None
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
        connection.putrequest("POST", f"/api/v1/knowledge-bases/{base}/documents")
        connection.putheader("Authorization", f"Bearer {tenant[1]}")
        connection.putheader("Content-Length", str(70 * 1024**2))
        connection.endheaders()

        answer = connection.getresponse()

        assert answer.status == 413
        assert json.loads(answer.read())["type"].endswith("/payload-too-large")
        connection.close()


def link(name: str = "link.md") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("good.md", "# Good\n\nA good page about the kettle.\n")
    return out.getvalue()


GOOD = b"# Good\n\nA good page about the kettle.\n"
PDF = make_pdf([["To descale the kettle, boil vinegar in it."] * 30])
FILES: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "an encrypted PDF": ("a.pdf", encrypt_pdf(PDF, user="s3cret"), {"a.pdf": "encrypted-document"}),
    "a truncated PDF": ("a.pdf", PDF[: len(PDF) // 3], {"a.pdf": "corrupt-document"}),
    "an empty file": ("a.md", b"", {"a.md": "empty-document"}),
    "an unknown kind": ("a.exe", b"MZ\x90\x00" + bytes(200), {"a.exe": "unsupported-format"}),
    "a truncated zip": ("a.zip", make_zip({"a.md": GOOD})[:-30], {"a.zip": "corrupt-document"}),
    "a zip that leaves its folder": (
        "a.zip", make_zip({"../../x.md": b"evil", "good.md": GOOD}), {"../../x.md": "unsafe-path", "good.md": ""},
    ),
    "a name that leaves its folder": ("../../etc/x.md", GOOD, {"../../etc/x.md": "unsafe-path"}),
    "a name from the root": ("/etc/x.md", GOOD, {"/etc/x.md": "unsafe-path"}),
    "a zip with a line break in a name": (
        "a.zip",
        make_zip({"a\nb.md": b"evil", "good.md": GOOD}),
        {"a\ufffdb.md": "unsafe-path", "good.md": ""},
    ),
    "a zip with a link": ("a.zip", link(), {"link.md": "unsafe-path", "good.md": ""}),
    "a zip bomb": ("a.zip", make_zip({"a.txt": b"0" * 60_000_000}), {"a.zip": "unsafe-archive"}),
    "50 MB of text": (
        "a.txt", b"The kettle is described here at great length. " * (50 * 1024 * 1024 // 46),
        {"a.txt": "document-too-large"},
    ),
}  # fmt: skip


class TestFiles:
    @pytest.mark.parametrize("what", FILES)
    def test_given_an_unusable_file_when_uploaded_then_its_line_gives_the_reason(
        self, admin: httpx.Client, what: str
    ) -> None:
        name, data, expected = FILES[what]
        own = talk.new_base(admin)

        lines = talk.report(admin, own, name, data)

        reasons = {line["path"].removeprefix("a.zip/"): line["reason"] or "" for line in lines}
        assert reasons == expected
        assert all(line["detail"] for line in lines if line["reason"])
        indexed = admin.get(f"/api/v1/knowledge-bases/{own}/documents").json()["items"]
        assert len(indexed) == sum(not reason for reason in expected.values())

    @pytest.mark.parametrize(
        ("kind", "body", "expected"),
        [
            ("application/json", b"{}", (415, "unsupported-media")),
            ("multipart/form-data", b"x", UNREADABLE),
            ("multipart/form-data; boundary=abc", b"no boundary here", UNREADABLE),
            ("multipart/form-data; boundary=abc", b"--abc--\r\n", UNREADABLE),
        ],
    )
    def test_given_an_invalid_form_when_uploaded_then_refused(
        self, admin: httpx.Client, base: str, kind: str, body: bytes, expected: tuple[int, str]
    ) -> None:
        path = f"/api/v1/knowledge-bases/{base}/documents"

        answer = admin.post(path, content=body, headers={"Content-Type": kind})

        assert problem(answer) == expected


class Desk:
    """A desk with one mirrored ticket, and its webhooks."""

    def __init__(self, admin: httpx.Client, server: Server, tenant: str) -> None:
        self._admin = admin
        body = {"name": f"desk {uuid4()}", "url": "https://desk.invalid/hook", "secret": SECRET}
        made = admin.post("/api/v1/connectors", json=body).raise_for_status().json()
        self.path: str = made["hook_path"]
        ticket = admin.post("/api/v1/tickets", json={"subject": "x", "requester_id": "y"}).json()
        self.ticket_id = str(ticket["ticket_id"])
        with postgres.owner(server.data) as db:  # as if the desk had answered with its id for the ticket
            db.execute(
                "INSERT INTO ticketing.ticket_links (tenant_id, id, ticket_id, connection_id, external_id)"
                " VALUES (%s, gen_random_uuid(), %s, %s, 'D-1')",
                (tenant, self.ticket_id, made["connection_id"]),
            )

    def comments(self) -> list[str]:
        found = self._admin.get(f"/api/v1/tickets/{self.ticket_id}/comments").json()["items"]
        return [str(comment["body"]) for comment in found]

    def post(
        self,
        event: str,
        *,
        ticket: str = "D-1",
        secret: str = SECRET,
        age: int = 0,
        webhook: str = "",
        **more: Any,
    ) -> httpx.Response:
        at = datetime.now(UTC) - timedelta(seconds=age)
        update = {
            "event_id": event, "ticket_id": ticket, "status": "open", "updated_at": at.isoformat(),
            "latest_public_comment": {"id": f"c-{event}", "body": f"Said in {event}."}, **more,
        }  # fmt: skip
        body, name = json.dumps(update), webhook or f"msg-{event}"
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, at, body),
        }
        return httpx.post(str(self._admin.base_url.join(self.path)), content=body, headers=headers | JSON)


@pytest.fixture(scope="module")
def desk(admin: httpx.Client, server: Server, tenant: tuple[str, str]) -> Desk:
    return Desk(admin, server, tenant[0])


class TestHooks:
    def test_given_a_bad_signature_when_posted_then_unauthorized_and_nothing_done(self, desk: Desk) -> None:
        answer = desk.post("forged", secret="whsec_" + "WFla" * 10)

        assert problem(answer) == (401, "hook-signature")
        assert "Said in forged." not in desk.comments()

    @pytest.mark.parametrize("age", [3_600, -3_600])
    def test_given_a_timestamp_out_of_the_window_when_posted_then_unauthorized_and_nothing_done(
        self, desk: Desk, age: int
    ) -> None:
        answer = desk.post(f"replayed {age}", age=age)

        assert problem(answer) == (401, "hook-signature")
        assert f"Said in replayed {age}." not in desk.comments()

    def test_given_a_webhook_when_it_comes_twice_then_done_once(self, desk: Desk) -> None:
        first, again = desk.post("once"), desk.post("once")
        under_another_name = desk.post("once", webhook="msg-other")

        assert [a.status_code for a in (first, again, under_another_name)] == [200, 200, 200]
        assert [a.json()["outcome"] for a in (first, again, under_another_name)] == [
            "applied", "duplicate", "duplicate"
        ]  # fmt: skip
        assert desk.comments().count("Said in once.") == 1

    def test_given_a_ticket_that_is_not_mirrored_when_posted_then_rejected(self, desk: Desk) -> None:
        assert problem(desk.post("astray", ticket="D-404")) == (422, "inbound-rejected")

    def test_given_a_status_that_no_ticket_has_when_posted_then_refused(self, desk: Desk) -> None:
        assert problem(desk.post("asleep", status="asleep")) == INVALID

    def test_given_an_address_that_no_connector_has_when_posted_then_not_found(
        self, server: Server, desk: Desk
    ) -> None:
        for path in (
            "/api/v1/hooks/generic/x",
            desk.path.replace("generic", "zendesk"),
            desk.path[:-4] + "AAAA",
        ):
            assert problem(httpx.post(server.url + path, json={})) == (404, "hook-not-found")
