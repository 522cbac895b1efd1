"""Budgets are compared with estimates, and mistakes in the file are refused."""

from decimal import Decimal

import pytest
from tests.unit.costs.planned import BASELINE, estimate, line, resource

from caseplane_costs.budgets import judge, parse, violations
from caseplane_costs.catalog import Catalog
from caseplane_costs.catalog import parse as prices
from caseplane_costs.files import FileError
from caseplane_costs.stacks import Stack


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

    def test_given_measured_shares_when_judged_then_a_tenants_share_counts(self) -> None:
        found = judge(
            estimate(line("llm", "1")), parse({"tenants": {"acme": 10}}), shares={"acme": Decimal(11)}
        )

        assert found[0].message == "tenant acme: 11.00 a month is 1.00 over the budget of 10.00 (stop)"

    def test_given_the_high_amount_to_judge_when_judged_then_it_counts(self) -> None:
        (verdict,) = judge(estimate(line("llm", "6")), parse({"judge": "high", "stack": 10}))

        assert (verdict.planned, verdict.level) == (12, "stop")


class TestViolations:
    def test_given_resources_over_budget_when_checked_then_only_the_exceeded_budget(self) -> None:
        gateway = resource("aws:ec2/natGateway:NatGateway", "nat", tags={"Component": "network"})
        planned = Stack(name="aws-prod", resources=(gateway,), config={"caseplane:region": "us-east-1"})

        found = violations(
            planned, parse({"stack": 10, "components": {"database": 1}}), usage=BASELINE, catalog=catalog()
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
            ({"stack": {"warn": 2, "stop": 1}}, "above its stop"),
            ({"stack": {}}, "needs `warn`"),
            ({"currency": "EUR", "stack": 1}, "estimates are in USD"),
            ({}, "has no budget"),
            ([], "must be a mapping"),
        ],
    )
    def test_given_a_mistake_when_parsed_then_the_key_and_a_suggestion_are_named(
        self, given: object, said: str
    ) -> None:
        with pytest.raises(FileError, match=said):
            parse(given)
