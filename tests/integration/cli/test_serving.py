"""The services as separate processes, which call one another over the network."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url
from tests.integration.cli.conftest import COMMAND, Cli

from caseplane.core.ids import new_id

pytestmark = pytest.mark.slow
PLATFORM_KEY = "cpp_" + "k" * 43


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(cli: Cli, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs until SIGTERM, and must then exit cleanly."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=cli.all_variables(), stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
    assert code == 0, log.read_text()[-3000:]


def until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            if httpx.get(f"{url}/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} was not ready in time: {log.read_text()[-3000:]}")


class TestServe:
    def test_given_a_new_database_when_migrated_and_served_by_parts_then_documents_are_found(
        self, postgres_url: str, tmp_path: Path, guide: Path
    ) -> None:
        name = f"parts_{new_id().hex}"
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        owner = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
        login = make_url(owner).set(username="caseplane_app").render_as_string(hide_password=False)
        ports = {part: free_port() for part in ("gateway", "platform", "retrieval")}
        cli = Cli(
            {
                "CASEPLANE_DATABASE_URL": login,
                "CASEPLANE_OBJECTS_URL": (tmp_path / "objects").as_uri(),
                "CASEPLANE_SERVICE_SECRET": "a secret that only the parts share",
                "CASEPLANE_PLATFORM_ADMIN_KEY": PLATFORM_KEY,
                "CASEPLANE_PLATFORM_URL": f"http://127.0.0.1:{ports['platform']}",
                "CASEPLANE_RETRIEVAL_URL": f"http://127.0.0.1:{ports['retrieval']}",
            }
        )

        first = cli.json("migrate", "--url", owner)
        again = cli.ok("migrate", "--url", owner)
        with ExitStack() as stack:
            for part, port in ports.items():
                log = tmp_path / f"{part}.log"
                process = stack.enter_context(running(cli, log, "serve", part, "--port", str(port)))
                until_ready(f"http://127.0.0.1:{port}", process, log)
            stack.enter_context(running(cli, tmp_path / "worker.log", "worker"))
            operator = cli.with_environment(CASEPLANE_GATEWAY_URL=f"http://127.0.0.1:{ports['gateway']}")
            key = operator.json("tenant", "create", "parts")["admin_key"]
            tenant = operator.with_environment(CASEPLANE_API_KEY=key)
            ingested = tenant.json("kb", "ingest", str(guide), "--kb", "parts")
            found = tenant.json("kb", "search", "restart the pump")
            unreachable = tenant.fails(6, "ticket", "list")

        assert first["before"] is None
        assert first["after"] is not None
        assert "already" in again
        assert ingested["counts"]["indexed"] == 2
        assert "green button" in found["results"][0]["text"]
        assert "escalation" in unreachable

    def test_given_settings_that_are_missing_when_served_then_they_are_named(self) -> None:
        assert "CASEPLANE_DATABASE_URL" in Cli().fails(2, "serve", "gateway")
        assert "no service 'nothing'" in Cli().fails(2, "serve", "nothing")
        assert "CASEPLANE_DATABASE_URL" in Cli().fails(2, "worker")
        assert "--url" in Cli().fails(2, "migrate")

    def test_given_an_address_of_no_queue_when_a_worker_is_started_then_its_forms_are_named(
        self, database_url: str, tmp_path: Path
    ) -> None:
        cli = Cli(
            {
                "CASEPLANE_DATABASE_URL": database_url,
                "CASEPLANE_OBJECTS_URL": f"file://{tmp_path}",
                "CASEPLANE_SERVICE_SECRET": "s" * 40,
                "CASEPLANE_OBJECTS_CHANGES_URL": "arn:aws:sqs:eu-central-1:123456789012:jobs",
            }
        )

        assert "projects/PROJECT/subscriptions/NAME" in cli.fails(2, "worker")
