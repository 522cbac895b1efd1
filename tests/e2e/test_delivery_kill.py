"""`kill -9` of a worker at random moments under load, against a desk that counts: nothing is lost or doubled.

Hand-overs, follow-ups and replies run between real conversations and real tickets, and every ticket through the workflow.

`CASEPLANE_KILLS=200 pytest tests/e2e/test_delivery_kill.py -s` is the long form; the figures are printed.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import uvicorn
from psycopg import sql
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.engine import make_url
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.e2e.kill_worker import Services, assemble
from tests.unit.escalation.connectors.generic_desk import SECRET, GenericDesk

from caseplane.core.auth import Principal, service_principal
from caseplane.core.ids import new_id
from caseplane.escalation.connections.connecting import create_connection
from caseplane.escalation.connections.schemas import AnyCreate
from caseplane.escalation.tickets.commenting import comment_on
from caseplane.escalation.tickets.repository import Tickets
from caseplane.escalation.tickets.resolving import resolve_ticket
from caseplane.escalation.tickets.schemas import CommentCreate, TicketResolve
from caseplane.migrations import migrate
from caseplane.workflow.runs.steps import DRAFT, SORTING

KILLS = int(os.environ.get("CASEPLANE_KILLS", "12"))
ROOT = Path(__file__).parents[2]
WORKERS = 2
BACKLOG = 60
FAULTS = 0.08

SESSION = text(
    "INSERT INTO conversation.sessions (tenant_id, id, channel, customer_id, status, subject, ticket_id, last_seq)"
    " VALUES (:tenant_id, :session_id, 'web', 'c-1', 'escalated', 'A question', :ticket_id, 1)"
)
EVENT = text(
    "INSERT INTO conversation.events (tenant_id, id, session_id, seq, type, payload)"
    """ VALUES (:tenant_id, :event_id, :session_id, 1, 'escalation', '{"reason": "no_evidence","""
    """ "explanation": "Nothing was found.", "retrieval_event_id": null}')"""
)
NEXT = text(
    "UPDATE conversation.sessions SET last_seq = last_seq + 1"
    " WHERE tenant_id = :tenant_id AND id = :session_id RETURNING last_seq"
)
MESSAGE = text(
    "INSERT INTO conversation.messages (tenant_id, id, session_id, seq, role, content, content_redacted)"
    " VALUES (:tenant_id, :message_id, :session_id, :seq, 'customer', :body, :body)"
)


class CountingDesk:
    """The strict desk on a real port; at times it is overloaded, fails, or answers too late."""

    def __init__(self) -> None:
        self.desk = GenericDesk()
        self.faults = self.served = 0
        self.chance = random.Random(7)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        body = await request.body()
        self.served += 1
        fault = self.chance.random()
        if fault < FAULTS / 2:
            self.faults += 1
            status = 429 if fault < FAULTS / 4 else 500
            await Response(status_code=status, headers={"Retry-After": "0"})(scope, receive, send)
            return
        asked = httpx.Request("POST", str(request.url), headers=dict(request.headers), content=body)
        answer = await self.desk(asked)
        if fault < FAULTS * 5 / 8:
            self.faults += 1
            await asyncio.sleep(1.3)  # done, but answered too late
        await asyncio.sleep(self.chance.uniform(0, 0.03))
        with suppress(OSError):
            await JSONResponse(json.loads(answer.content), answer.status_code)(scope, receive, send)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        config = uvicorn.Config(self, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        running = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await running


@dataclass
class Load:
    """What was requested, for comparison with the outcome."""

    services: Services
    tenant_id: UUID
    connection: psycopg.AsyncConnection[Any]
    sessions: dict[UUID, UUID] = field(default_factory=dict)
    said: dict[UUID, set[str]] = field(default_factory=dict)
    replies: dict[UUID, list[str]] = field(default_factory=dict)
    resolved: set[UUID] = field(default_factory=set)
    paused: bool = False

    async def backlog(self) -> int:
        found = await self.connection.execute(
            "SELECT count(*) FROM jobs.procrastinate_jobs WHERE status IN ('todo', 'doing')"
            " AND task_name <> 'ticket.check_response'"  # waits for hours
        )
        row = await found.fetchone()
        assert row is not None
        return int(row[0])

    async def run(self) -> None:
        chance = random.Random(11)
        while not self.paused:
            if await self.backlog() > BACKLOG:
                await asyncio.sleep(0.05)
                continue
            for _ in range(10):
                await self._act(chance)

    async def _act(self, chance: random.Random) -> None:
        kind = chance.random()
        if kind < 0.2 or len(self.sessions) < 5:
            await self._escalate()
            return
        session_id = chance.choice(list(self.sessions)[-40:])
        if kind < 0.65:
            await self._follow_up(session_id)
        elif kind < 0.95:
            await self._reply(session_id)
        elif session_id not in self.resolved:
            await self._resolve(session_id)

    async def _escalate(self) -> None:
        ids = {"session_id": new_id(), "ticket_id": new_id(), "event_id": new_id()}
        session_id = ids["session_id"]
        async with self.services.conversations.work(self.principal) as work:
            await work.tx.execute(SESSION, {"tenant_id": self.tenant_id, **ids})
            await work.tx.execute(EVENT, {"tenant_id": self.tenant_id, **ids})
            hand_over = self.services.job("ticket.create")
            await work.defer(hand_over, hand_over.args(**ids))
        self.sessions[session_id], self.said[session_id] = ids["ticket_id"], set()
        self.replies[session_id] = []

    async def _follow_up(self, session_id: UUID) -> None:
        message_id = new_id()
        body = f"Message {message_id}"
        ids = {"session_id": session_id, "message_id": message_id}
        async with self.services.conversations.work(self.principal) as work:
            seq = await work.tx.scalar(NEXT, {"tenant_id": self.tenant_id, **ids})
            row = {"tenant_id": self.tenant_id, "body": body, "seq": seq, **ids}
            await work.tx.execute(MESSAGE, row)
            follow_up = self.services.job("ticket.comment")
            args = follow_up.args(ticket_id=self.sessions[session_id], **ids)
            await work.defer(follow_up, args)
        self.said[session_id].add(body)

    async def _reply(self, session_id: UUID) -> None:
        async with self.services.escalation.work(service_principal(self.tenant_id, "agent")) as work:
            if await work.repo(Tickets).find(self.sessions[session_id]) is None:
                return  # its job still waits
            body = f"Reply {new_id()}"
            await comment_on(work, self.sessions[session_id], CommentCreate(body=body))
        self.said[session_id].add(body)
        self.replies[session_id].append(body)

    async def _resolve(self, session_id: UUID) -> None:
        async with self.services.escalation.work(service_principal(self.tenant_id, "agent")) as work:
            if await work.repo(Tickets).find(self.sessions[session_id]) is None:
                return
            await resolve_ticket(work, self.sessions[session_id], TicketResolve(resolution_summary="Done."))
        self.resolved.add(session_id)

    @property
    def principal(self) -> Principal:
        return self.services.conversations.principal(self.tenant_id)


class Launcher:
    """Forks workers on demand."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.kill_worker", json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}/services:{ROOT}"},
        )

    async def start(self) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return int(await asyncio.to_thread(self._process.stdout.readline))

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@pytest.fixture
def own_database(postgres_url: str) -> Iterator[tuple[str, str]]:
    """A separate database, so that the workers see no other test's jobs: owner's and service's URL."""
    name = f"kill_{new_id().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    admin = make_url(postgres_url).set(database=name)
    url = admin.render_as_string(hide_password=False)
    migrate(url)
    yield url, admin.set(username="caseplane_app").render_as_string(hide_password=False)
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def under_way(connection: psycopg.AsyncConnection[Any]) -> tuple[int, int]:
    """Running jobs, and deliveries with an unknown outcome."""
    row = await (
        await connection.execute(
            "SELECT (SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'doing'),"
            " (SELECT count(*) FROM ticketing.deliveries WHERE state = 'delivering')"
        )
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def progress(desk: CountingDesk, steps: int) -> None:
    """Wait for a number of completions: on a slow machine a fixed time may pass without any."""
    target = desk.served + steps
    for _ in range(500):
        if desk.served >= target:
            return
        await asyncio.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(150 + KILLS * 10)
class TestKilledWorkers:
    async def test_given_workers_killed_under_load_then_nothing_is_lost_or_doubled(
        self, own_database: tuple[str, str], tmp_path: Path
    ) -> None:
        admin_url, app_url = own_database
        tenant_id, desk, chance = new_id(), CountingDesk(), random.Random(3)
        began = time.monotonic()
        async with (
            await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as connection,
            await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as loader,
            desk.serve() as desk_url,
        ):
            await connection.execute(
                "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%s, %s, 'Killed')",
                (tenant_id, f"t-{tenant_id}"),
            )
            config = {
                "database_url": app_url,
                "folder": str(tmp_path),
                "desk_url": desk_url,
                "stalled_after": 1.5,
                "concurrency": 8,
            }
            services = assemble(config)
            escalation = services.escalation
            async with (
                services.runtime.jobs.open(), escalation.work(service_principal(tenant_id, "admin")) as work,
            ):  # fmt: skip
                body = {
                    "name": "The counting desk",
                    "url": f"{desk_url}/hook",
                    "secret": SECRET,
                    "settings": {"max_attempts": 50},
                }
                await create_connection(work, TypeAdapter(AnyCreate).validate_python(body))
            load = Load(services, tenant_id, loader)
            launcher = Launcher(config)
            loading = asyncio.create_task(load.run())

            hits = uncertain = 0
            workers = [await launcher.start() for _ in range(WORKERS)]
            for _ in range(KILLS):
                await progress(desk, chance.randint(1, 6))
                await asyncio.sleep(chance.uniform(0.0, 0.1))
                doing, delivering = await under_way(connection)
                os.kill(workers.pop(0), signal.SIGKILL)
                workers.append(await launcher.start())
                hits += doing > 0
                uncertain += delivering > 0
            load.paused = True
            await loading
            deadline = time.monotonic() + 60 + KILLS
            while await load.backlog() and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            launcher.close()

            figures = await self._compare(load, desk, connection)
            await escalation.http.close()
            await services.runtime.close()
        seconds = time.monotonic() - began
        print(  # noqa: T201 - measured figures
            f"\nkills {KILLS} ({hits} with jobs under way, {uncertain} with deliveries in flight), {figures},"
            f" desk faults {desk.faults}, repeats absorbed by their key {desk.desk.repeats}, {seconds:.0f} s"
        )

    async def _compare(self, load: Load, desk: CountingDesk, connection: psycopg.AsyncConnection[Any]) -> str:
        async def rows(query: str) -> list[Any]:
            return await (await connection.execute(query)).fetchall()

        stuck = await rows(
            "SELECT task_name, status, attempts, lock FROM jobs.procrastinate_jobs"
            " WHERE status NOT IN ('succeeded') AND task_name <> 'ticket.check_response'"
        )
        assert stuck == []
        states = dict(await rows("SELECT state, count(*) FROM ticketing.deliveries GROUP BY state"))
        assert set(states) == {"delivered"}
        tickets = await rows("SELECT id, session_id, number FROM ticketing.tickets ORDER BY number")
        assert {s: t for t, s, _ in tickets} == load.sessions
        assert len(tickets) == len(load.sessions)
        assert [number for _, _, number in tickets] == list(range(1, len(tickets) + 1))
        stored = await rows("SELECT body, ticket_id FROM ticketing.ticket_comments ORDER BY created_at, id")
        comments = sum(len(bodies) for bodies in load.said.values())
        assert len(stored) == comments

        assert set(desk.desk.records) == {str(t) for t in load.sessions.values()}
        for session_id, ticket_id in load.sessions.items():
            at_desk = [body for body, _ in desk.desk.records[str(ticket_id)].comments]
            assert len(at_desk) == len(set(at_desk)), "a comment is doubled at the desk"
            assert set(at_desk) == load.said[session_id]
            assert at_desk == [body for body, ticket in stored if ticket == ticket_id], "out of order"
        replied = await rows(
            "SELECT session_id, content FROM conversation.messages WHERE role = 'agent' ORDER BY seq"
        )
        for session_id, replies in load.replies.items():
            assert [content for session, content in replied if session == session_id] == replies
        runs, steps = await self._compare_runs(rows)
        return (
            f"{len(tickets)} tickets, {runs} runs of {steps} steps, {comments} comments, {len(replied)} agent replies:"
            " 0 lost, 0 doubled, 0 out of order"
        )

    async def _compare_runs(self, rows: Callable[[str], Awaitable[list[Any]]]) -> tuple[int, int]:
        """Every ticket has one finished run, whose result it has; every run each step once."""
        runs = await rows(
            "SELECT t.id, t.workflow_run_id, r.id, r.status, r.draft_state FROM ticketing.tickets t"
            " LEFT JOIN workflow.runs r ON r.tenant_id = t.tenant_id AND r.ticket_id = t.id"
        )
        assert {(status, drafted) for *_, status, drafted in runs} == {("done", "ready")}
        assert [run for _, written, run, *_ in runs if written != run] == []
        assert len(runs) == len({ticket for ticket, *_ in runs})
        steps = await rows("SELECT run_id, array_agg(name ORDER BY name) FROM workflow.steps GROUP BY run_id")
        expected = sorted(step.name for step in (*SORTING, DRAFT))
        assert len(steps) == len(runs)
        assert {tuple(names) for _, names in steps} == {tuple(expected)}
        drafts = await rows("SELECT count(*), count(DISTINCT run_id) FROM workflow.drafts")
        assert drafts == [(len(runs), len(runs))]
        routed = await rows("SELECT count(*) FROM platform.audit_log WHERE action = 'ticket.routed'")
        assert routed == [(len(runs),)]
        return len(runs), len(expected)
