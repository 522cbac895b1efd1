"""What choices cost, computed for the stacks of this repository and compared with the page."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from tests.unit.costs.page import block
from tests.unit.costs.planned import BASELINE
from tests.unit.costs.programs import config_of, planned

from caseplane_costs.catalog import load
from caseplane_costs.estimate import estimate, strict
from caseplane_costs.lines import Estimate
from caseplane_costs.options import Options
from caseplane_costs.usage import Usage, parse

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
CLOUDS = ("aws", "azure", "gcp")


@cache
def _planned(name: str, changes: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]) -> Any:
    return planned(name, config_of(name, **{section: dict(each) for section, each in changes}))


def priced(
    name: str, *, options: Options | None = None, usage: Usage | None = None, **changes: Mapping[str, Any]
) -> Estimate:
    frozen = tuple((section, tuple(each.items())) for section, each in sorted(changes.items()))
    stack = _planned(name, frozen)
    use = usage or BASELINE
    return strict(estimate(stack, region=stack.region, usage=use, catalog=load(stack.cloud), options=options))


def total(cloud: str, environment: str, **changes: Any) -> Decimal:
    return priced(f"{cloud}-{environment}", **changes).total.expected


Side = Callable[[str], Decimal]
CHOICES: Mapping[str, tuple[Side, Side]] = {
    "prod / dev": (lambda cloud: total(cloud, "prod"), lambda cloud: total(cloud, "dev")),
    "dev: NAT, no private endpoints / private endpoints, no NAT": (
        lambda cloud: total(cloud, "dev", network={"nat": "single", "endpoints": False}),
        lambda cloud: total(cloud, "dev", network={"nat": "none", "endpoints": True}),
    ),
    "prod: amd64 / arm64": (
        lambda cloud: total(cloud, "prod", cluster={"architecture": "amd64"}),
        lambda cloud: total(cloud, "prod", cluster={"architecture": "arm64"}),
    ),
    "prod: Qdrant / pgvector": (
        lambda cloud: total(cloud, "prod", vectors={"backend": "qdrant"}),
        lambda cloud: total(cloud, "prod", vectors={"backend": "pgvector"}),
    ),
    "prod: workers on demand / spot": (
        lambda cloud: total(cloud, "prod", options=Options(spot=False)),
        lambda cloud: total(cloud, "prod"),
    ),
    "prod: no commitment / three years": (
        lambda cloud: total(cloud, "prod"),
        lambda cloud: total(cloud, "prod", options=Options(commitment="3y")),
    ),
}
"""The first side and the second, by cloud."""


def table(cloud: str) -> str:
    """The page's table for a cloud."""
    rows = ["| First / second (USD a month) | First | Second | Saved by the second |", "|---|---|---|---|"]
    for choice, sides in CHOICES.items():
        first, second = (side(cloud) for side in sides)
        rows.append(f"| {choice} | {first:,.2f} | {second:,.2f} | {first - second:,.2f} |")
    return "\n".join(rows) + "\n"


class TestChoices:
    @pytest.mark.parametrize("cloud", CLOUDS)
    @pytest.mark.parametrize(
        "choice", ["prod / dev", "prod: workers on demand / spot", "prod: no commitment / three years"]
    )
    def test_given_a_choice_when_priced_then_the_second_is_cheaper_on_every_cloud(
        self, cloud: str, choice: str
    ) -> None:
        first, second = CHOICES[choice]

        assert second(cloud) < first(cloud)

    @pytest.mark.parametrize("cloud", CLOUDS)
    def test_given_qdrant_when_priced_then_its_disks_are_the_difference(self, cloud: str) -> None:
        first, second = CHOICES["prod: Qdrant / pgvector"]

        assert 0 < first(cloud) - second(cloud) < 20

    @pytest.mark.parametrize(("cloud", "cheaper"), [("aws", True), ("azure", True), ("gcp", False)])
    def test_given_arm_when_priced_then_cheaper_where_its_machines_of_the_same_size_are(
        self, cloud: str, cheaper: bool
    ) -> None:
        amd64, arm64 = CHOICES["prod: amd64 / arm64"]

        assert (arm64(cloud) < amd64(cloud)) is cheaper

    def test_given_endpoints_on_azure_when_priced_then_the_queue_with_endpoints_costs_more(
        self,
    ) -> None:
        without, with_ = (
            priced("azure-dev", network=network).by(lambda line: line.component)["queue"].expected
            for network in ({"nat": "single", "endpoints": False}, {"nat": "none", "endpoints": True})
        )

        assert with_ - without > 600

    def test_given_little_traffic_through_nat_when_priced_then_nat_is_cheaper_than_many_endpoints(
        self,
    ) -> None:
        little = parse({"data": {"nat_gb": 10, "endpoints_gb": 10}})

        nat = total("aws", "dev", network={"nat": "single", "endpoints": False}, usage=little)
        endpoints = total("aws", "dev", network={"nat": "none", "endpoints": True}, usage=little)

        assert nat < endpoints

    @pytest.mark.parametrize("cloud", CLOUDS)
    def test_given_the_page_when_read_then_its_table_is_what_is_computed(self, cloud: str) -> None:
        assert block(f"differences {cloud}") == table(cloud).strip()
