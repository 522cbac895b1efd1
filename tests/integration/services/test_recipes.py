"""The shorter recipes of 02-design/recipes.md: followed in a copy, or compared with the example that they show."""

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.integration.services import recipe
from tests.integration.services.recipe import PAGE, ROOT, Checkout, replaced, steps

pytestmark = [pytest.mark.xdist_group("recipe")]
FOLLOWED = ("reason-code", "connector", "format")
SHOWN = ("cloud-setting", "tenant-field")
PATH = re.compile(r"`((?:services|infra|operators|charts|tests|docs|02-design)/[\w./-]+|[A-Z]+\.md)`")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    made = recipe.copy(tmp_path_factory.mktemp("recipes"))
    for name in FOLLOWED:
        for step in steps(name):
            step.follow(made.root)
    return made


def sections() -> dict[str, str]:
    """The short recipes by their headings, without code."""
    prose = re.sub(r"^```.*?^```$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    _, _, *short = re.split(r"^## ", prose, flags=re.MULTILINE)
    return dict(each.split("\n", 1) for each in short)


def ran(checkout: Checkout, code: str) -> dict[str, object]:
    """What a program in the copy prints."""
    done = checkout.run("-c", code)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, object] = json.loads(done.stdout)
    return found


class TestPage:
    def test_given_the_page_when_read_then_each_recipe_has_its_steps(self) -> None:
        named = {name for _, name, _, _ in recipe.STEP.findall(PAGE.read_text(encoding="utf-8"))}

        assert named == {*FOLLOWED, *SHOWN}
        assert len(sections()) == len(named)

    @pytest.mark.parametrize("section", sections())
    def test_given_a_recipe_when_it_names_files_then_each_exists(self, section: str) -> None:
        named = PATH.findall(sections()[section])

        assert len(named) >= 2
        assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.slow
class TestFollowed:
    def test_given_the_reason_when_its_code_is_explained_then_customer_and_policy_know_it(
        self, checkout: Checkout
    ) -> None:
        code = """
import json
from pydantic import ValidationError
from caseplane.gate import ReasonCode
from caseplane.gate.policy import GatePolicy
try:
    GatePolicy(version="v", actions={ReasonCode("out_of_hours"): "clarify"})
    refused = ""
except ValidationError as exc:
    refused = str(exc)
print(json.dumps([ReasonCode.explain("out_of_hours"), "out_of_hours" in refused]))
"""

        assert ran(checkout, code) == ["We are closed now. A person answers in the morning.", True]

    def test_given_the_connector_when_its_tests_run_then_it_keeps_the_contract(
        self, checkout: Checkout
    ) -> None:
        tests = Path("tests") / "unit" / "escalation"
        shutil.copytree(ROOT / tests, checkout.root / tests, ignore=recipe.IGNORED)
        test = tests / "connectors" / "test_board.py"
        shutil.copy(Path(__file__).with_name("use_board.py"), checkout.root / test)

        done = checkout.run("-m", "pytest", "-q", "-p", "no:cacheprovider", str(test))

        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
        assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 50

    def test_given_the_format_when_a_file_is_parsed_then_its_words_are_the_text(
        self, checkout: Checkout
    ) -> None:
        code = r"""
import json
from caseplane.retrieval.parsing.parse import parse
said = b"1\r\n00:00:01,000 --> 00:00:04,000\r\nHold the\r\ngreen button.\r\n\r\n2\r\n00:00:05,000 --> 00:00:06,000\r\nWait.\r\n"
found = parse(said, name="talk.srt")
print(json.dumps([found.text, found.metadata["format"], [block.kind for block in found.blocks]]))
"""

        found = ran(checkout, code)

        assert found == ["Hold the\ngreen button.\n\nWait.", "subtitles", ["paragraph", "paragraph"]]

    def test_given_the_recipes_when_their_code_is_checked_then_style_types_and_imports_hold(
        self, checkout: Checkout
    ) -> None:
        written = {each.path for name in FOLLOWED for each in steps(name) if each.path.endswith(".py")}

        checks = [
            checkout.run("-m", "ruff", "check", *written),
            checkout.run("-m", "ruff", "format", "--check", *written),
            checkout.run("-m", "mypy", "--no-incremental", *written),
            checkout.run("-m", "tools.contracts"),
        ]

        assert [each.stdout for each in checks if each.returncode] == []


class TestShown:
    @pytest.mark.parametrize(
        "step", [each for name in SHOWN for each in steps(name)], ids=lambda step: step.path
    )
    def test_given_a_step_when_compared_with_its_file_then_the_file_has_it(self, step: recipe.Step) -> None:
        assert step.changes
        assert step.before != step.after
        assert replaced(ROOT / step.path, step.after, step.after) == (ROOT / step.path).read_text()

    def test_given_the_setting_for_three_clouds_when_looked_for_then_no_place_is_missing(self) -> None:
        package = ROOT / "infra" / "caseplane_infra"
        places = {
            str(path.relative_to(ROOT)) for path in package.rglob("*.py") if "backup_days" in path.read_text()
        }

        named = {step.path for step in steps("cloud-setting")} | set(
            PATH.findall(sections()["A setting for three clouds"])
        )

        assert places - named == set()
