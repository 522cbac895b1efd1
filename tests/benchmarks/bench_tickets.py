# ruff: noqa: T201 - a benchmark prints what it measured
"""A hundred tickets at once through the workflow, against a hundred conversations with the same texts in the same run.

    python -m tests.benchmarks.bench_tickets --texts ../shared/data/banking77/test.csv

`process` is the time of a whole `POST /workflow/process` over HTTP, `created` that from `POST /tickets` until the ticket has a
team, and `conversations` that of a customer's message until the answer or the handover. Processor seconds are those of the
server without its database. Texts are questions of a CSV file (`text` column).
"""

import argparse
import asyncio
import csv
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tests.benchmarks.bench_conversations import DOCS, converse, teach
from tests.e2e.conftest import Server
from tests.e2e.probing import talk

TICKS = os.sysconf("SC_CLK_TCK")
Act = Callable[[int], Awaitable[float]]


def used(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def subject(text: str) -> str:
    return text[:80]


class Bench:
    """Things that are done many times at once, on one server."""

    def __init__(self, http: httpx.AsyncClient, texts: list[str], pid: int) -> None:
        self.http, self.texts, self.pid = http, texts, pid

    async def process(self, number: int) -> float:
        text = self.texts[number]
        body = {"subject": subject(text), "body": text, "customer_id": f"p-{number}"}
        began = time.perf_counter()
        answer = (await self.http.post("/api/v1/workflow/process", json=body)).raise_for_status()
        seconds = time.perf_counter() - began
        assert answer.json()["routing"]["team"], answer.text
        return seconds

    async def create(self, number: int) -> float:
        text = self.texts[number]
        body = {"subject": subject(text), "description": text, "requester_id": f"c-{number}"}
        began = time.perf_counter()
        made = (await self.http.post("/api/v1/tickets", json=body)).raise_for_status().json()
        while not made["team"]:
            await asyncio.sleep(0.25)  # each look costs the server something
            found = await self.http.get(f"/api/v1/tickets/{made['ticket_id']}")
            made = found.raise_for_status().json()
        return time.perf_counter() - began

    async def converse(self, number: int) -> float:
        return (await converse(self.http, number, tuple(self.texts))).seconds

    async def together(self, act: Act) -> dict[str, float]:
        """Do something once for each text, all at the same time."""
        before, began = used(self.pid), time.perf_counter()
        took = await asyncio.gather(*(act(number) for number in range(len(self.texts))))
        seconds = time.perf_counter() - began
        spent = used(self.pid) - before
        return {
            "p50_ms": round(float(np.quantile(took, 0.5)) * 1000),
            "p95_ms": round(float(np.quantile(took, 0.95)) * 1000),
            "per_second": round(len(took) / seconds, 1),
            "processor_ms_each": round(spent / len(took) * 1000, 1),
        }

    async def settled(self) -> None:
        """Wait until nothing that was begun is still worked on: the server has used next to nothing for a while."""
        while True:
            before = used(self.pid)
            await asyncio.sleep(3)
            if used(self.pid) - before < 0.5:
                return


async def measure(server: Server, texts: list[str], rounds: int) -> dict[str, Any]:
    _, key = await asyncio.to_thread(talk.new_tenant, server)
    with server.client(key) as admin:
        documents = await asyncio.to_thread(teach, admin, DOCS)
    assert server.process is not None
    # An idle connection may be closed by the server just when it is used again.
    limits = httpx.Limits(max_connections=len(texts) + 10, keepalive_expiry=2)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=300, limits=limits) as http:
        bench = Bench(http, texts, server.process.pid)
        for number in range(5):  # the first of each loads what all need
            await bench.process(number)
            await bench.converse(number)
        figures: dict[str, Any] = {"documents": documents}
        for act in (bench.process, bench.create, bench.converse):
            of_act = []
            for _ in range(rounds):
                await bench.settled()
                of_act.append(await bench.together(act))
            figures[act.__name__] = min(of_act, key=lambda each: each["p95_ms"])
    ratio = figures["process"]["per_second"] / figures["converse"]["per_second"]
    return {**figures, "tickets_per_conversation": round(ratio, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2, help="of each, of which the best counts")
    asked = parser.parse_args()
    with asked.texts.open(newline="", encoding="utf-8") as opened:
        texts = [row["text"].strip() for row in csv.DictReader(opened)]
    home = Path(tempfile.mkdtemp(prefix="caseplane-bench-"))
    server = Server(home / "data").start()
    try:
        chosen = random.Random(1).sample(texts, asked.at_once)
        figures = asyncio.run(measure(server, chosen, asked.rounds))
        load = os.getloadavg()[0]
        print(json.dumps({"cores": os.cpu_count(), "load_average": round(load, 1), **figures}, indent=2))
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
