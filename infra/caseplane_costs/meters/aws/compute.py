"""EKS, its nodes and their disks, and the models of Bedrock."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, constant, fixed, hourly, used
from caseplane_costs.meters.common import disks, is_workers, nodes, tokens
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
POOL = "aws:eks/nodeGroup:NodeGroup"
CLOUDWATCH_AGENT = "amazon-cloudwatch-observability"
OBSERVATIONS = Range(Decimal(8), Decimal(16), Decimal(32))
"""Millions a month per node: about thirty metrics of the node and of each of its ten pods, once a minute."""


def pool(group: Resource, context: Context) -> Iterator[Charge]:
    """Nodes and their disks, at the price of the first kind of machine."""
    kinds = lookup(group, "instanceTypes")
    if not isinstance(kinds, list) or not kinds:
        raise MeterError(f"{group.name}: has no instanceTypes, which its price depends on.")
    desired = None if is_workers(group) else number(group, "scalingConfig.desiredSize")
    spot = lookup(group, "capacityType") == "SPOT"
    yield from nodes(f"ec2.{kinds[0]}", context, desired=desired, spot=spot)
    template = next(
        (each for each in context.of_type(TEMPLATE) if each.name.startswith(f"{group.name}-")), None
    )
    if template is None:
        raise MeterError(f"{group.name}: has no launch template, so the size of its disks is unknown.")
    yield disks("ebs.gp3", number(template, "blockDeviceMappings.0.ebs.volumeSize"), context, desired=desired)


def addon(plugin: Resource, context: Context) -> Iterator[Charge]:
    """Add-ons are free, except what the CloudWatch agent observes."""
    kind = text(plugin, "addonName")
    if kind != CLOUDWATCH_AGENT:
        yield fixed("eks.addon", 1, f"{kind}: free, and runs on the nodes")
        return
    count = sum(int(number(each, "scalingConfig.desiredSize")) for each in context.of_type(POOL)) or 1
    yield used(
        "cloudwatch.observations", OBSERVATIONS * count,
        f"Container Insights: {count} nodes with about ten pods each, observed every minute",
    )  # fmt: skip


def profile(model: Resource, context: Context) -> Iterator[Charge]:
    """An inference profile is free; the tokens of its model are billed in the region of the calls."""
    role = model.tags.get("role", model.name.rpartition("-")[2])
    region = lookup(model, "region", "")
    yield from tokens(role, text(model, "modelSource.copyFrom").replace(":0", ""), context, region=region)


METERED: Mapping[str, Meter] = {
    # Versions in extended support cost six times as much.
    "aws:eks/cluster:Cluster": constant(
        hourly("eks.cluster", "control plane, all month, of a version in standard support")
    ),
    POOL: pool,
    "aws:eks/addon:Addon": addon,
    "aws:bedrock/inferenceProfile:InferenceProfile": profile,
}
