"""A running platform: the command that users start, in its own process, with a fresh data folder."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from caseplane.core.ids import new_id
from caseplane.local.data import DataFolder

READY_SECONDS = 120
UNLIMITED = {
    f"CASEPLANE_GATEWAY_{name}": "10000000"
    for name in ("KEY_REQUESTS_PER_MINUTE", "KEY_BURST", "TENANT_REQUESTS_PER_MINUTE", "TENANT_BURST")
}
"""Tests send as fast as the machine lets them; the limits have tests of their own, which lower them again."""


@dataclass
class Server:
    """`caseplane serve` over a folder; it can be killed and started again."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    """Kept over restarts; 0 uses a new one every time."""

    def start(self) -> "Server":
        """Start, and return once it answers."""
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "caseplane.cli.main", "serve", "--port", str(self.port)],
            env=os.environ | UNLIMITED | {"CASEPLANE_DATA_DIR": str(self.data)} | self.environment,
            stdout=log,
            stderr=log,
        )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"The server ended: {self.log()[-3000:]}")
            endpoint = DataFolder(self.data).endpoint() if self.data.exists() else None
            mine = endpoint is not None and endpoint.pid == self.process.pid
            if mine and self.folder.key_of("local"):
                return self
            time.sleep(0.1)
        raise RuntimeError(f"The server did not start: {self.log()[-3000:]}")

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")

    @property
    def url(self) -> str:
        endpoint = DataFolder(self.data).endpoint()
        assert endpoint is not None
        return endpoint.url

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.data)

    def kill(self) -> None:
        """Kill it, as the kernel does when memory runs out: without clean-up."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop it as a container orchestrator does; returns the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)

    def client(self, key: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=90)

    def new_tenant(self) -> str:
        """Create a tenant for a test; returns its admin key."""
        with self.client(self.folder.secrets().platform_admin_key) as admin:
            slug = f"t-{new_id()}"
            made = admin.post("/api/v1/tenants", json={"slug": slug, "display_name": slug})
            made.raise_for_status()
            keys = f"/api/v1/tenants/{made.json()['tenant_id']}/admin-keys"
            return str(admin.post(keys, json={"name": "test"}).raise_for_status().json()["key"])


@pytest.fixture(scope="session")
def make_server() -> Iterator[Callable[..., Server]]:
    """Starts servers over fresh folders; all are stopped at the end."""
    started: list[Server] = []

    def make(**environment: str) -> Server:
        # Not below pytest's own folder: every session that starts closes that to other users, and under root
        # PostgreSQL runs as another user.
        server = Server(Path(tempfile.mkdtemp(prefix="caseplane-")) / "data", environment)
        started.append(server)
        return server.start()

    yield make
    for server in started:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(server.data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def server(make_server: Callable[..., Server]) -> Server:
    """One server that tests share, each with its own tenant."""
    return make_server()
