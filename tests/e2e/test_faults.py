"""Nothing is lost or done twice when the process is killed, the database restarts, or the disk is full."""

import os
import random
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.conftest import Server
from tests.e2e.probing import postgres, talk
from tests.e2e.probing.victim import until

KILLS = int(os.environ.get("CASEPLANE_KILLS", "4"))
CUSTOMERS = 6
SEED = 20_260_301

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]


@pytest.fixture(scope="module")
def frail(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A server of this module alone, whose processes are killed."""
    server = make_server(CASEPLANE_STALLED_AFTER="PT5S")
    yield server
    server.stop()


class Customer(threading.Thread):
    """Opens conversations and writes; retries what got no answer, as a good client does."""

    def __init__(self, server: Server, key: str, name: str, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.accepted: dict[str, list[str]] = {}
        self.strange: list[str] = []
        self._server, self._key, self._stop_asked = server, key, stop

    def run(self) -> None:
        number = 0
        while not self._stop_asked.is_set():
            number += 1
            body = {"customer_id": f"{self.name}-{number}"}
            made = self._post("/api/v1/sessions", body, key=f"{self.name}-{number}")
            if made is None:
                return
            session = made["session_id"]
            self.accepted[session] = []
            for turn in range(2):
                # Every other conversation ends with a person; a repeated `client_message_id` is one message.
                text = (
                    talk.HANDED_OVER
                    if number % 2 and turn
                    else f"{talk.ANSWERED} ({self.name} {number}.{turn})"
                )
                message = {"content": text, "client_message_id": f"m-{turn}"}
                if self._post(f"/api/v1/sessions/{session}/messages", message) is None:
                    return
                self.accepted[session].append(text)

    def _post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}"} | ({"Idempotency-Key": key} if key else {})
        while True:
            try:
                answer = httpx.post(self._server.url + path, json=body, headers=headers, timeout=20)
            except (httpx.HTTPError, AssertionError):  # down, or not up again yet
                if self._stop_asked.is_set():
                    return None
                time.sleep(0.2)
                continue
            if answer.is_success:
                return answer.json()
            if answer.status_code not in (503, 504) and not answer.text.count("idempotency-key-in-use"):
                self.strange.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            if self._stop_asked.is_set():
                return None
            time.sleep(0.2)


ENDED = """
    SELECT count(*) FROM conversation.sessions s WHERE tenant_id = %s AND status = 'open' AND EXISTS (
        SELECT FROM conversation.messages m WHERE m.tenant_id = s.tenant_id AND m.session_id = s.id
        AND m.role = 'customer' AND m.seq > s.answered_seq)"""
TICKETS = """
    SELECT e.id, count(t.id) FROM conversation.events e LEFT JOIN ticketing.tickets t
        ON t.tenant_id = e.tenant_id AND t.session_id = e.session_id AND t.escalation_event_id = e.id
    WHERE e.tenant_id = %s AND e.type = 'escalation' GROUP BY e.id"""
TURNS = """
    SELECT session_id, payload ->> 'answers_seq', count(*) FROM conversation.events
    WHERE tenant_id = %s AND type = 'turn' GROUP BY 1, 2 HAVING count(*) > 1"""


class TestKill:
    def test_given_customers_who_write_when_the_process_is_killed_then_nothing_is_lost_or_done_twice(
        self, frail: Server
    ) -> None:
        tenant, key = talk.new_tenant(frail)
        with frail.client(key) as admin:
            talk.teach(admin)
        stop, rng = threading.Event(), random.Random(SEED)
        customers = [Customer(frail, key, f"c{n}", stop) for n in range(CUSTOMERS)]
        for customer in customers:
            customer.start()

        for _ in range(KILLS):
            time.sleep(rng.uniform(0.2, 2.5))
            frail.kill()
            frail.start()
        time.sleep(1)
        stop.set()
        for customer in customers:
            customer.join(timeout=60)

        accepted = {s: texts for c in customers for s, texts in c.accepted.items()}
        assert [s for c in customers for s in c.strange] == []
        assert len(accepted) >= KILLS
        with postgres.owner(frail.data) as db:
            until(lambda: db.execute(ENDED, (tenant,)).fetchone() == (0,), "an outcome of every message")
            until(lambda: all(n == 1 for _, n in db.execute(TICKETS, (tenant,)).fetchall()), "the tickets")
            handed_over = db.execute(TICKETS, (tenant,)).fetchall()
            # So many like tickets at once are an incident, which gets a ticket of its own.
            customers_own = (
                "SELECT count(*) FROM ticketing.tickets WHERE tenant_id = %s AND kind <> 'incident'"
            )
            tickets = db.execute(customers_own, (tenant,))
            assert tickets.fetchone() == (len(handed_over),)
            assert db.execute(TURNS, (tenant,)).fetchall() == []
            made = db.execute("SELECT id::text FROM conversation.sessions WHERE tenant_id = %s", (tenant,))
            unheard = {str(session) for (session,) in made.fetchall()} - set(accepted)
            assert len(unheard) <= CUSTOMERS  # each may have been stopped before the answer to its last one
        with frail.client(key) as http:
            for session, texts in accepted.items():
                said = http.get(f"/api/v1/sessions/{session}/messages").json()["items"]
                heard = [m["content"] for m in said if m["role"] == "customer"]
                assert heard[: len(texts)] == texts
                assert len(heard) == len(set(heard))


class Load(threading.Thread):
    """Asks continuously, and records every answer."""

    def __init__(self, server: Server, key: str, base: str, stop: threading.Event) -> None:
        super().__init__()
        self.answers: list[tuple[int, str]] = []
        self.broken: list[str] = []
        self._http, self._base, self._stop_asked = server.client(key), base, stop

    def run(self) -> None:
        with self._http as http:
            while not self._stop_asked.is_set():
                calls: tuple[Callable[[], httpx.Response], ...] = (
                    lambda: http.get("/api/v1/sessions", params={"limit": 1}),
                    lambda: http.post("/api/v1/search", json={"query": talk.ANSWERED}),
                    lambda: self._say(http),
                    lambda: http.get(f"/api/v1/knowledge-bases/{self._base}"),
                    lambda: http.get("/api/v1/tickets", params={"limit": 1}),
                )
                for call in calls:
                    try:
                        answer = call()
                    except httpx.HTTPError as exc:
                        self.broken.append(repr(exc))
                        continue
                    kind = answer.headers.get("content-type", "")
                    said = "" if answer.is_success else f"{kind} {answer.text[:200]}"
                    self.answers.append((answer.status_code, said))

    def _say(self, http: httpx.Client) -> httpx.Response:
        made = http.post("/api/v1/sessions", json={"customer_id": "load"})
        if made.is_error:
            return made
        path = f"/api/v1/sessions/{made.json()['session_id']}/messages"
        return http.post(path, json={"content": talk.ANSWERED})


def restart_postgres(data: Path) -> None:
    """Restart PostgreSQL, as an operator or a fail-over does: all connections are closed."""
    folder = data / "postgres"
    pg_ctl = Path((folder / "postmaster.opts").read_text().split()[0]).with_name("pg_ctl")
    command = [str(pg_ctl), "restart", "-m", "fast", "-w", "-D", str(folder), "-l", str(folder / "log")]
    user = folder.stat().st_uid if os.geteuid() == 0 else None
    subprocess.run(command, check=True, capture_output=True, user=user, timeout=60, cwd="/")


class TestDatabaseRestart:
    def test_given_load_when_postgres_restarts_then_requests_get_503_and_everything_recovers(
        self, frail: Server
    ) -> None:
        tenant, key = talk.new_tenant(frail)
        with frail.client(key) as admin:
            base = talk.teach(admin)
        stop = threading.Event()
        loads = [Load(frail, key, base, stop) for _ in range(3)]
        for load in loads:
            load.start()

        for _ in range(2):
            time.sleep(1)
            restart_postgres(frail.data)
        time.sleep(3)
        stop.set()
        for load in loads:
            load.join(timeout=60)

        answers = [a for load in loads for a in load.answers]
        assert [b for load in loads for b in load.broken] == []
        assert [a for a in answers if a[0] >= 400 and not (a[0] == 503 and "problem+json" in a[1])] == []
        self._works_again(frail, key)
        with postgres.owner(frail.data) as db:  # jobs that were under way are started again
            done = "an outcome of every message"
            until(lambda: db.execute(ENDED, (tenant,)).fetchone() == (0,), done, seconds=120)

    def _works_again(self, server: Server, key: str) -> None:
        """Check that pools, workers and the listener have recovered by themselves."""
        with server.client(key) as http, postgres.owner(server.data) as db:
            until(lambda: http.get("/ready").status_code == 200, "readiness")
            reply = talk.ask(http, talk.ANSWERED)  # a job of the worker makes it
            assert reply["reply"]["citations"]
            handed = talk.ask(http, talk.HANDED_OVER)  # and another the ticket
            ticket = f"/api/v1/tickets/{handed['escalation']['ticket_id']}"
            until(lambda: http.get(ticket).status_code == 200, "the ticket")
            listening = "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN caseplane_session'"
            until(lambda: db.execute(listening).fetchone() == (1,), "the listener")
            # A file is indexed on a separate queue.
            talk.teach(http, talk.GUIDE.replace("kettle", "toaster"))


class TestFullDisk:
    """`RLIMIT_FSIZE` makes writes fail as a full disk does, for the server alone."""

    @pytest.fixture
    def small_files_only(self, frail: Server) -> Iterator[Callable[[], None]]:
        assert frail.process is not None
        pid = frail.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        written = (frail.data.parent / f"{frail.data.name}.log").stat().st_size

        def fill() -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (written + 200_000, before[1]))

        yield fill
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    @pytest.mark.parametrize(
        ("extra", "slug"),
        [(300_000, "object-store-unavailable"), (4_000_000, "out-of-space")],
        ids=["while it is stored", "while it is received"],
    )
    def test_given_a_full_disk_when_files_are_uploaded_then_a_problem_and_nothing_half_done(
        self, frail: Server, small_files_only: Callable[[], None], extra: int, slug: str
    ) -> None:
        _, key = talk.new_tenant(frail)
        log = (frail.data.parent / f"{frail.data.name}.log").stat().st_size
        data = b"A line about the kettle and its lid.\n" * ((log + extra) // 37)
        with frail.client(key) as http:
            base = talk.new_base(http)
            ticket = http.post("/api/v1/tickets", json={"subject": "x", "requester_id": "y"}).json()[
                "ticket_id"
            ]
            before = self._objects(frail)
            small_files_only()

            attached = http.post(f"/api/v1/tickets/{ticket}/attachments", files={"file": ("a.txt", data)})
            sent = http.post(f"/api/v1/knowledge-bases/{base}/documents", files={"file": ("a.txt", data)})

            assert talk.problem(attached) == talk.problem(sent) == (503, slug)
            assert http.get(f"/api/v1/tickets/{ticket}/attachments").json() == []
            assert http.get(f"/api/v1/knowledge-bases/{base}/documents").json()["items"] == []
            assert self._objects(frail) == before

    def test_given_room_again_when_the_upload_is_repeated_then_it_is_accepted(self, frail: Server) -> None:
        _, key = talk.new_tenant(frail)
        with frail.client(key) as http:
            base = talk.new_base(http)

            line = talk.upload(http, base, "a.txt", b"A line about the kettle and its lid.\n" * 100)

        assert line["state"] == "indexed"

    def _objects(self, server: Server) -> set[str]:
        return {str(p) for p in (server.data / "objects").rglob("*") if p.is_file()}


class TestStop:
    def test_given_an_open_stream_when_the_server_stops_then_it_ends_in_order(self, frail: Server) -> None:
        _, key = talk.new_tenant(frail)
        with frail.client(key) as http:
            session = talk.new_session(http)
            with http.stream("GET", f"/api/v1/sessions/{session}/stream") as stream:
                lines = stream.iter_lines()
                next(lines)

                assert frail.process is not None
                frail.process.send_signal(signal.SIGTERM)
                code = frail.process.wait(timeout=30)

        assert code == 0
        assert not (frail.data / "postgres" / "postmaster.pid").exists()
        frail.start()

    def test_given_a_database_restarted_by_someone_else_when_the_server_stops_then_it_stops_the_database(
        self, frail: Server
    ) -> None:
        restart_postgres(frail.data)

        assert frail.process is not None
        frail.process.send_signal(signal.SIGTERM)
        code = frail.process.wait(timeout=30)

        assert code == 0
        assert not (frail.data / "postgres" / "postmaster.pid").exists()
        frail.start()
