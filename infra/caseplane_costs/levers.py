"""What would make a stack cheaper, and by how much: each lever estimates the very stack again with one change.

A lever that is pulled already is put back instead, which tells what it saves. What is assumed of people's behaviour,
such as how many questions come twice, is part of the lever and shown beside its figure.

Source of the levers: R000-166 and R004-8. Not computed: fewer tuned indexes and read replicas, as the platform has
none; 512 MB functions and one router process, as there are no functions here, but `pods` is their like.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from caseplane_costs import edits
from caseplane_costs.edits import Case, Edit, asked, both, handed_over, inputs, swapped, used, without
from caseplane_costs.lines import Estimate
from caseplane_costs.stacks import Resource

State = Literal["open", "in use", "dearer", "no effect"]
Estimator = Callable[[Case], Estimate]
HALF = Decimal("0.5")
CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Lever:
    """A lever, tried on a stack."""

    key: str
    title: str
    source: str
    state: State
    saving: Decimal
    """Expected, a month; what it saves already where it is in use, negative where it would cost more."""
    assumption: str


@dataclass(frozen=True)
class _Kind:
    """What can be tried on any stack."""

    key: str
    title: str
    assumption: str
    pull: Edit | None = None
    put_back: Edit | None = None
    source: str = "R000-166"


# Where things are ---------------------------------------------------------------------------------------------------

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
"""Machines and their ARM like, as the cloud packages choose them."""
X86 = {arm: x86 for x86, arm in ARM.items()}
SMALLER = {
    "db.r7g.xlarge": "db.r7g.large", "db.r7g.large": "db.t4g.medium",
    "Standard_E4ds_v5": "Standard_E2ds_v5", "Standard_E2ds_v5": "Standard_D2ds_v5",
    "db-custom-4-26624": "db-custom-2-13312", "db-custom-2-13312": "db-custom-2-7680",
}  # fmt: skip
"""Database sizes and the next smaller one that may still have a standby."""
ON_DEMAND = {"ON_DEMAND": "SPOT", "Regular": "Spot"}
COUNTS = ("desiredSize", "count", "initialNodeCount")
RETENTION = ("retentionInDays", "retentionDays")
SHORT_DAYS = 7


def _of(*types: str) -> Callable[[Resource], bool]:
    return lambda resource: resource.type in types


def _core(resource: Resource) -> bool:
    return resource.type in POOLS and not _workers(resource)


def _workers(resource: Resource) -> bool:
    return resource.type in POOLS and "workers" in resource.name


def _way_out(resource: Resource) -> bool:
    """A NAT gateway or its address; on every cloud the network part names addresses for nothing else."""
    address = resource.type in ADDRESSES and resource.inputs.get("addressType", "EXTERNAL") == "EXTERNAL"
    return resource.type in NATS or (address and resource.component == "network")


def _through_endpoints(case: Case) -> Case:
    """Nothing changes where there are no endpoints that could take the traffic."""
    if not any(each.type in ENDPOINTS for each in case.stack.resources):
        return case
    moved = used(
        "data", endpoints_gb=lambda usage: usage.data.endpoints_gb + usage.data.nat_gb, nat_gb=Decimal(0)
    )
    return both(moved, without(_way_out))(case)


def _one_nat(found: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The first gateway and the first address only."""
    kept: set[str] = set()
    left = []
    for each in found:
        if _way_out(each):
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
    return swapped(_of(*DATABASES), table, "multiAz", "availabilityType", "mode")(case)


KINDS = (
    _Kind(
        "endpoints", "Private endpoints instead of NAT",
        "everything called has an endpoint; desks and sites outside cannot be reached any more",
        _through_endpoints,
        source="R000-166, R004-8",
    ),
    _Kind("nat", "One NAT gateway for all zones", "a failed zone takes the way out with it", edits.resources(_one_nat)),
    _Kind(
        "spot", "Interruptible workers", "jobs are safe to interrupt",
        both(inputs(_workers, _to_spot), edits.spot(True)), edits.spot(False),
    ),
    _Kind(
        "arm", "ARM processors", "images are built for both",
        swapped(_of(*POOLS), ARM), swapped(_of(*POOLS), X86), source="R004-8",
    ),
    _Kind(
        "pods", "Less memory for each pod", "half a gigabyte is enough for most, so one core node less; never below two",
        inputs(_core, _one_less), source="R004-8",
    ),
    _Kind(
        "database", "The next smaller database", "it still meets the 95th percentile; measure before and after",
        swapped(_of(*DATABASES), SMALLER),
    ),
    _Kind("standby", "No standby outside production", "hours without a database are bearable there", _no_standby),
    _Kind("sampling", "Log sampling", "half of the lines tell as much", used("data", logs_gb=HALF)),
    _Kind(
        "retention", f"Logs kept {SHORT_DAYS} days", "audit records lie elsewhere",
        inputs(lambda resource: True, _short), source="R000-166, R004-8",
    ),
    _Kind(
        "metrics", "Few metrics", "no metrics of single pods and containers from the cloud; Prometheus has them",
        without(lambda each: each.inputs.get("addonName") == "amazon-cloudwatch-observability"),
    ),
    _Kind(
        "cdn", "More through the delivery network", "half of what goes out can be cached at the edge",
        used("data", cdn_gb=lambda usage: usage.data.cdn_gb + usage.data.egress_gb * HALF, egress_gb=HALF),
    ),
    _Kind(
        "1y", "Commitment for one year", "what runs all month runs a year, without prepayment",
        edits.committed("1y"), edits.released("1y"),
    ),
    _Kind(
        "3y", "Commitment for three years", "what runs all month runs three years, without prepayment",
        edits.committed("3y"), edits.released("3y"),
    ),
    _Kind(
        "summaries", "Rolling summaries", "a summary in place of the conversation leaves three fifths of the prompt",
        asked("answer", input_per_call=Decimal("0.6")),
    ),
    _Kind(
        "small-tasks", "Small model for tags, routes, summaries", "against the model of answers doing it",
        put_back=handed_over("small", "answer", Decimal(1)), source="R000-166, R004-8",
    ),
    _Kind(
        "small-first", "Small model answers first", "four questions in five need no strong one",
        handed_over("answer", "small", Decimal("0.8")), source="R004-8",
    ),
    _Kind(
        "cache", "Evidence cached", "three questions in ten come again, and find what was found",
        both(
            used("traffic", retrievals=Decimal("0.7")), asked("embedding", calls=Decimal("0.7")),
            asked("rerank", calls=Decimal("0.7")),
        ),
        source="R000-166, R004-8",
    ),
    _Kind(
        "closed", "Fail closed", "without evidence no model is asked: one question in five",
        put_back=asked("answer", calls=Decimal("1.25")),
    ),
)  # fmt: skip


def levers(case: Case, estimate: Estimator) -> tuple[Lever, ...]:
    """Try every lever on a case.

    Args:
        case: the stack as it is, its use, and how it is paid.
        estimate: prices a case.
    """
    base = estimate(case)
    return tuple(_tried(kind, case, base, estimate) for kind in KINDS)


def _tried(kind: _Kind, case: Case, base: Estimate, estimate: Estimator) -> Lever:
    state, saving, why = _judged(kind, case, base, estimate)
    return Lever(
        key=kind.key, title=kind.title, source=kind.source, state=state, saving=saving,
        assumption=why or kind.assumption,
    )  # fmt: skip


def _judged(kind: _Kind, case: Case, base: Estimate, estimate: Estimator) -> tuple[State, Decimal, str]:
    """What pulling it would do; if nothing, what putting it back would."""
    dearer: Decimal | None = None
    for edit, sign in ((kind.pull, 1), (kind.put_back, -1)):
        if edit is None:
            continue
        changed = estimate(edit(case))
        lost = _lost(base, changed)
        if lost:
            return "no effect", Decimal(0), f"cannot be computed: {lost}"
        saving = sign * (base.total.expected - changed.total.expected)
        if saving >= CENT:
            return ("open" if sign == 1 else "in use"), saving, ""
        if sign == 1 and saving <= -CENT:
            dearer = saving
    return ("dearer", dearer, "") if dearer is not None else ("no effect", Decimal(0), "nothing of it here")


def _lost(base: Estimate, changed: Estimate) -> str:
    """Why the changed stack has something without a price that had one."""
    known = {each.urn for each in base.unpriced}
    return next((each.reason for each in changed.unpriced if each.urn not in known), "")
