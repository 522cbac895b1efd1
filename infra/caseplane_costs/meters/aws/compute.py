"""EKS, its nodes and their disks, and the models of Bedrock."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, MeterError, fixed, hourly, used
from caseplane_costs.meters.common import disks, is_workers, nodes, tokens
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
POOL = "aws:eks/nodeGroup:NodeGroup"
WATCHER = "amazon-cloudwatch-observability"
OBSERVATIONS = Range(Decimal(8), Decimal(16), Decimal(32))
"""Millions a month of one node: some thirty metrics of it and of each of its ten pods, once a minute."""


def control_plane(_: Resource, __: Context) -> Iterator[Charge]:
    """The cluster; a version in standard support, as older ones cost six times as much."""
    yield hourly("eks.cluster", "control plane, all month, of a version in standard support")


def pool(group: Resource, context: Context) -> Iterator[Charge]:
    """Nodes and their disks; a spot pool is priced by its first kind of machine."""
    kinds = lookup(group, "instanceTypes")
    if not isinstance(kinds, list) or not kinds:
        raise MeterError(f"{group.name}: no instanceTypes, by which it is priced.")
    workers = is_workers(group)
    desired = None if workers else number(group, "scalingConfig.desiredSize")
    spot = lookup(group, "capacityType") == "SPOT"
    yield from nodes(f"ec2.{kinds[0]}", context, desired=desired, spot=spot)
    template = next(
        (each for each in context.of_type(TEMPLATE) if each.name.startswith(f"{group.name}-")), None
    )
    if template is None:
        raise MeterError(f"{group.name}: no launch template of its name, so its disks are unknown.")
    yield disks("ebs.gp3", number(template, "blockDeviceMappings.0.ebs.volumeSize"), context, desired=desired)


def addon(plugin: Resource, context: Context) -> Iterator[Charge]:
    """Plug-ins are free; what the CloudWatch agent observes is not."""
    kind = text(plugin, "addonName")
    if kind != WATCHER:
        yield fixed("eks.addon", 1, f"{kind}: free, and runs on nodes that are paid for")
        return
    count = sum(int(number(each, "scalingConfig.desiredSize")) for each in context.of_type(POOL)) or 1
    yield used(
        "cloudwatch.observations", OBSERVATIONS * count,
        f"Container Insights: {count} nodes with about ten pods each, observed every minute",
    )  # fmt: skip


def profile(model: Resource, context: Context) -> Iterator[Charge]:
    """An inference profile is free; the tokens of its model are billed where it is called."""
    role = model.tags.get("role", model.name.rpartition("-")[2])
    region = lookup(model, "region", "")
    yield from tokens(role, text(model, "modelSource.copyFrom").replace(":0", ""), context, region=region)


METERED: Mapping[str, Meter] = {
    "aws:eks/cluster:Cluster": control_plane,
    POOL: pool,
    "aws:eks/addon:Addon": addon,
    "aws:bedrock/inferenceProfile:InferenceProfile": profile,
}
