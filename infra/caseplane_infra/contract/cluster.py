from ipaddress import IPv4Network
from typing import Annotated, Literal

import pulumi
import pulumi_kubernetes
from pydantic import Field

from caseplane_infra.contract.part import Gib, Part, Section, Tier


class CoreNodes(Section):
    """On-demand nodes of the services."""

    tier: Tier = "medium"
    """Node size: small 2 vCPU/4 GiB, medium 2 vCPU/8 GiB, large 4 vCPU/16 GiB; about 25, 50 and 100 USD each."""
    minimum: Annotated[int, Field(ge=1, le=100)] = 2
    """Fewest nodes in all zones together."""
    desired: Annotated[int, Field(ge=1, le=100)] = 3
    """Nodes at the start; the autoscaler moves it afterwards."""
    maximum: Annotated[int, Field(ge=1, le=100)] = 4
    """Most nodes in all zones together: the ceiling of the bill."""
    disk_gib: Gib = 50
    """Disk of each node, GiB."""


class WorkerNodes(Section):
    """Nodes of the background workers, from zero."""

    tier: Tier = "medium"
    """Node size, as for `core`."""
    minimum: Annotated[int, Field(ge=0, le=100)] = 0
    """Fewest nodes; zero costs nothing while there is no work."""
    desired: Annotated[int, Field(ge=0, le=100)] = 1
    """Nodes at the start; the autoscaler moves it afterwards."""
    maximum: Annotated[int, Field(ge=1, le=100)] = 5
    """Most nodes in all zones together: the ceiling of the bill."""
    disk_gib: Gib = 50
    """Disk of each node, GiB."""
    spot: bool = True
    """Interruptible capacity, 60 to 90 % cheaper; jobs are safe to interrupt."""


class ClusterNeeds(Section):
    """Kubernetes."""

    version: Annotated[str, Field(pattern=r"^1\.\d{2}$")] = "1.34"
    """Minor version; raise it one at a time. Old versions cost extra on AWS (0.60 instead of 0.10 USD an hour)."""
    architecture: Literal["amd64", "arm64"] = "amd64"
    """Processor of all nodes; arm64 is about 20 % cheaper where the cloud offers it."""
    private_control_plane: bool = False
    """The Kubernetes API answers inside the network only; then deploy from inside (VPN, bastion, runner)."""
    authorized_cidrs: tuple[IPv4Network, ...] = ()
    """Addresses that may reach a public control plane; empty with a public one is refused outside dev."""
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
