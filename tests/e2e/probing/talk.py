"""Setup that several end-to-end tests share: tenants, pages, uploads, questions."""

from typing import Any

import httpx
from tests.e2e.conftest import Server
from tests.e2e.probing.victim import UNLIMITED

from caseplane.core.ids import new_id

GUIDE = """# The kettle

To descale the kettle, fill it with vinegar and water and boil it twice.

The kettle switches itself off after thirty seconds without water.

To register the warranty of the kettle, send the serial number to the address on its base.
"""
ANSWERED = "How do I descale the kettle?"
HANDED_OVER = "I want to talk to a person, please."


def new_tenant(server: Server) -> tuple[str, str]:
    """Create a tenant without rate limits; returns its id and its admin key."""
    with server.client(server.folder.secrets().platform_admin_key) as platform:
        body = {"slug": f"t-{new_id()}", "display_name": "A tenant", "settings": {"limits": UNLIMITED}}
        tenant_id = platform.post("/api/v1/tenants", json=body).raise_for_status().json()["tenant_id"]
        path = f"/api/v1/tenants/{tenant_id}/admin-keys"
        return tenant_id, platform.post(path, json={"name": "first"}).raise_for_status().json()["key"]


def new_base(http: httpx.Client) -> str:
    made = http.post("/api/v1/knowledge-bases", json={"name": f"kb-{new_id()}"})
    return str(made.raise_for_status().json()["id"])


def teach(http: httpx.Client, text: str = GUIDE) -> str:
    """Create a knowledge base of one page."""
    base = new_base(http)
    line = upload(http, base, "guide.md", text.encode())
    assert line["state"] == "indexed", line
    return base


def upload(http: httpx.Client, base: str, name: str, data: bytes) -> dict[str, Any]:
    """Upload one file; returns its line of the report."""
    return report(http, base, name, data)[0]


def report(http: httpx.Client, base: str, name: str, data: bytes) -> list[dict[str, Any]]:
    """Upload one file; returns the whole report, when it is done."""
    path = f"/api/v1/knowledge-bases/{base}"
    begun = http.post(f"{path}/documents", files={"file": (name, data)}, params={"wait": 60})
    ingestion = begun.raise_for_status().json()
    for _ in range(5):
        if ingestion["state"] != "running":
            break
        ingestion = http.get(f"{path}/ingestions/{ingestion['id']}", params={"wait": 60}).json()
    assert ingestion["state"] == "done", ingestion
    lines = http.get(f"{path}/ingestions/{ingestion['id']}/items").raise_for_status().json()
    return list(lines["items"])


def new_session(http: httpx.Client) -> str:
    made = http.post("/api/v1/sessions", json={"customer_id": f"c-{new_id()}"})
    return str(made.raise_for_status().json()["session_id"])


def ask(http: httpx.Client, question: str, *, session: str | None = None, wait: int = 60) -> dict[str, Any]:
    """Ask one question; returns the outcome."""
    path = f"/api/v1/sessions/{session or new_session(http)}/messages"
    answer = http.post(path, json={"content": question}, params={"wait": wait}).raise_for_status()
    assert answer.status_code == 200, f"No reply in {wait} s: {answer.text}"
    return dict(answer.json())


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and the last part of the problem's type; an answer that is no problem is an error."""
    kind = answer.headers.get("content-type", "")
    assert kind.startswith("application/problem+json"), f"{answer.status_code} {kind}: {answer.text[:300]}"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    return answer.status_code, str(body["type"]).rpartition("/")[2]
