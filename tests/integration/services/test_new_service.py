"""A service made by the recipe of 02-design/recipes.md: nothing else has to change."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster.clients import run
from tests.integration.services import recipe
from tests.integration.services.recipe import ROOT, Checkout
from tests.toolchain.build import binary

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("recipe")]
USE = Path(__file__).with_name("use_reminders.py")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = recipe.copy(tmp_path_factory.mktemp("recipe"))
    recipe.follow_new_service(made)
    return made


class TestNewService:
    def test_given_the_recipe_when_followed_then_one_file_outside_of_its_folder_is_touched(
        self, checkout: Checkout
    ) -> None:
        touched = checkout.differs_from(ROOT)

        outside = {name for name in touched if not name.startswith("services/caseplane/reminders/")}
        assert outside <= {"services/caseplane/services.py", "charts/caseplane/files/services.json"}
        assert "services/caseplane/services.py" in outside

    def test_given_the_recipe_when_run_embedded_then_route_job_table_and_call_work_for_one_tenant_alone(
        self, checkout: Checkout, tmp_path: Path
    ) -> None:
        done = checkout.run(str(USE), str(tmp_path / "data"))

        assert done.returncode == 0, done.stderr[-4000:]
        assert json.loads(done.stdout.splitlines()[-1]) == {
            "created": 201,
            "state": "due",
            "foreign": 404,
            "described": True,
            "audit": 1,
            "exported": True,
        }

    @pytest.mark.programs("helm")
    def test_given_the_recipe_when_the_chart_is_rendered_then_it_has_pods_flows_and_workers(
        self, checkout: Checkout
    ) -> None:
        written = checkout.run("-m", "tools.pages", "charts/caseplane/files/services.json")
        assert written.returncode == 0, written.stderr

        rendered = run([binary("helm"), "template", "x", checkout.root / "charts" / "caseplane"])

        found = {
            (each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(rendered) if each
        }
        assert ("Deployment", "x-caseplane-reminders") in found
        assert ("Service", "x-caseplane-reminders") in found
        assert ("ServiceAccount", "x-caseplane-reminders") in found
        assert _peers(found["NetworkPolicy", "x-caseplane-reminders"], "egress") >= {"retrieval"}
        assert _peers(found["NetworkPolicy", "x-caseplane-reminders"], "ingress") >= {"gateway"}
        pod = found["Deployment", "x-caseplane-worker-interactive"]["spec"]["template"]["spec"]
        assert "reminders" in pod["containers"][0]["args"]

    def test_given_the_recipe_when_its_imports_are_checked_then_its_layers_are_kept(
        self, checkout: Checkout
    ) -> None:
        checked = checkout.run("-m", "tools.contracts")

        assert checked.returncode == 0, checked.stdout[-4000:]
        assert "reminders: nouns import lower nouns KEPT" in checked.stdout


def _peers(policy: dict[str, Any], way: str) -> set[str]:
    ends = {"egress": "to", "ingress": "from"}[way]
    return {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for flow in policy["spec"][way]
        for peer in flow.get(ends, ())
        if "podSelector" in peer
    }


class TestTypedJobs:
    def test_given_the_arguments_of_another_job_when_deferred_then_mypy_refuses_them(
        self, checkout: Checkout
    ) -> None:
        wrong = checkout.package / "reminders" / "notes" / "wrong.py"
        wrong.write_text(
            "from caseplane.orchestrator.conversations.jobs import TURN\n"
            "from caseplane.reminders.context import Work\n"
            "from caseplane.reminders.notes.jobs import REMIND, RemindArgs\n"
            "async def right(work: Work, args: RemindArgs) -> None:\n"
            "    await work.defer(REMIND, args)\n"
            "async def wrong(work: Work, args: RemindArgs) -> None:\n"
            "    await work.defer(TURN, args)\n"
        )

        checked = checkout.run(
            "-m", "mypy", "--no-incremental", "services/caseplane/reminders/notes/wrong.py"
        )

        wrong.unlink()
        refused = [line for line in checked.stdout.splitlines() if "error:" in line]
        assert len(refused) == 1, checked.stdout
        assert "wrong.py:7" in refused[0]
        assert "defer" in refused[0]
