"""Budgets are judged the same on the command line and in a policy, and a slip in the file is refused."""

from decimal import Decimal

import pytest
from tests.unit.infra.cost.planned import estimate, line, resource

from caseplane_infra.cost.budgets import BudgetError, judge, parse, violations
from caseplane_infra.cost.catalog import Catalog
from caseplane_infra.cost.catalog import parse as prices
from caseplane_infra.cost.usage import Usage
from caseplane_infra.policies.budget import policies
from caseplane_infra.policies.model import UNKNOWN, Context
from caseplane_infra.policies.model import Resource as Declared


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

        found = violations(
            [gateway], parse({"stack": 10, "components": {"database": 1}}), stack="aws-prod", region="us-east-1",
            usage=Usage.baseline(), catalog=catalog(),
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
            ([], "needs keys"),
        ],
    )
    def test_given_a_slip_when_parsed_then_the_key_and_the_way_out_are_named(
        self, given: object, said: str
    ) -> None:
        with pytest.raises(BudgetError, match=said):
            parse(given)


class TestPolicies:
    @pytest.mark.parametrize(
        ("stack", "broken"), [({"warn": 10}, [1, 0]), ({"stop": 10}, [0, 1]), (500, [0, 0])]
    )
    def test_given_a_budget_when_a_policy_judges_then_it_warns_or_stops(
        self, stack: object, broken: list[int]
    ) -> None:
        nat = Declared(
            type="aws:ec2/natGateway:NatGateway",
            name="nat",
            props={"subnetId": UNKNOWN, "tags": {"Component": "network"}},
        )

        made = policies(
            parse({"stack": stack}),
            stack="aws-prod",
            region="us-east-1",
            usage=Usage.baseline(),
            catalog=catalog(),
        )

        assert [len([*each.check([nat], Context())]) for each in made] == broken
