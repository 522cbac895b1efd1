# ruff: noqa: T201 - a benchmark prints what it measured
"""Outages of 200 tickets among 1,000: how many incidents they make, and what is attached to them.

    python -m tests.benchmarks.bench_storms --background ../shared/data/banking77/train.csv --column category

Each construction is a tenant of its own: 800 other tickets evenly over some hours and 200 about one outage within 15 minutes;
no outage at all; and a peak of one ordinary topic (`--peak`, a value of `--column`), the first time and a week after the same.
Tickets go through what the workflow does with each, on a real database.
"""

import argparse
import asyncio
import csv
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.benchmarks.outages import HEADS, told

from caseplane.core.auth import service_principal
from caseplane.core.database import Database
from caseplane.core.embeddings import EmbeddingSettings, Vectors, build_embedder
from caseplane.core.ids import new_id
from caseplane.core.jobs import Jobs
from caseplane.core.work import Context
from caseplane.local.postgres import EmbeddedPostgres
from caseplane.migrations import migrate
from caseplane.triage.duplicates import fingerprint
from caseplane.workflow.duplicates import finding
from caseplane.workflow.duplicates.reading import ReadTicket
from caseplane.workflow.incidents.spotting import spot

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Ticket:
    """A ticket of a construction, `minute` after its beginning."""

    minute: float
    words: str
    outage: bool


def spread(
    texts: Sequence[str], since: float, until: float, chance: random.Random, *, outage: bool = False
) -> list[Ticket]:
    return [Ticket(chance.uniform(since, until), words, outage) for words in texts]


def constructions(others: list[str], peak: list[str], chance: random.Random) -> dict[str, list[Ticket]]:
    """By name; each with other tickets."""
    made: dict[str, list[Ticket]] = {}
    for outage in HEADS:
        for hours in (1, 4):
            middle = hours * 30
            made[f"{outage}, {hours} h"] = [
                *spread(chance.sample(others, 800), 0, hours * 60, chance),
                *spread(told(outage, 200), middle, middle + 15, chance, outage=True),
            ]
    for hours in (1, 4):
        made[f"no outage, {hours} h"] = spread(chance.sample(others, 1000), 0, hours * 60, chance)
    if peak:
        week = 7 * 24 * 60
        before = spread(chance.sample(others, 400), 0, 180, chance)
        again = [
            Ticket(each.minute + week, each.words, outage=False)
            for each in spread(chance.sample(others, 400), 0, 180, chance)
        ]
        first = spread(chance.sample(peak, min(50, len(peak))), 120, 130, chance)
        made["first peak of a topic"] = [*before, *first]
        made["the same peak a week later"] = [
            *before, *first, *again, *(Ticket(each.minute + week, each.words, outage=False) for each in first)
        ]  # fmt: skip
    return {name: sorted(tickets, key=lambda each: each.minute) for name, tickets in made.items()}


async def play(
    owner: psycopg.Connection[Any],
    context: Context,
    tickets: list[Ticket],
    vectors: dict[str, Vectors],
    profile: str,
) -> dict[str, Any]:
    """Take the tickets of one tenant in their order; say which incidents they made."""
    tenant = new_id()
    owner.execute(
        "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%s, %s, 'Bench')",
        (tenant, f"t-{tenant}"),
    )
    who = service_principal(tenant, "workflow")
    found: list[UUID | None] = []
    for number, ticket in enumerate(tickets):
        at = BEGAN + timedelta(minutes=ticket.minute)
        read = fingerprint(ticket.words, vectors[ticket.words], customer=f"c-{number}", at=at)
        one = ReadTicket(new_id(), read, profile, b"")
        async with context.work(who) as work:
            await finding.remember(cast("Any", work), one)
            await spot(cast("Any", work), one)
    async with context.work(who) as work:
        rows = await work.tx.execute(
            text(
                "SELECT f.customer_id, t.incident_id FROM workflow.fingerprints f LEFT JOIN workflow.incident_tickets t ON t.ticket_id = f.id"
            )
        )
        of = {row.customer_id: row.incident_id for row in rows}
    found = [of[f"c-{number}"] for number in range(len(tickets))]
    incidents: dict[UUID, list[bool]] = {}
    for incident, ticket in zip(found, tickets, strict=True):
        if incident is not None:
            incidents.setdefault(incident, []).append(ticket.outage)
    real = [inside for inside in incidents.values() if sum(inside) > len(inside) / 2]
    outage = sum(ticket.outage for ticket in tickets)
    return {
        "incidents": len(real),
        "false": len(incidents) - len(real),
        "attached": f"{sum(map(sum, real))} of {outage}",
        "unrelated": [
            ticket.words
            for incident, ticket in zip(found, tickets, strict=True)
            if not ticket.outage and incident is not None and incidents[incident] in real
        ],
    }


async def measure(owner: psycopg.Connection[Any], url: str, made: dict[str, list[Ticket]]) -> None:
    embedder = build_embedder(EmbeddingSettings())
    texts = sorted({ticket.words for tickets in made.values() for ticket in tickets})
    vectors: dict[str, Vectors] = {}
    for start in range(0, len(texts), 32):
        some = texts[start : start + 32]
        vectors |= dict(zip(some, await embedder.embed(some), strict=True))
    jobs = Jobs(url)
    context = Context(db=Database(url, schema="workflow"), jobs=jobs)
    async with jobs.open():
        for name, tickets in made.items():
            print(
                f"{name:28}", await play(owner, context, tickets, vectors, embedder.profile.key), flush=True
            )
    await context.db.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--background", type=Path, required=True, help="CSV with a column `text`")
    parser.add_argument("--column", default="category")
    parser.add_argument("--peak", default="passcode_forgotten")
    parser.add_argument("--only", default="", help="constructions whose name has this")
    asked = parser.parse_args()
    with asked.background.open(newline="", encoding="utf-8") as opened:
        rows = [(row["text"].strip(), row[asked.column]) for row in csv.DictReader(opened)]
    others = [words for words, topic in rows if topic != asked.peak]
    peak = [words for words, topic in rows if topic == asked.peak]
    made = constructions(others, peak, random.Random(3))
    with (
        tempfile.TemporaryDirectory(prefix="caseplane-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "data") as server,
    ):
        migrate(server.admin_url)
        url = make_url(server.app_url).render_as_string(hide_password=False)
        with psycopg.connect(server.admin_url, autocommit=True) as owner:
            asyncio.run(measure(owner, url, {name: made[name] for name in made if asked.only in name}))


if __name__ == "__main__":
    main()
