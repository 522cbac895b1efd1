"""The documentation's examples are run as a reader would run them, against their own server.

Blocks marked `sh test` of a page are one shell script, blocks marked `python test` one Python program. Every
route that a page names must be one that the server offers.
"""

import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.docs.examples import ROOT, examples, mentions

from caseplane.gateway.doors import DOORS
from caseplane.local.data import DataFolder

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("docs"), pytest.mark.timeout(900)]

ROUTE = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) (?:/api/v1)?(/[a-z][^\s?]*)")
# A page shows the success case; a refused request must stop its script, which curl alone would not do.
PRELUDE = """
curl() { command curl --fail-with-body "$@"; }
"""


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """A running server with its own folder, and the environment that a shell needs to call it."""
    # Not below pytest's folder: under root, PostgreSQL runs as a user who may not enter that.
    folder = Path(tempfile.mkdtemp(prefix="cp-docs-"))
    folder.chmod(0o755)
    bare = {k: v for k, v in os.environ.items() if not k.startswith("CASEPLANE_")}
    env = {**bare, "CASEPLANE_DATA_DIR": str(folder / "data"), "PATH": f"{tools(folder)}:{bare['PATH']}"}
    metrics_port = str(free_port())
    served = {**env, "CASEPLANE_METRICS_PORT": metrics_port}
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            ["caseplane", "serve", "--port", "0"], env=served, stdout=log, stderr=log, cwd=folder
        )
    try:
        url = wait_for_endpoint(DataFolder(folder / "data"), server, folder / "server.log")
        # Enough to answer the pages' questions; the demo's own test indexes all of them.
        pages = folder / "pages"
        pages.mkdir()
        for name in ("concepts.md", "handoff-packet.md"):
            shutil.copy(ROOT / "docs" / name, pages)
        run(["caseplane", "kb", "ingest", str(pages), "--kb", "Documentation"], env, folder)
        made = run(["caseplane", "keys", "create", "docs", "--role", "admin", "--json"], env, folder)
        key = json.loads(made)["key"]
        yield {
            **env,
            "CASEPLANE_GATEWAY_URL": url,
            "CASEPLANE_API_KEY": key,
            "METRICS_URL": f"http://127.0.0.1:{metrics_port}/metrics",
        }
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def tools(folder: Path) -> Path:
    """A folder with this environment's `caseplane` and `python`, which take precedence in the shell."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    script = bin_folder / "caseplane"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m caseplane.cli.main "$@"\n')
    script.chmod(0o755)
    return bin_folder


def wait_for_endpoint(folder: DataFolder, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"The server ended with {server.returncode}:\n{log.read_text()[-3000:]}")
        endpoint = folder.endpoint()
        if endpoint is not None:
            return endpoint.url
        time.sleep(0.1)
    raise TimeoutError("The server did not come up within two minutes.")


def run(command: list[str], env: dict[str, str], folder: Path, *, text: str | None = None) -> str:
    """Run to the end; a failure shows all output."""
    done = subprocess.run(
        command, env=env, cwd=folder, input=text, text=True, capture_output=True, timeout=240
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def scripts(language: str) -> list[Any]:
    """One script for each page that has tested blocks of a language."""
    tested = [e for e in examples() if e.tested and e.language == language]
    return [
        pytest.param("\n".join(e.code for e in blocks), id=page)
        for page, blocks in itertools.groupby(tested, key=lambda e: e.page)
    ]


def routes() -> Iterator[tuple[str, str, str]]:
    """Page, method and path of every route in the documentation's prose."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "02-design" / "api.md"]:
        for mention in mentions(page):
            found = ROUTE.match(mention)
            if found and not found[2].startswith(("/health", "/ready", "/openapi.json")):
                yield page.name, found[1], found[2]


def shape(path: str) -> str:
    """A path with uniform parameter names."""
    return re.sub(r"\{[^}]*\}|\$\w+", "{}", path.removeprefix("/api/v1")).rstrip("/")


class TestShellExamples:
    @pytest.mark.parametrize("script", scripts("sh"))
    def test_given_running_server_when_a_page_is_followed_then_every_step_succeeds(
        self, script: str, environment: dict[str, str], tmp_path: Path
    ) -> None:
        api, key = environment["CASEPLANE_GATEWAY_URL"], environment["CASEPLANE_API_KEY"]
        opened = httpx.post(
            f"{api}/api/v1/sessions",
            json={"customer_id": "reader"},
            headers={"Authorization": f"Bearer {key}"},
        )
        session = opened.raise_for_status().json()["session_id"]

        said = run(
            ["bash", "-euo", "pipefail"],
            {**environment, "SESSION": session},
            tmp_path,
            text=PRELUDE + script,
        )

        assert said.strip()


class TestPythonExamples:
    @pytest.mark.parametrize("script", scripts("python"))
    def test_given_page_when_its_python_is_run_then_it_succeeds(
        self, script: str, environment: dict[str, str], tmp_path: Path
    ) -> None:
        run([sys.executable, "-"], environment, tmp_path, text=script)


class TestRoutes:
    def test_given_documentation_when_it_names_a_route_then_the_server_offers_it(
        self, environment: dict[str, str]
    ) -> None:
        document = httpx.get(f"{environment['CASEPLANE_GATEWAY_URL']}/api/v1/openapi.json").json()
        offered = {
            (method.upper(), shape(path)) for path, methods in document["paths"].items() for method in methods
        }

        led_to = {(door.method, shape(f"/api/v1/{door.to}")) for door in DOORS}
        doors = {(door.method, shape(door.path)) for door in DOORS}

        assert led_to <= offered
        assert [route for route in routes() if (route[1], shape(route[2])) not in offered | doors] == []


class TestMetrics:
    @pytest.mark.parametrize("page", ["docs/monitoring.md", "02-design/observability.md"])
    def test_given_page_when_it_names_a_metric_then_the_server_has_it(
        self, page: str, environment: dict[str, str]
    ) -> None:
        named = set(re.findall(r"`(caseplane_\w+)`", (ROOT / page).read_text(encoding="utf-8")))
        served = httpx.get(environment["METRICS_URL"]).text

        assert named
        assert {name for name in named if f"# HELP {name} " not in served} == set()
