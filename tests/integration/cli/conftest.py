"""The command line as users run it: in separate processes, against one running server."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Server, make_server

__all__ = ["make_server"]

COMMAND = [sys.executable, "-m", "caseplane.cli.main"]


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Cli:
    """Runs commands with an environment that has nothing of the developer's."""

    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, given: str = "", timeout: float = 90) -> Ran:
        ended = subprocess.run(
            [*COMMAND, *arguments],
            env=self.all_variables(),
            input=given,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def ok(self, *arguments: str, given: str = "") -> str:
        """The output of a command that must succeed and write nothing to stderr: it runs in a pipe."""
        ran = self.run(*arguments, given=given)
        assert ran.code == 0, ran
        assert "\x1b" not in ran.out + ran.err
        return ran.out

    def json(self, *arguments: str) -> Any:
        """The JSON of a command that must succeed."""
        return json.loads(self.ok(*arguments, "--json"))

    def fails(self, code: int, *arguments: str) -> str:
        """The one line of a command that must end with an exit code."""
        ran = self.run(*arguments)
        assert ran.code == code, ran
        (line,) = ran.err.splitlines()
        assert line.startswith("caseplane: "), line
        return line

    def all_variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEPLANE_")}
        return kept | self.environment

    def with_environment(self, **more: str) -> "Cli":
        return replace(self, environment=self.environment | more)


@pytest.fixture(scope="session")
def cli_server(make_server: Any) -> Server:
    """One server for all commands, with a second embedding model; desks on this machine are allowed."""
    server: Server = make_server(
        CASEPLANE_ESCALATION_ALLOW_PRIVATE="true",
        CASEPLANE_ESCALATION_ALLOW_HTTP="true",
        CASEPLANE_EMBEDDING_PROFILES='{"exact": {"quantisation": "fp32"}}',
    )
    return server


@pytest.fixture(scope="module")
def cli(cli_server: Server) -> Cli:
    """As the administrator of a new tenant, over the network."""
    return Cli({"CASEPLANE_GATEWAY_URL": cli_server.url, "CASEPLANE_API_KEY": cli_server.new_tenant()})


@pytest.fixture
def operator(cli_server: Server) -> Cli:
    """As the administrator of the platform."""
    key = cli_server.folder.secrets().platform_admin_key
    return Cli({"CASEPLANE_GATEWAY_URL": cli_server.url, "CASEPLANE_PLATFORM_ADMIN_KEY": key})


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of documents."""
    folder = tmp_path_factory.mktemp("docs") / "guide"
    folder.mkdir()
    (folder / "restart.md").write_text(
        "# Restart the pump\n\nTo restart the pump, hold the green button for five seconds.\n"
        "The lamp blinks twice when the pump runs again.\n"
    )
    (folder / "clean.md").write_text("# Clean the filter\n\nRinse the filter with cold water every month.\n")
    return folder


@pytest.fixture(scope="session")
def refusing_desk() -> Iterator[str]:
    """The address of a desk that refuses everything, so that deliveries fail."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(422)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_PUT = do_POST  # noqa: N815 - the base class requires these names

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as desk:
        threading.Thread(target=desk.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{desk.server_port}/desk"
        desk.shutdown()
