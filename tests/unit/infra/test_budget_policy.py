"""Budgets in the stack file are validated with it, and the policies check them."""

import json
from typing import Any, ClassVar

import pytest

from caseplane_costs import budgets
from caseplane_infra.policies.budget import POLICIES
from caseplane_infra.policies.model import UNKNOWN, Context, Resource
from caseplane_infra.settings import SettingsError
from caseplane_infra.settings import parse as stack_file


class TestPolicies:
    NAT = Resource(
        type="aws:ec2/natGateway:NatGateway",
        name="nat",
        props={"subnetId": UNKNOWN, "tags": {"Component": "network"}},
    )

    def messages(self, **config: object) -> list[list[str]]:
        """Messages of the warning and of the refusal for a stack with one NAT gateway."""
        texts = {f"caseplane:{key}": json.dumps(value) for key, value in config.items()}
        context = Context(stack="aws-prod", config={"caseplane:region": "us-east-1", **texts})
        return [[finding.message for finding in each.check([self.NAT], context)] for each in POLICIES]

    @pytest.mark.parametrize(
        ("stack", "broken"), [({"warn": 10}, [1, 0]), ({"stop": 10}, [0, 1]), (500, [0, 0])]
    )
    def test_given_a_budget_when_a_policy_checks_then_it_warns_or_stops(
        self, stack: object, broken: list[int]
    ) -> None:
        assert [len(each) for each in self.messages(budgets={"stack": stack})] == broken

    def test_given_expected_use_in_the_stack_file_when_checked_then_it_counts(self) -> None:
        more = {"data": {"nat_gb": 100_000}}

        assert self.messages(budgets={"components": {"network": 1_000}}) == [[], []]
        (message,) = self.messages(budgets={"components": {"network": 1_000}}, usage=more)[1]
        assert "component network" in message

    def test_given_invalid_budgets_when_checked_then_refused(self) -> None:
        warned, stopped = self.messages(budgets={"stack": -1})

        assert warned == []
        assert "greater than 0" in stopped[0]

    def test_given_no_budgets_when_checked_then_no_finding(self) -> None:
        assert self.messages() == [[], []]


class TestStackFile:
    GIVEN: ClassVar = {
        "cloud": "aws",
        "environment": "dev",
        "account": "111111111111",
        "llm": {"enabled": False},
    }

    def test_given_budgets_and_use_when_the_stack_file_is_read_then_both_are_checked(self) -> None:
        settings = stack_file({**self.GIVEN, "budgets": {"stack": 900}, "usage": {"data": {"nat_gb": 7}}})

        assert settings.budgets == budgets.parse({"stack": 900})
        assert settings.usage is not None
        assert settings.usage.data.nat_gb.expected == 7

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"budgets": {"stac": 1}}, "did you mean `stack`"),
            ({"usage": {"data": {"nat_gib": 1}}}, "did you mean `nat_gb`"),
        ],
    )
    def test_given_a_mistake_when_the_stack_file_is_read_then_the_nearest_key_is_named(
        self, given: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(SettingsError, match=said):
            stack_file({**self.GIVEN, **given})
