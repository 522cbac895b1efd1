"""Every resource that the program can create has a price, or a reason why it costs nothing."""

import pytest
from tests.unit.costs.planned import BASELINE
from tests.unit.costs.programs import STACKS, stack_of

from caseplane_costs.catalog import Catalog, load
from caseplane_costs.estimate import UnpricedError, estimate, strict
from caseplane_costs.lines import Estimate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
ROLES = ("answer", "small", "embedding")


def priced(name: str, catalog: Catalog | None = None) -> Estimate:
    stack = stack_of(name)
    return estimate(stack, region=stack.region, usage=BASELINE, catalog=catalog or load(stack.cloud))


def without(catalog: Catalog, sku: str) -> Catalog:
    return Catalog(
        catalog.provider, catalog.currency, {each.sku: each for each in catalog if each.sku != sku}
    )


class TestStacks:
    def test_given_this_repository_when_listed_then_there_are_nine_cloud_stacks(self) -> None:
        assert len(STACKS) == 9

    @pytest.mark.parametrize("name", STACKS)
    def test_given_stack_when_priced_then_nothing_is_without_a_price(self, name: str) -> None:
        found = strict(priced(name))

        noted = {each.urn for each in found.lines} | {each.urn for each in found.free}
        assert {each.urn for each in stack_of(name).resources} <= noted, "a resource is missing"
        assert {each.component for each in found.lines} >= {"database", "cluster", "objects", "queue", "llm"}

    @pytest.mark.parametrize("name", STACKS)
    def test_given_stack_when_any_price_that_it_uses_is_missing_then_strict_mode_names_it(
        self, name: str
    ) -> None:
        catalog = load(name.partition("-")[0])
        used = {each.sku for each in priced(name).lines}

        for sku in used:
            with pytest.raises(UnpricedError, match=sku.replace("[", ".")):
                strict(priced(name, without(catalog, sku)))

    @pytest.mark.parametrize("name", STACKS)
    def test_given_stack_when_priced_then_models_are_their_own_section_by_role(self, name: str) -> None:
        lines = [
            each for each in priced(name).lines if each.component == "llm" and each.sku.startswith("llm.")
        ]

        assert {role for role in ROLES for each in lines if f"calls of {role}" in each.assumption} == set(
            ROLES
        )

    def test_given_a_cloud_when_its_stacks_are_priced_then_every_price_is_used(self) -> None:
        for cloud in ("aws", "azure", "gcp"):
            used = {each.sku for name in STACKS if name.startswith(cloud) for each in priced(name).lines}
            unused = {each.sku for each in load(cloud)} - used

            # What stacks of ours do not choose but a stack file may: sizes, models, Front Door without its firewall.
            knobs = ("ec2.", "vm.", "gce.", "rds.", "postgres.", "llm.", "disk.", "sql.", "frontdoor.")
            assert [each for each in sorted(unused) if not each.startswith(knobs)] == []
