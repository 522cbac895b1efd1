"""How long customers wait: many conversations at once, and one after another on a warm server.

`python -m tests.benchmarks.bench_conversations` starts a server over a fresh folder with two sets of documents,
this project's own and one given by `--folder`, and prints the figures as JSON. Each time is that of a whole
`POST /sessions/{id}/messages?wait=60` over HTTP: from the question until the answer or the handover.
"""

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from tests.e2e.conftest import Server
from tests.e2e.probing import talk

DOCS = Path(__file__).parents[2] / "docs"
QUESTIONS = (talk.ANSWERED, "How do I register the warranty?", talk.HANDED_OVER, "Who won the cup in 1954?")
ABOUT_DOCS = (
    "How do I rotate an API key?",
    "How do I verify the signature of a webhook?",
    "How can I resume an event stream?",
    "What does the reason no_evidence mean?",
    "How do I erase a tenant?",
    "How do I list dead deliveries?",
    "Which file formats can be ingested?",
    "How do I limit requests per minute?",
    "How do I cook a goulash?",
    "How do I connect single sign-on?",
)


@dataclass(frozen=True)
class Talk:
    """One conversation: how it ended, and how long the customer waited."""

    session_id: str
    outcome: str
    seconds: float


async def converse(http: httpx.AsyncClient, number: int, questions: tuple[str, ...] = QUESTIONS) -> Talk:
    """Open a conversation, ask one question, and wait until it is answered or handed over."""
    made = await http.post("/api/v1/sessions", json={"customer_id": f"customer-{number}"})
    session_id = str(made.raise_for_status().json()["session_id"])
    began = time.perf_counter()
    path = f"/api/v1/sessions/{session_id}/messages"
    body = {"content": questions[number % len(questions)], "client_message_id": "m-1"}
    answer = (await http.post(path, params={"wait": 60}, json=body)).raise_for_status()
    seconds = time.perf_counter() - began
    reply: dict[str, Any] = answer.json()
    if reply["escalation"]:
        return Talk(session_id, "escalated", seconds)
    return Talk(session_id, "answered" if reply["reply"] else f"waiting ({answer.status_code})", seconds)


def summary(talks: list[Talk]) -> dict[str, Any]:
    """Figures over conversations, times in milliseconds."""
    cuts = quantiles((t.seconds * 1000 for t in talks), n=100, method="inclusive")
    outcomes = Counter(t.outcome for t in talks)
    return {
        "conversations": len(talks),
        "outcomes": dict(outcomes),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "max_ms": round(max(t.seconds for t in talks) * 1000, 1),
    }


def teach(http: httpx.Client, folder: Path) -> int:
    """Index the pages of a folder; return how many were indexed."""
    base = talk.new_base(http)
    pages = sorted(folder.rglob("*.md"))
    for start in range(0, len(pages), 50):
        files = [
            ("file", (str(page.relative_to(folder)), page.read_bytes())) for page in pages[start : start + 50]
        ]
        path = f"/api/v1/knowledge-bases/{base}/documents"
        begun = http.post(path, params={"wait": 60}, files=files).raise_for_status().json()
        while begun["state"] == "running":
            status = http.get(f"/api/v1/knowledge-bases/{base}/ingestions/{begun['id']}", params={"wait": 60})
            begun = status.raise_for_status().json()
    return int(http.get(f"/api/v1/knowledge-bases/{base}").json()["documents"])


async def measure(server: Server, folder: Path, *, at_once: int, warm: int) -> dict[str, Any]:
    """All figures over one folder of documents."""
    _, key = talk.new_tenant(server)
    with server.client(key) as admin:
        documents = await asyncio.to_thread(teach, admin, folder)
    headers = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=at_once + 10)
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120, limits=limits) as http:
        for number in range(10):
            await converse(http, number, ABOUT_DOCS)
        one_by_one = [await converse(http, number, ABOUT_DOCS) for number in range(warm)]
        began = time.perf_counter()
        together = await asyncio.gather(*(converse(http, number, ABOUT_DOCS) for number in range(at_once)))
        seconds = time.perf_counter() - began
    return {
        "documents": documents,
        "warm": summary(one_by_one),
        "at_once": {**summary(list(together)), "seconds": round(seconds, 2)},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, action="append", help="further documents to measure on")
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--warm", type=int, default=100)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="caseplane-bench-"))
    server = Server(home / "data").start()
    try:
        figures = {
            folder.name: asyncio.run(measure(server, folder, at_once=options.at_once, warm=options.warm))
            for folder in (DOCS, *(options.folder or ()))
        }
        load = os.getloadavg()[0]
        print(json.dumps({"cores": os.cpu_count(), "load_average": round(load, 1), **figures}, indent=2))  # noqa: T201
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
