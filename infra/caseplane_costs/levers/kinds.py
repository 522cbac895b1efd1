"""The levers: what can be tried on any stack.

A lever that is in use already is undone instead, which shows what it saves. Assumptions about people's behaviour, such
as how many questions repeat, are part of the lever and are shown with its saving.

Source of the levers: R000-166 and R004-8. Not computed: fewer tuned indexes and read replicas, because the platform has
none; 512 MB functions and one router process, because there are no functions here (`pods` is similar).
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from caseplane_costs.levers import edits
from caseplane_costs.levers.edits import (
    Case,
    Edit,
    in_turn,
    inputs,
    move_calls,
    scale,
    scale_role,
    swap,
    without,
)
from caseplane_costs.meters.common import is_workers
from caseplane_costs.stacks import Resource

HALF = Decimal("0.5")


@dataclass(frozen=True)
class Kind:
    """What can be tried on any stack."""

    key: str
    title: str
    assumption: str
    apply: Edit | None = None
    undo: Edit | None = None
    source: str = "R000-166"


NATS = (
    "aws:ec2/natGateway:NatGateway",
    "azure-native:network:NatGateway",
    "gcp:compute/routerNat:RouterNat",
)
ENDPOINTS = (
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "azure-native:network:PrivateEndpoint",
    "gcp:compute/globalForwardingRule:GlobalForwardingRule",
)
ADDRESSES = ("aws:ec2/eip:Eip", "azure-native:network:PublicIPAddress", "gcp:compute/address:Address")
DATABASES = (
    "aws:rds/instance:Instance",
    "azure-native:dbforpostgresql:Server",
    "gcp:sql/databaseInstance:DatabaseInstance",
)
POOLS = (
    "aws:eks/nodeGroup:NodeGroup",
    "azure-native:containerservice:AgentPool",
    "azure-native:containerservice:ManagedCluster",
    "gcp:container/nodePool:NodePool",
)
ARM = {
    "t3.medium": "t4g.medium", "t3.large": "t4g.large", "t3.xlarge": "t4g.xlarge",
    "Standard_F2s_v2": "Standard_D2pls_v5", "Standard_D2s_v5": "Standard_D2ps_v5", "Standard_D4s_v5": "Standard_D4ps_v5",
    "e2-medium": "c4a-highcpu-2", "e2-standard-2": "c4a-standard-2", "e2-standard-4": "c4a-standard-4",
    "pd-balanced": "hyperdisk-balanced",
}  # fmt: skip
"""Machines and disks to their ARM equivalents, as the cloud packages choose them."""
X86 = {arm: x86 for x86, arm in ARM.items()}
SMALLER = {
    "db.r7g.xlarge": "db.r7g.large", "db.r7g.large": "db.t4g.medium",
    "Standard_E4ds_v5": "Standard_E2ds_v5", "Standard_E2ds_v5": "Standard_D2ds_v5",
    "db-custom-4-26624": "db-custom-2-13312", "db-custom-2-13312": "db-custom-2-7680",
}  # fmt: skip
"""Database sizes to the next smaller one that can have a standby."""
ON_DEMAND = {"ON_DEMAND": "SPOT", "Regular": "Spot"}
COUNTS = ("desiredSize", "count", "initialNodeCount")
RETENTION = ("retentionInDays", "retentionDays")
SHORT_DAYS = 7


def _is_a(*types: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.type in types


def _core(resource: Resource) -> bool:
    return resource.type in POOLS and not is_workers(resource)


def _workers(resource: Resource) -> bool:
    return resource.type in POOLS and is_workers(resource)


def _is_nat(resource: Resource) -> bool:
    """Whether it is a NAT gateway or its address: the network part has no other external addresses."""
    address = resource.type in ADDRESSES and resource.inputs.get("addressType", "EXTERNAL") == "EXTERNAL"
    return resource.type in NATS or (address and resource.component == "network")


def _endpoints_for_nat(case: Case) -> Case:
    """Without NAT, if the stack has endpoints that can take the traffic."""
    if not any(each.type in ENDPOINTS for each in case.stack.resources):
        return case
    moved = scale(
        "data", endpoints_gb=lambda usage: usage.data.endpoints_gb + usage.data.nat_gb, nat_gb=Decimal(0)
    )
    return in_turn(moved, without(_is_nat))(case)


def _one_nat(found: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """Keep the first gateway and the first address only."""
    kept: set[str] = set()
    left = []
    for each in found:
        if _is_nat(each):
            if each.type in kept:
                continue
            kept.add(each.type)
        left.append(each)
    return tuple(left)


def _to_spot(key: str, value: Any) -> Any:
    return True if key == "spot" else ON_DEMAND.get(value, value) if isinstance(value, str) else value


def _one_less(key: str, value: Any) -> Any:
    return value - 1 if key in COUNTS and isinstance(value, int | float) and value > 2 else value


def _short(key: str, value: Any) -> Any:
    return min(value, SHORT_DAYS) if key in RETENTION and isinstance(value, int | float) else value


def _no_standby(case: Case) -> Case:
    """Production keeps its standby."""
    if case.stack.environment == "prod":
        return case
    table = {True: False, "REGIONAL": "ZONAL", "ZoneRedundant": "Disabled", "SameZone": "Disabled"}
    return swap(_is_a(*DATABASES), table, "multiAz", "availabilityType", "mode")(case)


KINDS = (
    Kind(
        "endpoints", "Private endpoints instead of NAT",
        "every called service has an endpoint; external ticket systems and sites are out of reach",
        _endpoints_for_nat,
        source="R000-166, R004-8",
    ),
    Kind("nat", "One NAT gateway for all zones", "if its zone fails, no zone can reach the internet", edits.resources(_one_nat)),
    Kind(
        "spot", "Interruptible workers", "jobs are safe to interrupt",
        in_turn(inputs(_workers, _to_spot), edits.spot(True)), edits.spot(False),
    ),
    Kind(
        "arm", "ARM processors", "images are built for amd64 and arm64",
        swap(_is_a(*POOLS), ARM), swap(_is_a(*POOLS), X86), source="R004-8",
    ),
    Kind(
        "pods", "Less memory for each pod", "half a gigabyte is enough for most pods, so one core node fewer; never below two",
        inputs(_core, _one_less), source="R004-8",
    ),
    Kind(
        "database", "The next smaller database", "it still meets the target for the 95th percentile; measure before and after",
        swap(_is_a(*DATABASES), SMALLER),
    ),
    Kind("standby", "No standby outside production", "hours without a database are acceptable there", _no_standby),
    Kind("sampling", "Log sampling", "half of the lines are enough", scale("data", logs_gb=HALF)),
    Kind(
        "retention", f"Logs kept {SHORT_DAYS} days", "audit records are stored elsewhere",
        inputs(lambda resource: True, _short), source="R000-166, R004-8",
    ),
    Kind(
        "metrics", "Fewer metrics", "no metrics of single pods and containers in the cloud; Prometheus has them",
        without(lambda each: each.inputs.get("addonName") == "amazon-cloudwatch-observability"),
    ),
    Kind(
        "cdn", "More traffic through the CDN", "half of the outgoing traffic can be cached at the edge",
        scale("data", cdn_gb=lambda usage: usage.data.cdn_gb + usage.data.egress_gb * HALF, egress_gb=HALF),
    ),
    Kind(
        "1y", "Commitment for one year", "what runs all month runs for a year, without prepayment",
        edits.commit("1y"), edits.release("1y"),
    ),
    Kind(
        "3y", "Commitment for three years", "what runs all month runs for three years, without prepayment",
        edits.commit("3y"), edits.release("3y"),
    ),
    Kind(
        "summaries", "Rolling summaries", "a summary instead of the conversation leaves three fifths of the prompt",
        scale_role("answer", input_per_call=Decimal("0.6")),
    ),
    Kind(
        "small-tasks", "Small model for tags, routes, summaries", "compared with using the answer model for them",
        undo=move_calls("small", "answer", Decimal(1)), source="R000-166, R004-8",
    ),
    Kind(
        "small-first", "Small model answers first", "four questions in five need no larger one",
        move_calls("answer", "small", Decimal("0.8")), source="R004-8",
    ),
    Kind(
        "cache", "Evidence cached", "three questions in ten repeat and find the same evidence",
        in_turn(
            scale("traffic", retrievals=Decimal("0.7")), scale_role("embedding", calls=Decimal("0.7")),
            scale_role("rerank", calls=Decimal("0.7")),
        ),
        source="R000-166, R004-8",
    ),
    Kind(
        "closed", "Fail closed", "no model is called without evidence: one question in five",
        undo=scale_role("answer", calls=Decimal("1.25")),
    ),
)  # fmt: skip
