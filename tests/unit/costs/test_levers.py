"""A lever's saving is the stack estimated again with that one change."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.unit.costs.planned import BASELINE, estimate, line, resource, stack

from caseplane_costs.levers.edits import Case, move_calls, scale_role
from caseplane_costs.levers.trials import Lever, try_levers
from caseplane_costs.lines import Estimate
from caseplane_costs.options import Options
from caseplane_costs.stacks import Resource

POOL = "aws:eks/nodeGroup:NodeGroup"
PRICES = {"t3.large": 60, "t4g.large": 48, "c4a-standard-2": 90, "e2-standard-2": 70}


def priced(case: Case) -> Estimate:
    """Nodes by their machine, on demand three times as much; NAT 33 and its volume; logs; tokens of answers."""
    lines = []
    for each in case.stack.resources:
        if each.type == POOL:
            spot = each.inputs.get("capacityType") == "SPOT" and case.options.spot
            price = Decimal(PRICES[each.inputs["machine"]]) * int(each.inputs.get("desiredSize", 1))
            factor = {"none": 1, "1y": Decimal("0.7"), "3y": Decimal("0.5")}[case.options.commitment]
            lines.append(line("cluster", str(price * factor / (3 if spot else 1))))
        elif "natGateway" in each.type:
            lines.append(line("network", str(33 + case.usage.data.nat_gb.expected / 10)))
        elif "vpcEndpoint" in each.type:
            lines.append(line("network", str(case.usage.data.endpoints_gb.expected / 100)))
    answer = case.usage.llm["answer"]
    lines.append(line("llm", str(answer.calls.expected * answer.input_per_call.expected / 1_000_000)))
    lines.append(line("observability", str(case.usage.data.logs_gb.expected / 2)))
    return estimate(*lines)


def tried(*resources: Resource, **options: Any) -> dict[str, Lever]:
    case = Case(stack=stack(*resources), usage=BASELINE, options=Options(**options))
    return {each.key: each for each in try_levers(case, priced)}


class TestLevers:
    def test_given_x86_when_tried_then_arm_saves_the_difference_of_the_prices(self) -> None:
        found = tried(resource(POOL, "cluster-core", machine="t3.large", desiredSize=3))["arm"]

        assert (found.state, found.saving) == ("open", Decimal(36))

    def test_given_arm_when_tried_then_in_use_with_its_saving(self) -> None:
        found = tried(resource(POOL, "cluster-core", machine="t4g.large"))["arm"]

        assert (found.state, found.saving) == ("in use", Decimal(12))

    def test_given_a_cloud_whose_arm_costs_more_when_tried_then_dearer(self) -> None:
        found = tried(resource(POOL, "cluster-core", machine="e2-standard-2"))["arm"]

        assert (found.state, found.saving) == ("dearer", Decimal(-20))

    def test_given_workers_on_demand_when_tried_then_spot_is_open_and_core_nodes_stay(self) -> None:
        core = resource(POOL, "cluster-core", machine="t3.large", capacityType="ON_DEMAND")
        workers = resource(POOL, "cluster-workers", machine="t3.large", capacityType="ON_DEMAND")

        assert tried(core, workers)["spot"].saving == Decimal(40)

    def test_given_nat_and_endpoints_when_tried_then_traffic_moves_and_is_still_billed(self) -> None:
        nat = resource("aws:ec2/natGateway:NatGateway", "nat", tags={"Component": "network"})
        endpoint = resource("aws:ec2/vpcEndpoint:VpcEndpoint", "s3")

        assert tried(nat, endpoint)["endpoints"].saving == Decimal(33 + 50 - 5)
        assert tried(nat)["endpoints"].state == "no effect"

    def test_given_commitments_when_tried_then_the_chosen_one_is_in_use(self) -> None:
        pool = resource(POOL, "cluster-core", machine="t3.large")

        assert {key: tried(pool)[key].saving for key in ("1y", "3y")} == {"1y": 18, "3y": 30}
        assert tried(pool, commitment="1y")["1y"].state == "in use"

    def test_given_prod_when_tried_then_its_standby_is_no_lever(self) -> None:
        assert tried()["standby"].state == "no effect"

    def test_given_logs_when_sampled_then_half_of_their_cost(self) -> None:
        assert tried()["sampling"].saving == Decimal(25)


class TestEdits:
    def test_given_moved_calls_when_summed_then_tokens_are_the_same(self) -> None:
        usage = BASELINE
        case = Case(stack=stack(), usage=usage, options=Options())

        llm = move_calls("small", "answer", Decimal("0.5"))(case).usage.llm

        def tokens(roles: Any) -> Decimal:
            return sum(
                roles[r].calls.expected * roles[r].input_per_call.expected for r in ("answer", "small")
            )

        assert round(tokens(llm), 6) == round(tokens(usage.llm), 6)
        assert llm["small"].calls.expected == 16500

    def test_given_a_role_that_is_not_used_when_edited_then_nothing_changes(self) -> None:
        case = Case(stack=stack(), usage=BASELINE, options=Options())

        assert scale_role("unused", calls=Decimal(2))(case) == case
        assert move_calls("unused", "answer", Decimal(1))(replace(case)) == case
