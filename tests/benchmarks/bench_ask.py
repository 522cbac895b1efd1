"""How long one customer waits for an answer on a warm server, without a model, to questions never asked before.

`python -m tests.benchmarks.bench_ask --folder DOCUMENTS --keep FOLDER` starts a server over FOLDER, puts every page
of each `--folder` into one tenant (once: a second run finds it there), and asks about as many of its headings, one
after the other, each in its own conversation. Each time is that of `POST /sessions/{id}/messages?wait=60` over
HTTP, from the question until the answer or the handover; `stages` are the times that the pipeline measures itself.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from tests.benchmarks.bench_conversations import Talk, summary, teach
from tests.e2e.conftest import Server
from tests.e2e.probing import talk

DOCS = Path(__file__).parents[2] / "docs"
HEADING = re.compile(r"^#{1,4} +(?P<words>[A-Z][\w' -]{8,60})$", re.MULTILINE)
FORMS = ("How do I use {}?", "What is {}?", "Why would I need {}?", "Where is {} explained?")


def headings(folders: list[Path]) -> list[str]:
    """What the documents are about: headings of two words and more, each once, always in the same order."""
    pages = (page for folder in folders for page in sorted(folder.rglob("*.md")))
    found = (
        match["words"].strip()
        for page in pages
        for match in HEADING.finditer(page.read_text(errors="replace"))
    )
    return [words for words in dict.fromkeys(found) if " " in words]


def questions(folders: list[Path], wanted: int, *, run: int) -> list[str]:
    """Questions spread over all documents; each `run` asks different ones."""
    about = headings(folders)
    chosen = [about[(number * len(about)) // wanted] for number in range(wanted)]
    return [
        f"{FORMS[(number + run) % len(FORMS)].format(words)} {'Please explain. ' * (run // len(FORMS))}".strip()
        for number, words in enumerate(chosen)
    ]


async def ask(http: httpx.AsyncClient, number: int, question: str) -> tuple[Talk, list[dict[str, Any]]]:
    """Ask one question in a new conversation; return its outcome and the stages of the answer."""
    made = await http.post("/api/v1/sessions", json={"customer_id": f"customer-{number}"})
    session_id = str(made.raise_for_status().json()["session_id"])
    path = f"/api/v1/sessions/{session_id}/messages"
    began = time.perf_counter()
    answer = await http.post(
        path, params={"wait": 60}, json={"content": question, "client_message_id": "m-1"}
    )
    seconds = time.perf_counter() - began
    reply = answer.raise_for_status().json()
    outcome = "escalated" if reply["escalation"] else "answered" if reply["reply"] else "waiting"
    return Talk(session_id, outcome, seconds), reply["trace"]


async def measure(url: str, key: str, asked: list[str], *, warm_up: int) -> dict[str, Any]:
    """Ask one after the other; the first `warm_up` answers are not counted."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=120) as http:
        done = [await ask(http, number, question) for number, question in enumerate(asked)]
    counted = done[warm_up:]
    stages: dict[str, list[float]] = {}
    for _, trace in counted:
        for stage in trace:
            stages.setdefault(stage["stage"], []).append(stage["duration_ms"])
    by_outcome: dict[str, list[float]] = {}
    for talked, _ in counted:
        by_outcome.setdefault(talked.outcome, []).append(talked.seconds * 1000)
    return {
        **summary([each for each, _ in counted]),
        "median_ms": {outcome: round(median(taken), 1) for outcome, taken in by_outcome.items()},
        "stages": {name: round(median(taken), 1) for name, taken in stages.items()},
    }


def prepared(server: Server, folders: list[Path], state: Path) -> dict[str, Any]:
    """The tenant with the documents: its key, the number of documents, and the number of earlier runs."""
    if state.exists():
        return dict(json.loads(state.read_text()))
    _, key = talk.new_tenant(server)
    with server.client(key) as admin:
        documents = sum(teach(admin, folder) for folder in folders)
    return {"key": key, "documents": documents, "runs": 0}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, action="append", help="documents; this project's own by default"
    )
    parser.add_argument("--keep", type=Path, help="folder of a server to fill once and use again")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=20)
    options = parser.parse_args()
    folders = options.folder or [DOCS]
    home = options.keep or Path(tempfile.mkdtemp(prefix="caseplane-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    state = home / "bench.json"
    server = Server(home / "data").start()
    try:
        known = prepared(server, folders, state)
        asked = questions(folders, options.questions + options.warm_up, run=known["runs"])
        state.write_text(json.dumps(known | {"runs": known["runs"] + 1}))
        figures = asyncio.run(measure(server.url, known["key"], asked, warm_up=options.warm_up))
        load = round(os.getloadavg()[0], 1)
        machine = {"cores": os.cpu_count(), "load_average": load, "documents": known["documents"]}
        print(json.dumps(machine | figures, indent=2))  # noqa: T201
    finally:
        server.stop()
        if options.keep is None:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
