"""The whole platform in one process, stopped in every way: in order, and no PostgreSQL stays behind."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.integration.cli.conftest import COMMAND

pytestmark = pytest.mark.slow


def started(data: Path, log: Path, *, until: str) -> subprocess.Popen[bytes]:
    """`caseplane serve` on a fresh folder, as soon as a file of it exists."""
    variables = {**os.environ, "CASEPLANE_DATA_DIR": str(data)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0"],
            env=variables,
            stdout=out,
            stderr=subprocess.STDOUT,
            # Below `nohup` the tests ignore it, and so would the server.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
    for _ in range(1200):
        if (data / until).exists():
            return process
        assert process.poll() is None, log.read_text()[-3000:]
        time.sleep(0.1)
    process.kill()
    raise AssertionError(log.read_text()[-3000:])


def databases(data: Path) -> list[str]:
    """The processes of a folder's PostgreSQL."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = each.read_bytes()
        except OSError:
            continue
        if b"postgres" in command and str(data).encode() in command and b"caseplane" not in command:
            found.append(command.decode())
    return found


class TestStop:
    @pytest.mark.parametrize(
        ("sent", "until", "code"),
        [
            (signal.SIGTERM, "endpoint.json", 0),
            (signal.SIGHUP, "endpoint.json", 0),
            (signal.SIGINT, "endpoint.json", 130),
            (signal.SIGTERM, "postgres/postmaster.pid", 0),
        ],
    )
    @pytest.mark.timeout(400)
    def test_given_a_server_when_it_is_told_to_stop_then_it_ends_in_order_and_no_postgres_is_left(
        self, tmp_path: Path, sent: signal.Signals, until: str, code: int
    ) -> None:
        data, log = tmp_path / "data", tmp_path / "log"
        process = started(data, log, until=until)

        process.send_signal(sent)
        ended = process.wait(timeout=120)

        assert ended == code, log.read_text()[-3000:]
        assert databases(data) == []
        assert not (data / "postgres" / "postmaster.pid").exists()
