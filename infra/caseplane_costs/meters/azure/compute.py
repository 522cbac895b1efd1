"""AKS, its nodes and their disks, and the models of Azure AI Services."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, hourly, used
from caseplane_costs.meters.common import nodes, premium_disk, tokens
from caseplane_costs.meters.inputs import lookup, number, text
from caseplane_costs.quantities import HOURS
from caseplane_costs.stacks import Resource

POOL = "azure-native:containerservice:AgentPool"
FRONT_DOOR = "azure-native:cdn:Profile"
"""Reaches the cluster through its load balancer."""
SYSTEM = "System"
DISK_GIB = 128
"""The default of AKS."""


def control_plane(cluster: Resource, context: Context) -> Iterator[Charge]:
    """The control plane, the pool declared with it, and the load balancer that every cluster has."""
    tier = str(lookup(cluster, "sku.tier", "Free")).lower()
    what = "no fee, and no guaranteed uptime" if tier == "free" else "with guaranteed uptime"
    yield hourly(f"aks.{tier}", f"the {tier} tier: {what}")
    first = "agentPoolProfiles.0"
    yield from _core(cluster, f"{first}.vmSize", f"{first}.count", f"{first}.osDiskSizeGB", context)
    if lookup(cluster, "networkProfile.outboundType") == "loadBalancer" or context.of_type(FRONT_DOOR):
        yield hourly("lb.rules", "the load balancer's rules, up to five")
        yield used("lb.gb", context.usage.data.egress_gb, "the traffic through it")


def pool(group: Resource, context: Context) -> Iterator[Charge]:
    """A further pool: core nodes of another zone, or workers, among which work is split evenly."""
    if lookup(group, "mode") == SYSTEM:
        yield from _core(group, "vmSize", "count", "osDiskSizeGB", context)
        return
    pools = [each for each in context.of_type(POOL) if lookup(each, "mode") != SYSTEM]
    spot = lookup(group, "scaleSetPriority") == "Spot"
    yield from nodes(f"vm.{text(group, 'vmSize').lower()}", context, spot=spot, pools=len(pools))
    months = context.usage.compute.worker_hours / HOURS / len(pools)
    yield used(
        premium_disk(number(group, "osDiskSizeGB", DISK_GIB)), months, "a disk for each hour of a worker"
    )


def _core(owner: Resource, size: str, count: str, disk: str, context: Context) -> Iterator[Charge]:
    desired = number(owner, count)
    yield from nodes(f"vm.{text(owner, size).lower()}", context, desired=desired)
    yield fixed(premium_disk(number(owner, disk, DISK_GIB)), desired, f"{desired} managed disks")


def deployment(model: Resource, context: Context) -> Iterator[Charge]:
    yield from tokens(str(lookup(model, "deploymentName", "")), text(model, "properties.model.name"), context)


METERED: Mapping[str, Meter] = {
    "azure-native:containerservice:ManagedCluster": control_plane,
    POOL: pool,
    "azure-native:cognitiveservices:Deployment": deployment,
}
