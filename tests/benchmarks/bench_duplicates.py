# ruff: noqa: T201 - a benchmark prints what it measured
"""Tickets about the same thing among 100,000 stored ones, against a scan of all vectors in the same run.

Texts are questions of a CSV file (`text` column): some as they are, the others two of them together, whose vector is the mean
of the two with a little noise, since embedding all would take an hour. A second tenant owns one ticket in ten. Both sides are
asked for the same new tickets through the service's role, under row-level security, and score what they find; embedding the
new ticket is not counted and printed beside.

    python -m tests.benchmarks.bench_duplicates --texts ../shared/data/banking77/train.csv
"""

import argparse
import asyncio
import csv
import json
import random
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from sqlalchemy import text
from sqlalchemy.engine import make_url

from caseplane.core.clock import utcnow
from caseplane.core.database import Database
from caseplane.core.embeddings import EmbeddingSettings, Vectors, build_embedder
from caseplane.core.ids import new_id
from caseplane.local.postgres import EmbeddedPostgres
from caseplane.migrations import migrate
from caseplane.triage.duplicates import fingerprint
from caseplane.workflow.duplicates.finding import find
from caseplane.workflow.duplicates.reading import ReadTicket
from caseplane.workflow.duplicates.repository import Fingerprints, literal

COLUMNS = "tenant_id, id, customer_id, created_at, profile, dimension, embedding, digest, terms, codes, versions, numbers, negative"
KINDS = [
    "uuid", "uuid", "text", "timestamptz", "text", "int4", "halfvec", "bytea", "text[]", "text[]", "text[]", "text[]", "bool",
]  # fmt: skip
INDEX = "ix_fingerprints_hnsw_384"
SCAN = text("""
    SELECT id, 1 - (embedding::halfvec(384) <=> CAST(:query AS halfvec)) AS cosine FROM workflow.fingerprints
    WHERE tenant_id = :tenant_id ORDER BY (embedding::halfvec(384) <=> CAST(:query AS halfvec)) + 0 LIMIT 40
""")


class Tickets:
    """Made-up tickets, the same for the same seed."""

    def __init__(self, texts: list[str], vectors: Vectors, profile: str) -> None:
        self.texts, self.vectors, self.profile = texts, vectors, profile
        self._chance = random.Random(7)
        self._noise = np.random.default_rng(7)

    def ticket(self) -> ReadTicket:
        i, j = self._chance.randrange(len(self.texts)), self._chance.randrange(len(self.texts))
        noise = 0.015 * self._noise.standard_normal(self.vectors.shape[1:], np.float32)
        vector = self.vectors[i] + self.vectors[j] + noise
        at = utcnow() - timedelta(minutes=self._chance.random() * 60 * 24 * 180)
        order = f" Order ORD-{self._chance.randrange(10**6):06d}." if self._chance.random() < 0.3 else ""
        read = fingerprint(
            f"{self.texts[i]} {self.texts[j]}{order}",
            vector / np.linalg.norm(vector),
            customer=f"c-{self._chance.randrange(20_000)}",
            at=at,
        )
        return ReadTicket(new_id(), read, self.profile, b"")


def fill(owner: psycopg.Connection[Any], tickets: Tickets, rows: int) -> UUID:
    """Store tickets for a large and a small tenant; returns the large one."""
    register_vector(owner)
    owner.execute("SET maintenance_work_mem = '1GB'")
    owner.execute(f"DROP INDEX workflow.{INDEX}")
    large = new_id()
    for tenant, count in ((large, rows), (new_id(), rows // 10)):
        owner.execute(
            "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%s, %s, 'Bench')",
            (tenant, f"t-{tenant}"),
        )
        codes = []
        with owner.cursor().copy(
            f"COPY workflow.fingerprints ({COLUMNS}) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(KINDS)
            for _ in range(count):
                one = tickets.ticket()
                read = one.fingerprint
                assert read.vector is not None
                codes += [(tenant, code, one.ticket_id, read.at) for code in read.names.codes]
                copy.write_row((
                    tenant, one.ticket_id, read.customer, read.at, one.profile, len(read.vector),
                    HalfVector(read.vector), b"", list(read.terms), list(read.names.codes), list(read.names.versions),
                    list(read.names.numbers), read.negative,
                ))  # fmt: skip
        with owner.cursor().copy(
            "COPY workflow.fingerprint_codes (tenant_id, code, ticket_id, created_at) FROM STDIN"
        ) as copy:
            for row in codes:
                copy.write_row(row)
    owner.execute(
        f"CREATE INDEX {INDEX} ON workflow.fingerprints USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)"
        " WHERE dimension = 384"
    )
    owner.execute("VACUUM ANALYZE workflow.fingerprints, workflow.fingerprint_codes")
    return large


async def measure(url: str, tenant: UUID, asked: list[ReadTicket]) -> dict[str, float]:
    """Milliseconds of both sides, and how many of the nearest ten the index finds."""
    database = Database(url, schema="workflow")
    took: dict[str, list[float]] = {"find": [], "scan": []}
    recall = []
    for ticket in asked:
        assert ticket.fingerprint.vector is not None
        query = literal(ticket.fingerprint.vector)
        async with database.tenant(tenant) as tx:
            work = cast("Any", SimpleNamespace(now=utcnow(), repo=lambda _, tx=tx: Fingerprints(tx, tenant)))
            began = time.perf_counter()
            await find(work, ticket)
            took["find"].append(time.perf_counter() - began)
        async with database.tenant(tenant) as tx:
            began = time.perf_counter()
            nearest = [row.id for row in await tx.execute(SCAN, {"tenant_id": tenant, "query": query})]
            took["scan"].append(time.perf_counter() - began)
            near = text(
                "SELECT ticket_id FROM workflow.nearest_tickets(:profile, CAST(:query AS halfvec), 40)"
            )
            got = {
                row.ticket_id for row in await tx.execute(near, {"profile": ticket.profile, "query": query})
            }
            recall.append(len(got & set(nearest[:10])) / 10)
    await database.close()
    figures = {
        f"{name}_{label}_ms": round(float(np.quantile(values, share)) * 1000, 2)
        for name, values in took.items()
        for label, share in (("p50", 0.5), ("p95", 0.95))
    }
    figures["times_faster_p50"] = round(figures["scan_p50_ms"] / figures["find_p50_ms"], 1)
    figures["times_faster_p95"] = round(figures["scan_p95_ms"] / figures["find_p95_ms"], 1)
    figures["recall_at_10"] = round(float(np.mean(recall)), 3)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--embed", type=int, default=3_000)
    parser.add_argument("--asked", type=int, default=200)
    asked = parser.parse_args()
    with asked.texts.open(newline="", encoding="utf-8") as opened:
        texts = [row["text"].strip() for row in csv.DictReader(opened)]
    texts = random.Random(1).sample(texts, min(asked.embed, len(texts)))
    embedder = build_embedder(EmbeddingSettings())
    began = time.perf_counter()
    vectors = asyncio.run(embedder.embed(texts))
    embedding_ms = (time.perf_counter() - began) / len(texts) * 1000
    tickets = Tickets(texts, vectors, embedder.profile.key)
    with (
        tempfile.TemporaryDirectory(prefix="caseplane-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "data") as server,
    ):
        migrate(server.admin_url)
        with psycopg.connect(server.admin_url, autocommit=True) as owner:
            began = time.perf_counter()
            tenant = fill(owner, tickets, asked.rows)
            print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        url = make_url(server.app_url).render_as_string(hide_password=False)
        figures = asyncio.run(measure(url, tenant, [tickets.ticket() for _ in range(asked.asked)]))
    print(
        json.dumps(
            {"tickets": asked.rows, "embedding_ms_in_batch": round(embedding_ms, 2), **figures}, indent=2
        )
    )


if __name__ == "__main__":
    main()
