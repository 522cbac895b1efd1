"""The commands with files: output, written files and exit codes."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from tests.unit.costs.bills import row, write_csv
from tests.unit.costs.planned import URN, step
from typer.testing import CliRunner

from caseplane_costs.catalog import load
from caseplane_infra.cli.main import app

NAT, ADDRESS = "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"
SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "costs.schema.json"
HOURS = 730


def state(type_: str, name: str) -> dict[str, Any]:
    tags = {"Component": "network"}
    return {"urn": f"{URN}{type_}::{name}", "type": type_, "custom": True, "inputs": {"tags": tags}}


def written(path: Path, *steps: dict[str, Any]) -> str:
    config = {"caseplane:region": "us-east-1", "caseplane:prefix": "gc-tkt-prod"}
    path.write_text(json.dumps({"config": config, "steps": steps}))
    return str(path)


@pytest.fixture
def preview(tmp_path: Path) -> str:
    return written(
        tmp_path / "p.json", *(step("create", None, state(each, each[-3:])) for each in (NAT, ADDRESS))
    )


def budgets(preview: str) -> str:
    path = Path(preview).with_name("budgets.yaml")
    path.write_text("stack: 1000")
    return str(path)


def invoked(*words: str, code: int) -> Result:
    found = CliRunner().invoke(app, words)
    assert found.exit_code == code, found.output
    return found


def run(*words: str, code: int = 0) -> str:
    """Output for people."""
    return invoked(*words, code=code).output


def checked(*words: str, code: int = 0) -> Any:
    """Output for programs."""
    output = json.loads(invoked(*words, "--json", code=code).stdout)
    jsonschema.validate(output, json.loads(SCHEMA.read_text()))
    return output


def nat_month() -> float:
    prices = load("aws")
    hours = [prices.price(sku, "us-east-1").average(HOURS) for sku in ("nat.hour", "ipv4.hour")]  # type: ignore[arg-type]
    return float(sum(hours) * HOURS + 500 * prices.price("nat.gb", "us-east-1").average(500))  # type: ignore[arg-type]


class TestEstimate:
    def test_given_a_preview_when_estimated_then_the_sum_of_its_prices(self, preview: str) -> None:
        found = checked("estimate", "--preview", preview)

        assert float(found["total"]["expected"]) == pytest.approx(nat_month())

    def test_given_an_output_file_when_estimated_then_its_name_sets_the_format(
        self, preview: str, tmp_path: Path
    ) -> None:
        for name, begins in (("a.html", "<!doctype html>"), ("a.md", "## Estimate"), ("a.json", "{")):
            run("estimate", "--preview", preview, "-o", str(tmp_path / name))

            assert (tmp_path / name).read_text().startswith(begins)

    def test_given_an_unknown_type_when_strict_then_ends_with_1(self, tmp_path: Path) -> None:
        path = written(tmp_path / "p.json", step("create", None, state("aws:new/thing:Thing", "x")))

        assert "aws:new/thing:Thing" in run("estimate", "--preview", path, "--strict", code=1)
        run("estimate", "--preview", path)

    def test_given_a_preview_without_unchanged_resources_when_estimated_or_judged_then_a_warning_names_the_flag(
        self, preview: str
    ) -> None:
        content = json.loads(Path(preview).read_text()) | {"changeSummary": {"create": 2, "same": 7}}
        Path(preview).write_text(json.dumps(content))

        assert "7 unchanged resources" in run("estimate", "--preview", preview)
        assert "--show-sames" in run("budget", "--preview", preview, "--budgets", budgets(preview))

    @pytest.mark.parametrize("words", [[], ["--preview", "{}", "--export", "{}"]])
    def test_given_no_stack_or_two_when_estimated_then_refused(self, words: list[str], preview: str) -> None:
        output = run("estimate", *(word.replace("{}", preview) for word in words), code=2)

        assert "Name one of --preview" in output


class TestOthers:
    def test_given_a_preview_when_reported_then_levers_are_computed(self, preview: str) -> None:
        found = checked("report", "--preview", preview)

        states = {each["key"]: each["state"] for each in found["levers"]}
        assert states["endpoints"] == "no effect"  # nothing could take the traffic
        assert states["1y"] == "no effect"

    def test_given_a_deleted_gateway_when_diffed_then_what_it_saves(self, tmp_path: Path) -> None:
        path = written(
            tmp_path / "d.json", step("delete", state(NAT, "nat"), None),
            step("same", state(ADDRESS, "eip"), state(ADDRESS, "eip")),
        )  # fmt: skip

        found = checked("diff", "--preview", path)

        assert [each["op"] for each in found["diff"]["steps"]] == ["delete"]
        assert float(found["monthly"]) < -32

    @pytest.mark.parametrize(("stop", "code"), [(1, 1), (1000, 0)])
    def test_given_a_budget_when_judged_then_the_exit_code_is_1_if_exceeded(
        self, stop: int, code: int, preview: str, tmp_path: Path
    ) -> None:
        (tmp_path / "b.yaml").write_text(f"stack: {stop}")

        found = checked("budget", "--budgets", str(tmp_path / "b.yaml"), "--preview", preview, code=code)

        assert found["verdicts"][0]["level"] == ("stop" if code else None)

    def test_given_budgets_and_use_in_the_stack_file_when_judged_then_they_apply(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "p.json"
        written(path, step("create", None, state(NAT, "nat")))
        preview = json.loads(path.read_text())
        preview["config"] |= {
            "caseplane:budgets": json.dumps({"stack": 40}),
            "caseplane:usage": json.dumps({"data": {"nat_gb": 100}}),
        }
        path.write_text(json.dumps(preview))

        (verdict,) = checked("budget", "--preview", str(path))["verdicts"]

        assert float(verdict["planned"]) == pytest.approx(730 * 0.045 + 100 * 0.045)
        run("budget", "--preview", str(path), "--usage", "/dev/null", code=1)  # the baseline's 500 GB

    def test_given_no_budgets_anywhere_when_judged_then_refused(self, preview: str) -> None:
        assert "has no budget" in run("budget", "--preview", preview, code=2)

    def test_given_measured_use_when_split_then_tenants_sum_to_the_total(
        self, preview: str, tmp_path: Path
    ) -> None:
        use = tmp_path / "use.yaml"
        use.write_text("tenants: {acme: {requests: 2, sessions: 3, resolved_cases: 1}, bolt: {requests: 1}}")

        found = checked("allocate", "--use", str(use), "--preview", preview)

        parts = [float(each["total"]) for each in found["tenants"].values()]
        assert sum(parts) == pytest.approx(float(found["total"]))
        assert parts[0] == pytest.approx(2 * parts[1], abs=0.02)
        assert found["tenants"]["acme"]["per_resolved_case"] == found["tenants"]["acme"]["total"]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("tenants: {acme: {request: 2}}", "tenants.acme.request: no such key; did you mean `requests`?"),
            ("tenants: {acme: {requests: -2}}", "tenants.acme.requests: Input should be greater than"),
            ("tenants: {acme: {}}\nidle: {cluster: 1.5}", "idle.cluster: Input should be less than"),
            ("tenants: {shared: {}}", "a tenant cannot be called `shared`"),
        ],
    )
    def test_given_a_mistake_in_measured_use_when_read_then_the_key_is_named(
        self, preview: str, tmp_path: Path, content: str, message: str
    ) -> None:
        use = tmp_path / "use.yaml"
        use.write_text(content)

        assert message in run("allocate", "--use", str(use), "--preview", preview, code=2)

    def test_given_a_bill_when_compared_then_its_difference_is_explained(
        self, preview: str, tmp_path: Path
    ) -> None:
        bill = write_csv(tmp_path / "bill.csv", [row()])

        found = checked("actuals", "--focus", str(bill), "--preview", preview)

        reasons = {each["component"]: each["reasons"] for each in found["actuals"]["variances"]}
        assert reasons["database"] == {"unplanned": "1.25"}
        assert "missing" in reasons["network"]

    def test_given_a_month_in_another_format_when_compared_then_refused(
        self, preview: str, tmp_path: Path
    ) -> None:
        bill = write_csv(tmp_path / "bill.csv", [row()])

        words = ("actuals", "--focus", str(bill), "--preview", preview, "--month", "October")

        assert "2026-10" in run(*words, code=2)

    def test_given_the_same_stack_twice_when_compared_then_refused(self, preview: str) -> None:
        assert "twice" in run("compare", preview, preview, code=2)
