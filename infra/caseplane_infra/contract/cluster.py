from ipaddress import IPv4Network
from typing import Annotated, Literal

import pulumi
import pulumi_kubernetes
from pydantic import Field

from caseplane_infra.contract.part import Gib, Part, Section, Tier
from caseplane_infra.facts import DEFAULT


class CoreNodes(Section):
    """On-demand nodes of the services."""

    tier: Tier = "medium"
    """Node size: small 2 vCPU/4 GiB, medium 2 vCPU/8 GiB, large 4 vCPU/16 GiB; about 25, 50 and 100 USD each."""
    minimum: Annotated[int, Field(ge=1, le=100)] = 2
    """Minimum of nodes in all zones together."""
    desired: Annotated[int, Field(ge=1, le=100)] = 3
    """Initial nodes; the autoscaler changes the number afterwards."""
    maximum: Annotated[int, Field(ge=1, le=100)] = 4
    """Maximum of nodes in all zones together, which limits the bill."""
    disk_gib: Gib = 50
    """Disk of each node, GiB."""


class WorkerNodes(Section):
    """Nodes of the background workers, which scale from zero."""

    tier: Tier = "medium"
    """Node size, as for `core`."""
    minimum: Annotated[int, Field(ge=0, le=100)] = 0
    """Minimum of nodes; with zero, workers cost nothing while there is no work."""
    desired: Annotated[int, Field(ge=0, le=100)] = 1
    """Initial nodes; the autoscaler changes the number afterwards."""
    maximum: Annotated[int, Field(ge=1, le=100)] = 5
    """Maximum of nodes in all zones together, which limits the bill."""
    disk_gib: Gib = 50
    """Disk of each node, GiB."""
    spot: bool = True
    """Interruptible capacity, 60 to 90 % cheaper; jobs are safe to interrupt."""


class ClusterNeeds(Section):
    """Kubernetes."""

    version: Annotated[str, Field(pattern=r"^1\.\d{2}$")] = DEFAULT
    """Minor version; raise it one at a time, and never lower it. `verify` and `estimate` say when its support ends."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """Processor architecture of all nodes; arm64 is about 20 % cheaper where the cloud offers it."""
    private_control_plane: bool = False
    """The Kubernetes API is reachable inside the network only; deploy from there (VPN, bastion, runner)."""
    authorized_cidrs: tuple[IPv4Network, ...] = ()
    """Addresses that may reach a public control plane; required for one outside dev."""
    core: CoreNodes = CoreNodes()
    """On-demand nodes of the services."""
    workers: WorkerNodes = WorkerNodes()
    """Spot nodes of the background workers."""
    protect: bool = False
    """Refuse deletion of the cluster. No cost."""


class Cluster(Part):
    """A managed Kubernetes cluster with workload identity and two node pools."""

    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    issuer: pulumi.Output[str]
    """OIDC issuer of its service-account tokens."""
    kubeconfig: pulumi.Output[str]
    provider: pulumi_kubernetes.Provider
