"""`caseplane-infra verify` on stacks that are up: all rows pass, and each kind of drift fails its row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.infra.conftest import MakeEngine
from tests.integration.infra.engine import Engine
from tests.integration.infra.simulator.cloud import Cloud
from tests.integration.infra.simulator.serving import served
from tests.integration.infra.stacks import deployed
from typer.testing import CliRunner

from caseplane_infra.cli.main import app
from caseplane_infra.policies.kinds import Aws, Azure, Gcp

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


def versions_off(cloud: Cloud) -> None:
    record = next(each for each in cloud.of(Aws.BUCKET_VERSIONING) if each.name == "objects-docs-versioning")
    cloud.edit(record, versioningConfiguration={"status": "Suspended"})


def public_objects(cloud: Cloud) -> None:
    cloud.edit(cloud.one(Azure.STORAGE), allowBlobPublicAccess=True)


def public_bucket(cloud: Cloud) -> None:
    record = next(each for each in cloud.of(Gcp.BUCKET) if each.name == "objects-docs")
    cloud.edit(record, publicAccessPrevention="inherited")


DRIFT: dict[str, tuple[Callable[[Cloud], None], str]] = {
    "aws-dev": (versions_off, "stores that keep versions"),
    "azure-dev": (public_objects, "stores that cannot be made public"),
    "gcp-dev": (public_bucket, "stores that cannot be made public"),
}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, pulumi_cli: Path) -> Callable[[Engine], tuple[int, list[Any]]]:
    """Runs the command as a user in the stack's project would."""

    def run(engine: Engine) -> tuple[int, list[Any]]:
        with served(engine.providers) as ports:
            for key, value in {**engine._variables, "PULUMI_DEBUG_PROVIDERS": ports}.items():
                monkeypatch.setenv(key, value)
            monkeypatch.setenv("PULUMI_HOME", str(engine.folder / "home"))
            monkeypatch.setenv("PATH", str(pulumi_cli.parent / "bin"), prepend=":")
            project = str(engine.folder / "work")
            result = CliRunner().invoke(
                app, ["verify", "--stack", engine.name, "--project", project, "--json"]
            )
        return result.exit_code, json.loads(result.stdout)

    return run


class TestVerify:
    @pytest.mark.parametrize("name", sorted(DRIFT))
    def test_given_stack_when_it_drifts_then_its_row_fails_where_all_passed(
        self, make_engine: MakeEngine, ask: Callable[[Engine], tuple[int, list[Any]]], name: str
    ) -> None:
        stack = deployed(make_engine, name)
        stack.engine.up()

        code, rows = ask(stack.engine)
        assert [row for row in rows if not row["passed"]] == []
        assert code == 0

        drift, what = DRIFT[name]
        drift(stack.cloud)
        code, rows = ask(stack.engine)
        assert [row["what"] for row in rows if not row["passed"]] == [what]
        assert code == 1
