"""A real API server, a real platform, and the operator between them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.control_plane import ControlPlane
from tests.cluster.operating import Operating, operate
from tests.cluster.processes import free_port
from tests.e2e.conftest import Server

# Desks of tests are on this machine, and all tests and tenants share the platform's own key.
SETTINGS = {
    "CASEPLANE_ESCALATION_ALLOW_PRIVATE": "true",
    "CASEPLANE_ESCALATION_ALLOW_HTTP": "true",
    "CASEPLANE_GATEWAY_KEY_REQUESTS_PER_MINUTE": "100000",
    "CASEPLANE_GATEWAY_KEY_BURST": "10000",
}


@pytest.fixture(scope="session")
def platform() -> Iterator[Server]:
    """A platform with an address that stays the same when it is killed and started again."""
    # Not below pytest's own folder, which under root is closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="caseplane-"))
    server = Server(folder / "data", dict(SETTINGS), port=free_port())
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def world(control_plane: ControlPlane, platform: Server) -> Iterator[Operating]:
    """Shared by all tests, which keep apart by the names of their tenants."""
    running = operate(control_plane, platform)
    yield running
    running.stop()
