"""`caseplane-infra estimate --stack`: a real preview of a stack in the working folder, priced."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation
from tests.integration.infra.engine import PASSPHRASE
from tests.integration.infra.simulator.provider import SimulatedProvider
from tests.integration.infra.simulator.serving import served
from tests.integration.infra.stacks import NoCluster, RecordingRandom, account, config_of, settings_of
from typer.testing import CliRunner

from caseplane_infra import program
from caseplane_infra.cli.main import app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[3]
STACK = "aws-dev"
STACK_FILE = Path("infra/stacks") / f"Pulumi.{STACK}.yaml"
CONFIG = config_of(STACK, platform={"install": False}, budgets={"stack": 10})


@pytest.fixture
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pulumi_cli: Path) -> Iterator[None]:
    """A checkout with one stack, on the test's account."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    stacks = tmp_path / "infra" / "stacks"
    stacks.mkdir(parents=True)
    (stacks / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": CONFIG}))
    (tmp_path / "state").mkdir()
    cloud = account(settings_of(CONFIG))
    providers: dict[str, Any] = {
        "aws": SimulatedProvider(cloud),
        "random": RecordingRandom(),
        "kubernetes": NoCluster(),
    }
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(pulumi_cli.parent), prepend=":")
    for name, value in {
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_HOME": f"{tmp_path}/home",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }.items():
        monkeypatch.setenv(name, value)
    with served(providers) as ports:
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", ports)
        automation.create_stack(
            STACK,
            project_name="caseplane",
            program=program.run,
            opts=automation.LocalWorkspaceOptions(work_dir="."),
        )
        yield
    assert cloud.of() == [], "a preview made something"


def run(*words: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, words)
    assert found.exit_code == code, found.output
    return found.stdout


@pytest.mark.usefixtures("_project")
class TestStack:
    def test_given_a_stack_when_estimated_by_its_name_then_previewed_and_priced_completely(self) -> None:
        estimate = json.loads(run("estimate", "--stack", STACK, "--strict", "--json"))

        assert {"database", "cluster", "objects", "queue", "llm", "network"} <= {
            each["component"] for each in estimate["lines"]
        }
        assert (estimate["stack"], estimate["region"], estimate["unpriced"]) == (STACK, "us-west-2", [])
        assert 300 < float(estimate["total"]["expected"]) < 600

    def test_given_budgets_in_the_stack_file_when_judged_by_its_name_then_broken(self) -> None:
        (verdict,) = json.loads(run("budget", "--stack", STACK, "--json", code=1))["verdicts"]

        assert verdict["level"] == "stop"

    def test_given_no_such_stack_when_asked_then_refused_with_a_message(self) -> None:
        found = CliRunner().invoke(app, ["estimate", "--stack", "aws-nowhere"])

        assert found.exit_code == 2
        assert found.stderr == "error: no stack named 'aws-nowhere' found\n"

    @pytest.mark.parametrize("command", [("estimate", "--stack"), ("verify", "--no-refresh", "--stack")])
    def test_given_unknown_setting_when_asked_then_the_fault_is_reported_without_a_traceback(
        self, command: tuple[str, ...]
    ) -> None:
        config = yaml.safe_load(STACK_FILE.read_text())
        config["config"]["caseplane:network"] = {"natt": "single"}
        STACK_FILE.write_text(yaml.safe_dump(config))

        found = CliRunner().invoke(app, [*command, STACK])

        assert found.exit_code == 2
        assert "caseplane:network.natt: no such key; did you mean `nat`?" in found.stderr
        assert "Traceback" not in found.stderr

    def test_given_no_pulumi_when_asked_then_the_error_names_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        found = CliRunner().invoke(app, ["estimate", "--stack", STACK])

        assert found.exit_code == 2
        assert (
            found.stderr
            == "There is no `pulumi` on the PATH. Install the Pulumi command line, 3.230 or newer.\n"
        )
