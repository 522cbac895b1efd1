"""Pools of nodes: machine sizes, counts per zone, labels and taints, spot capacity."""

from collections.abc import Mapping
from typing import Any

from pulumi_azure_native import containerservice

from caseplane_infra.azure.network import Ring
from caseplane_infra.contract import CoreNodes, WorkerNodes
from caseplane_infra.naming import Labels

MACHINES: Mapping[str, Mapping[str, str]] = {
    "amd64": {"small": "Standard_F2s_v2", "medium": "Standard_D2s_v5", "large": "Standard_D4s_v5"},
    "arm64": {"small": "Standard_D2pls_v5", "medium": "Standard_D2ps_v5", "large": "Standard_D4ps_v5"},
}
SPOT = "kubernetes.azure.com/scalesetpriority"
"""Label and taint that AKS puts on every spot node; declared here too, or Pulumi would report drift."""


def shared(total: int, rings: int, index: int) -> int:
    """One pool's share of a number of nodes for all zones together; the first pools take the remainder."""
    return total // rings + (1 if index < total % rings else 0)


def node(
    role: str,
    pool: CoreNodes | WorkerNodes,
    ring: Ring,
    *,
    index: int,
    rings: int,
    architecture: str,
    labels: Labels,
) -> dict[str, Any]:
    """Arguments of a pool, either inside the cluster's declaration or as a resource of its own.

    Args:
        role: `core` or `workers`.
        pool: its needs, counted in all zones together.
        ring: its subnet and zones.
        index: the ring's index, from 0.
        rings: how many rings share the nodes.
        architecture: architecture of the processors.
        labels: labels for its tags.
    """
    spot = isinstance(pool, WorkerNodes) and pool.spot
    own = {"role": role, "env": labels.environment}
    least = shared(pool.minimum, rings, index)
    least = max(least, 1) if role == "core" else least  # system pods need a node
    return {
        "name": f"{role}{index + 1}",
        "mode": "System" if role == "core" else "User",
        "vm_size": MACHINES[architecture][pool.tier],
        "os_type": "Linux",
        "os_sku": "AzureLinux",
        "os_disk_type": "Managed",
        "os_disk_size_gb": pool.disk_gib,
        "vnet_subnet_id": ring.subnet.id,
        "availability_zones": list(ring.zones),
        "enable_auto_scaling": True,
        "count": max(least, shared(pool.desired, rings, index)),
        "min_count": least,
        "max_count": max(least, 1, shared(pool.maximum, rings, index)),
        "max_pods": 110,
        "enable_node_public_ip": False,
        "scale_set_priority": "Spot" if spot else "Regular",
        "node_labels": {**own, SPOT: "spot"} if spot else own,
        "node_taints": _taints(role, spot=spot),
        "tags": labels.tags(f"{role}{index + 1}"),
        **(
            {"scale_set_eviction_policy": "Delete", "spot_max_price": -1}
            if spot
            else {"upgrade_settings": containerservice.AgentPoolUpgradeSettingsArgs(max_surge="33%")}
        ),
    }


def _taints(role: str, *, spot: bool) -> list[str] | None:
    if role == "core":
        return None
    return [f"role={role}:NoSchedule", *([f"{SPOT}=spot:NoSchedule"] if spot else [])]
