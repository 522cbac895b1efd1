"""A service that is stopped by a rolling update: requests and streams still finish."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url
from tests.integration.cli.conftest import Cli
from tests.integration.cli.test_serving import PLATFORM_KEY, free_port, running, until_ready

from caseplane.core.ids import new_id

pytestmark = pytest.mark.slow
DRAIN = 3.0


@pytest.fixture
def parts(postgres_url: str, tmp_path: Path) -> Cli:
    """Settings of services that drain for three seconds after SIGTERM."""
    name = f"parts_{new_id().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    owner = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    login = make_url(owner).set(username="caseplane_app").render_as_string(hide_password=False)
    cli = Cli(
        {
            "CASEPLANE_DATABASE_URL": login,
            "CASEPLANE_OBJECTS_URL": (tmp_path / "objects").as_uri(),
            "CASEPLANE_SERVICE_SECRET": "a secret that only the parts share",
            "CASEPLANE_PLATFORM_ADMIN_KEY": PLATFORM_KEY,
            "CASEPLANE_PLATFORM_URL": f"http://127.0.0.1:{free_port()}",
            "CASEPLANE_ORCHESTRATOR_URL": f"http://127.0.0.1:{free_port()}",
            "CASEPLANE_DRAIN": f"PT{DRAIN}S",
        }
    )
    cli.ok("migrate", "--url", owner)
    return cli


def session_of(gateway: str) -> tuple[dict[str, str], str]:
    """A customer's headers, and one of their sessions."""
    admin = {"Authorization": f"Bearer {PLATFORM_KEY}"}
    with httpx.Client(base_url=f"{gateway}/api/v1", timeout=30) as http:
        tenant = http.post("/tenants", headers=admin, json={"slug": "acme", "display_name": "Acme"}).json()
        keys = f"/tenants/{tenant['tenant_id']}/admin-keys"
        key = http.post(keys, headers=admin, json={"name": "test"}).json()["key"]
        owner = {"Authorization": f"Bearer {key}"}
        opened = http.post("/sessions", headers=owner, json={"customer_id": "ada"}).raise_for_status()
        return owner, opened.json()["session_id"]


class Watching(threading.Thread):
    """Reads a session's event stream to its end."""

    def __init__(self, gateway: str, headers: dict[str, str], session: str) -> None:
        super().__init__(daemon=True)
        self._url, self._headers = f"{gateway}/api/v1/sessions/{session}/stream", headers
        self.open = threading.Event()
        self.ended_well = False

    def run(self) -> None:
        with httpx.stream("GET", self._url, headers=self._headers, timeout=60) as answer:
            for _ in self._lines(answer):
                self.open.set()
            self.ended_well = True

    def _lines(self, answer: httpx.Response) -> Iterator[str]:
        return answer.iter_lines()


class TestDraining:
    @pytest.mark.parametrize("stopped", ["gateway", "orchestrator"])
    def test_given_streams_and_kept_connections_when_stopped_then_all_end_in_order(
        self, parts: Cli, tmp_path: Path, stopped: str
    ) -> None:
        ports = {
            "gateway": free_port(),
            **{
                part: int(parts.environment[f"CASEPLANE_{part.upper()}_URL"].rpartition(":")[2])
                for part in ("platform", "orchestrator")
            },
        }
        urls = {part: f"http://127.0.0.1:{port}" for part, port in ports.items()}
        with ExitStack() as stack:
            processes = {}
            for part, port in ports.items():
                log = tmp_path / f"{part}.log"
                processes[part] = stack.enter_context(running(parts, log, "serve", part, "--port", str(port)))
                until_ready(urls[part], processes[part], log)
            headers, session = session_of(urls["gateway"])
            watching = Watching(urls["gateway"], headers, session)
            watching.start()
            assert watching.open.wait(10)
            kept = stack.enter_context(httpx.Client(base_url=urls[stopped]))
            before = kept.get("/health")

            processes[stopped].send_signal(signal.SIGTERM)
            stopped_at = time.monotonic()
            watching.join(DRAIN)
            ready = kept.get("/ready")
            answers = []
            while time.monotonic() < stopped_at + DRAIN - 0.5:
                answers.append(kept.get("/health"))
                time.sleep(0.05)
            processes[stopped].wait(20)

        assert watching.ended_well
        assert "connection" not in before.headers
        assert (ready.status_code, ready.json()["status"]) == (503, "stopping")
        assert len(answers) > 10
        assert {(answer.status_code, answer.headers["connection"]) for answer in answers} == {(200, "close")}
        assert processes[stopped].returncode == 0
        assert time.monotonic() - stopped_at >= DRAIN


class TestAwaitedSchema:
    def test_given_a_database_without_schemas_when_awaited_then_only_a_migration_ends_the_wait(
        self, postgres_url: str
    ) -> None:
        name = f"awaited_{new_id().hex}"
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        owner = make_url(postgres_url).set(database=name)
        login = owner.set(username="caseplane_app").render_as_string(hide_password=False)
        cli = Cli({"CASEPLANE_DATABASE_URL": login})

        refused = cli.run("migrate", "--await", "1")
        cli.ok("migrate", "--url", owner.render_as_string(hide_password=False))
        found = cli.ok("migrate", "--await", "1")

        assert refused.code == 1
        assert "After 1 s the database has no schemas" in refused.err
        assert "has the schemas" in found

    def test_given_a_database_that_a_newer_version_migrated_when_awaited_or_migrated_then_left_as_it_is(
        self, postgres_url: str
    ) -> None:
        name = f"newer_{new_id().hex}"
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        owner = make_url(postgres_url).set(database=name)
        url = owner.render_as_string(hide_password=False)
        cli = Cli({"CASEPLANE_DATABASE_URL": owner.set(username="caseplane_app").render_as_string(False)})
        cli.ok("migrate", "--url", url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")

        migrated = cli.ok("migrate", "--url", url)
        found = cli.ok("migrate", "--await", "1")

        assert "revision 9999 already" in migrated
        assert "has the schemas" in found
