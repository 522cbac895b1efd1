"""Budgets are judged the same on the command line and in a policy, and a slip in the file is refused."""

import json
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from tests.unit.costs.planned import estimate, line, resource

from caseplane_costs.budgets import judge, parse, violations
from caseplane_costs.catalog import Catalog
from caseplane_costs.catalog import parse as prices
from caseplane_costs.files import FileError
from caseplane_costs.stacks import Stack
from caseplane_costs.usage import Usage
from caseplane_infra.policies.budget import POLICIES
from caseplane_infra.policies.model import UNKNOWN, Context
from caseplane_infra.policies.model import Resource as Declared
from caseplane_infra.settings import SettingsError
from caseplane_infra.settings import parse as stack_file


def catalog() -> Catalog:
    nat = [{"sku": sku, "unit": "hour", "regions": {"global": "0.10"}} for sku in ("nat.hour", "nat.gb")]
    head = {"service": "VPC", "source": "a page", "as_of": "2026-01-01"}
    return prices({"aws/network.yaml": {"provider": "aws", "currency": "USD", **head, "prices": nat}})


class TestJudge:
    @pytest.mark.parametrize(
        ("amount", "level"), [("100", None), ("100.01", "warn"), ("150", "warn"), ("150.01", "stop")]
    )
    def test_given_a_limit_when_reached_then_only_more_than_it_counts(
        self, amount: str, level: str | None
    ) -> None:
        budgets = parse({"stack": {"warn": 100, "stop": 150}})

        (verdict,) = judge(estimate(line("database", amount)), budgets)

        assert verdict.level == level

    def test_given_components_and_tenants_when_judged_then_each_by_its_own_lines(self) -> None:
        found = estimate(line("database", "70"), line("llm", "40", tenant="acme"))
        budgets = parse({"components": {"llm": 30, "edge": 5}, "tenants": {"acme": {"warn": 39}}})

        levels = {each.name: (each.planned, each.level) for each in judge(found, budgets)}

        assert levels == {"llm": (40, "stop"), "edge": (0, None), "acme": (40, "warn")}

    def test_given_measured_shares_when_judged_then_a_tenant_answers_for_its_share(self) -> None:
        found = judge(
            estimate(line("llm", "1")), parse({"tenants": {"acme": 10}}), shares={"acme": Decimal(11)}
        )

        assert found[0].message == "tenant acme: 11.00 a month is 1.00 over the budget of 10.00 (stop)"

    def test_given_the_high_amount_to_judge_when_judged_then_it_counts(self) -> None:
        (verdict,) = judge(estimate(line("llm", "6")), parse({"judge": "high", "stack": 10}))

        assert (verdict.planned, verdict.level) == (12, "stop")


class TestViolations:
    def test_given_resources_over_budget_when_asked_then_the_broken_budget_alone(self) -> None:
        gateway = resource("aws:ec2/natGateway:NatGateway", "nat", tags={"Component": "network"})
        planned = Stack(name="aws-prod", resources=(gateway,), config={"caseplane:region": "us-east-1"})

        found = violations(
            planned, parse({"stack": 10, "components": {"database": 1}}), usage=Usage.baseline(), catalog=catalog()
        )  # fmt: skip

        assert [(each.scope, each.planned) for each in found] == [("stack", Decimal("123.0"))]


class TestParse:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"stac": 1}, "did you mean `stack`"),
            ({"components": {"databse": 1}}, "did you mean `database`"),
            ({"stack": {"wran": 1}}, "did you mean `warn`"),
            ({"stack": -1}, "greater than 0"),
            ({"stack": {"warn": 2, "stop": 1}}, "after it stopped"),
            ({"stack": {}}, "needs `warn`"),
            ({"currency": "EUR", "stack": 1}, "estimates are in USD"),
            ({}, "holds no budget"),
            ([], "must have keys"),
        ],
    )
    def test_given_a_slip_when_parsed_then_the_key_and_the_way_out_are_named(
        self, given: object, said: str
    ) -> None:
        with pytest.raises(FileError, match=said):
            parse(given)


class TestPolicies:
    NAT = Declared(
        type="aws:ec2/natGateway:NatGateway",
        name="nat",
        props={"subnetId": UNKNOWN, "tags": {"Component": "network"}},
    )

    def judged(self, **config: object) -> list[list[str]]:
        """What the warning and the refusal say of a stack with one NAT gateway."""
        texts = {f"caseplane:{key}": json.dumps(value) for key, value in config.items()}
        context = Context(stack="aws-prod", config={"caseplane:region": "us-east-1", **texts})
        return [[found.message for found in each.check([self.NAT], context)] for each in POLICIES]

    @pytest.mark.parametrize(
        ("stack", "broken"), [({"warn": 10}, [1, 0]), ({"stop": 10}, [0, 1]), (500, [0, 0])]
    )
    def test_given_a_budget_when_a_policy_judges_then_it_warns_or_stops(
        self, stack: object, broken: list[int]
    ) -> None:
        assert [len(each) for each in self.judged(budgets={"stack": stack})] == broken

    def test_given_expected_use_in_the_stack_file_when_judged_then_it_counts(self) -> None:
        more = {"data": {"nat_gb": 100_000}}

        assert self.judged(budgets={"components": {"network": 1_000}}) == [[], []]
        (said,) = self.judged(budgets={"components": {"network": 1_000}}, usage=more)[1]
        assert "component network" in said

    def test_given_budgets_that_make_no_sense_when_judged_then_refused_rather_than_passed_over(self) -> None:
        warned, stopped = self.judged(budgets={"stack": -1})

        assert warned == []
        assert "greater than 0" in stopped[0]

    def test_given_no_budgets_when_judged_then_silent(self) -> None:
        assert self.judged() == [[], []]


class TestStackFile:
    GIVEN: ClassVar = {
        "cloud": "aws",
        "environment": "dev",
        "account": "111111111111",
        "llm": {"enabled": False},
    }

    def test_given_budgets_and_use_when_the_stack_file_is_read_then_both_are_checked(self) -> None:
        settings = stack_file({**self.GIVEN, "budgets": {"stack": 900}, "usage": {"data": {"nat_gb": 7}}})

        assert settings.budgets == parse({"stack": 900})
        assert settings.usage is not None
        assert settings.usage.data.nat_gb.expected == 7

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"budgets": {"stac": 1}}, "did you mean `stack`"),
            ({"usage": {"data": {"nat_gib": 1}}}, "did you mean `nat_gb`"),
        ],
    )
    def test_given_a_slip_when_the_stack_file_is_read_then_the_nearest_key_is_named(
        self, given: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(SettingsError, match=said):
            stack_file({**self.GIVEN, **given})
