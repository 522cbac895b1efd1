"""Fixtures shared by all tests: a real PostgreSQL per test worker, and tenants in it.

Tests are isolated by tenant, as customers are: each creates its own and sees only that, so nothing is cleaned
up between tests and they may run in any order.
"""

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import UUID

import hypothesis
import psycopg
import pytest
from sqlalchemy.engine import make_url

from caseplane.core.database import Database
from caseplane.core.ids import new_id
from caseplane.migrations import migrate

pytest_plugins = ("tests.cluster.fixtures", "tests.mail.fixtures")


# How long an example takes depends on the machine's load, not on the code.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("here")


HEAVY = (
    "e2e/cluster/",
    "integration/cluster/test_cluster.py",
    "integration/infra/test_azure.py",
    "integration/infra/test_fault_sweep.py",
    "integration/infra/test_faults.py",
    "integration/infra/test_mutations.py",
    "integration/infra/test_policies.py",
    "integration/infra/test_release.py",
    "integration/infra/test_verify.py",
    "unit/costs/test_meters_coverage.py",
)
"""Tests of minutes each on two cores: real pods, faults at every step, whole clouds. `make test-cluster` and `make test-infra`
run them."""
HEAVY_STACKS = ("azure-", "-stage", "-prod")
"""The two quickest stack lifecycles, which stay in every run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.as_posix()
        whole_life = "test_lifecycle.py" in path and any(each in item.name for each in HEAVY_STACKS)
        if whole_life or any(each in path for each in HEAVY):
            item.add_marker("heavy")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each test that recorded figures: counts and times."""
    recorded = [each for each in terminalreporter.getreports("passed") if each.user_properties]
    if recorded:
        terminalreporter.section("figures")
    for report in recorded:
        figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.line(f"{report.nodeid.rpartition('::')[2]}: {figures}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Owner's URL of a migrated database; `CASEPLANE_TEST_DATABASE_URL` names another server to use."""
    given = os.environ.get("CASEPLANE_TEST_DATABASE_URL")
    if given:
        migrate(given)
        yield given
        return
    from caseplane.local.postgres import EmbeddedPostgres

    # Not below pytest's own folder: every session that starts closes that to other users, and under root
    # PostgreSQL runs as another user.
    with (
        tempfile.TemporaryDirectory(prefix="caseplane-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder) / "data", keep_running=False) as server,
    ):
        migrate(server.admin_url)
        yield server.admin_url


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> str:
    """URL of the login role that the services use; it owns nothing."""
    return make_url(postgres_url).set(username="caseplane_app").render_as_string(hide_password=False)


@pytest.fixture
def make_tenant(postgres_url: str) -> Callable[..., UUID]:
    """Creates a tenant and returns its id."""

    def make(slug: str | None = None) -> UUID:
        tenant_id = new_id()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO platform.tenants (id, slug, display_name) VALUES (%s, %s, %s)",
                (tenant_id, slug or f"t-{tenant_id}", "A tenant of a test"),
            )
        return tenant_id

    return make


@pytest.fixture
def tenant_id(make_tenant: Callable[..., UUID]) -> UUID:
    """A fresh tenant."""
    return make_tenant()


@pytest.fixture
async def make_database(database_url: str) -> AsyncIterator[Callable[[str], Database]]:
    """Opens a pool that acts as a schema's role; closed after the test."""
    opened: list[Database] = []

    def make(schema: str) -> Database:
        opened.append(Database(database_url, schema=schema, pool_size=5))
        return opened[-1]

    yield make
    for database in opened:
        await database.close()
