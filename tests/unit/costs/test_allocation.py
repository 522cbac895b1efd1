"""Splitting costs neither loses nor adds a cent."""

import os
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from caseplane_costs.allocation import (
    DRIVERS,
    UNALLOCATED,
    Cost,
    TenantUse,
    allocate,
    split,
)

CASES = int(os.environ.get("CASEPLANE_ALLOCATIONS", "100"))
TENANTS = st.sampled_from(["acme", "bolt", "coil", "dune"])
COMPONENTS = st.sampled_from([*DRIVERS, "network", "edge"])
AMOUNTS = st.decimals(-10_000, 1_000_000, places=10, allow_nan=False, allow_infinity=False)
NUMBERS = st.decimals(0, 10**9, places=6, allow_nan=False, allow_infinity=False)
USE = st.builds(TenantUse, requests=NUMBERS, tokens=NUMBERS, storage_gb=NUMBERS, compute_seconds=NUMBERS)
COSTS = st.builds(
    Cost,
    component=COMPONENTS,
    amount=AMOUNTS,
    tenant=st.one_of(TENANTS, st.just("shared"), st.just("shared")),
)
IDLE = st.dictionaries(COMPONENTS, st.decimals(0, 1, places=4))


def cents(costs: list[Cost]) -> int:
    return round(sum((Fraction(each.amount) for each in costs), Fraction(0)) * 100)


class TestAllocate:
    @settings(max_examples=CASES, deadline=None)
    @given(st.lists(COSTS, max_size=30), st.dictionaries(TENANTS, USE), IDLE)
    def test_given_any_costs_when_split_then_the_parts_sum_to_the_whole(
        self, costs: list[Cost], use: dict[str, TenantUse], idle: dict[str, Decimal]
    ) -> None:
        found = allocate(costs, use, idle=idle)

        assert found.total == cents(costs)
        assert sum(share.total for share in found.shares.values()) == found.total
        for share in found.shares.values():
            assert sum(share.by_component.values()) == share.total

    @settings(max_examples=CASES, deadline=None)
    @given(st.lists(COSTS, max_size=30), st.dictionaries(TENANTS, USE, min_size=1))
    def test_given_the_same_in_another_order_when_split_then_the_same_result(
        self, costs: list[Cost], use: dict[str, TenantUse]
    ) -> None:
        assert allocate(costs, use) == allocate(costs[::-1], dict(sorted(use.items(), reverse=True)))

    def test_given_direct_shared_and_idle_when_split_then_each_is_shown_apart(self) -> None:
        costs = [
            Cost(component="database", amount=Decimal(10), tenant="acme"),
            Cost(component="cluster", amount=Decimal(100)),
        ]
        use = {"acme": TenantUse(compute_seconds=Decimal(1)), "bolt": TenantUse(compute_seconds=Decimal(3))}

        found = allocate(costs, use, idle={"cluster": Decimal("0.5")})

        acme, bolt = found.shares["acme"], found.shares["bolt"]
        assert (acme.direct, acme.shared, acme.idle) == (1000, 1250, 1250)
        assert (bolt.direct, bolt.shared, bolt.idle) == (0, 3750, 3750)

    def test_given_no_tenant_when_split_then_nothing_is_lost(self) -> None:
        found = allocate([Cost(component="edge", amount=Decimal("3.335"))], {})

        assert found.shares[UNALLOCATED].total == found.total == 334

    def test_given_use_when_divided_by_cases_then_cost_per_case_or_none_without_cases(self) -> None:
        use = {"acme": TenantUse(requests=Decimal(1), sessions=4, resolved_cases=0)}
        found = allocate([Cost(component="edge", amount=Decimal(10))], use)

        assert found.per_session("acme", use["acme"]) == Decimal("2.5")
        assert found.per_resolved_case("acme", use["acme"]) is None


class TestSplit:
    @settings(max_examples=CASES, deadline=None)
    @given(st.integers(-(10**9), 10**9), st.dictionaries(TENANTS, NUMBERS, min_size=1))
    def test_given_any_weights_when_split_then_exact_and_within_a_cent_of_proportion(
        self, amount: int, weights: dict[str, Decimal]
    ) -> None:
        found = split(amount, weights)

        assert sum(found.values()) == amount
        whole = sum(map(Fraction, weights.values())) or len(weights)
        for name, part in found.items():
            weight = Fraction(weights[name]) if any(weights.values()) else 1
            assert abs(part - Fraction(amount) * weight / whole) < 1
