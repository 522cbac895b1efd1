"""Google Cloud: Kubernetes clusters and their node pools."""

import re
from collections.abc import Mapping
from ipaddress import ip_network

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    gcp,
    labelled,
    named,
    needs_service,
    on,
    placed,
    zones_of,
)
from tests.integration.infra.simulator.rules.gcp_keys import (
    ACCOUNT,
    CLUSTER,
    KEY,
    PROJECT_GRANT,
    encrypted,
    granted,
)
from tests.integration.infra.simulator.rules.gcp_network import NETWORK, SUBNETWORK

NAME = r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?"
MACHINES: Mapping[str, frozenset[str]] = {
    "e2": frozenset({"medium", "small", "micro", "standard-2", "standard-4", "standard-8", "highmem-2"}),
    "n2": frozenset({"standard-2", "standard-4", "standard-8", "highmem-2"}),
    "c4a": frozenset({"standard-1", "standard-2", "standard-4", "standard-8", "highcpu-2", "highmem-2"}),
    "t2a": frozenset({"standard-1", "standard-2", "standard-4"}),
}
"""Machine series and sizes (Compute Engine: machine families)."""
ARM = {
    "c4a": {
        "us-central1",
        "us-east1",
        "us-west1",
        "europe-west1",
        "europe-west2",
        "europe-west3",
        "europe-west4",
    },
    "t2a": {"us-central1", "europe-west4"},
}
"""Where Arm machines are (Compute Engine: available regions and zones)."""
HYPERDISK_ONLY = {"c4a"}


def _regional(location: str) -> str:
    return location.rsplit("-", 1)[0] if location.count("-") == 2 else location


CONTROL = gcp.kind(
    CLUSTER,
    id="projects/{project}/locations/{location}/clusters/{name}",
    outputs={
        "endpoint": lambda facts: f"10.8.0.{int(facts.digits(2), 16) % 250 + 2}",
        "masterVersion": lambda facts: f"{facts.get('minMasterVersion', '1.35')}.1-gke.1000000",
        "masterAuth": lambda facts: {
            "clusterCaCertificate": "LS0tLS1CRUdJTg==",
            "clientCertificate": "",
            "clientCertificateConfig": {"issueClientCertificate": False},
            "clientKey": "",
        },
    },
    refs={
        "network": to(NETWORK),
        "subnetwork": to(SUBNETWORK),
        "privateClusterConfig.privateEndpointSubnetwork": to(SUBNETWORK),
        "databaseEncryption.keyName": to(KEY),
        "nodeConfig.serviceAccount": to(ACCOUNT, by="email"),
    },
    immutable=(
        "name",
        "location",
        "network",
        "subnetwork",
        "ipAllocationPolicy",
        "datapathProvider",
        "networkingMode",
        "privateClusterConfig.enablePrivateNodes",
    ),
    protected_by="deletionProtection",
    polls=8,
    example={
        "project": on("container"),
        "name": "example",
        "location": "us-central1",
        "nodeLocations": ["us-central1-a", "us-central1-b"],
        "network": Ref(NETWORK),
        "subnetwork": Ref(SUBNETWORK),
        "minMasterVersion": "1.35",
        "deletionProtection": False,
        "initialNodeCount": 1,
        "removeDefaultNodePool": True,
        "ipAllocationPolicy": {
            "clusterSecondaryRangeName": "pods",
            "servicesSecondaryRangeName": "services",
        },
        "privateClusterConfig": {
            "enablePrivateNodes": True,
            "privateEndpointSubnetwork": Ref(SUBNETWORK, "id", 2),
        },
        "workloadIdentityConfig": {"workloadPool": "caseplane-test.svc.id.goog"},
        "databaseEncryption": {"state": "ENCRYPTED", "keyName": granted("container")},
        "releaseChannel": {"channel": "REGULAR"},
    },
)
needs_service(CONTROL, "container")
named(CONTROL, NAME)
labelled(CONTROL, "resourceLabels")
placed(CONTROL, zonal=True)
encrypted(CONTROL, "databaseEncryption.keyName", "container", lambda facts: _regional(facts.get("location")))


@gcp.rule(CONTROL, "INVALID_ARGUMENT", broken={"minMasterVersion": "1.12"})
def kubernetes_version(cluster: Facts) -> str | None:
    """A channel offers certain minor versions (GKE: release schedule)."""
    version = cluster.get("minMasterVersion", "1.35")
    return None if version in {f"1.{minor}" for minor in range(31, 37)} else f"{version}"


@gcp.rule(CONTROL, "INVALID_ARGUMENT", broken={"releaseChannel": {"channel": "NIGHTLY"}})
def release_channel(cluster: Facts) -> str | None:
    """Channels are RAPID, REGULAR, STABLE, EXTENDED or none (GKE: release channels)."""
    channel = cluster.get("releaseChannel.channel", "REGULAR")
    return None if channel in ("RAPID", "REGULAR", "STABLE", "EXTENDED", "UNSPECIFIED") else f"{channel}"


@gcp.rule(CONTROL, "INVALID_ARGUMENT", broken={"nodeLocations": ["us-central1-a", "us-central1-d"]})
def node_zones(cluster: Facts) -> str | None:
    """Nodes are in zones of the cluster's region, and in the cluster's own zone as well (GKE: cluster types)."""
    location, zones = cluster.get("location"), set(cluster.get("nodeLocations") or [])
    wrong = zones - zones_of(_regional(location))
    if location.count("-") == 2:
        wrong |= {location} & zones  # a zonal cluster lists only its further zones
    return f"{', '.join(sorted(wrong))}" if wrong else None


@gcp.rule(CONTROL, "INVALID_ARGUMENT", broken={"subnetwork": Ref(SUBNETWORK, "id", 2)})
def pod_ranges(cluster: Facts) -> str | None:
    """The ranges of pods and services are secondary ranges of the cluster's subnetwork (GKE: VPC-native clusters)."""
    ranges = cluster.named("subnetwork").inputs.get("secondaryIpRanges") or []
    names, policy = {each["rangeName"] for each in ranges}, cluster.get("ipAllocationPolicy") or {}
    keys = ("clusterSecondaryRangeName", "servicesSecondaryRangeName")
    missing = {policy[each] for each in keys if each in policy} - names
    return f"no range {', '.join(sorted(missing))}" if missing else None


@gcp.rule(
    CONTROL,
    "INVALID_ARGUMENT",
    broken={"location": "us-east1", "nodeLocations": ["us-east1-b"], "databaseEncryption": Drop()},
)
def subnetwork_region(cluster: Facts) -> str | None:
    """A cluster is in its subnetwork's region (GKE: VPC-native clusters)."""
    region = cluster.named("subnetwork").get("region")
    return None if _regional(cluster.get("location")) == region else f"subnetwork in {region}"


@gcp.rule(CONTROL, "INVALID_ARGUMENT", broken={"privateClusterConfig.enablePrivateNodes": False})
def private_nodes_for_apis(cluster: Facts) -> str | None:
    """Nodes without public addresses need a subnetwork with Private Google Access (GKE: network isolation)."""
    private = (cluster.get("privateClusterConfig") or {}).get("enablePrivateNodes")
    access = cluster.named("subnetwork").inputs.get("privateIpGoogleAccess")
    return None if private and access else "nodes would have public addresses, or no way to images"


@gcp.rule(
    CONTROL,
    "INVALID_ARGUMENT",
    broken={
        "privateClusterConfig.enablePrivateEndpoint": True,
        "privateClusterConfig.enablePrivateNodes": True,
    },
)
def private_endpoint(cluster: Facts) -> str | None:
    """A private endpoint alone needs authorized networks turned on (GKE: network isolation)."""
    private = (cluster.get("privateClusterConfig") or {}).get("enablePrivateEndpoint")
    given = cluster.inputs.get("masterAuthorizedNetworksConfig") is not None
    return "no masterAuthorizedNetworksConfig" if private and not given else None


@gcp.rule(
    CONTROL,
    "INVALID_ARGUMENT",
    broken={"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "203.0.113.7/24"}]}},
)
def authorized_ranges(cluster: Facts) -> str | None:
    """Authorized networks are ranges given by their first address, 100 at most (GKE: authorized networks)."""
    blocks = cluster.all("masterAuthorizedNetworksConfig.cidrBlocks[].cidrBlock")
    for each in blocks:
        try:
            ip_network(each)
        except ValueError as exc:
            return str(exc)
    return None if len(blocks) <= 100 else f"{len(blocks)}"


@gcp.rule(
    CONTROL, "INVALID_ARGUMENT", broken={"workloadIdentityConfig": {"workloadPool": "other.svc.id.goog"}}
)
def workload_pool(cluster: Facts) -> str | None:
    """The pool of workload identities is the project's own (GKE: workload identity federation)."""
    pool = cluster.get("workloadIdentityConfig.workloadPool")
    return None if pool in (None, f"{cluster.cloud.account['project']}.svc.id.goog") else f"{pool}"


@gcp.rule(CONTROL, "INVALID_ARGUMENT", broken={"datapathProvider": "CALICO"})
def datapath(cluster: Facts) -> str | None:
    """The data path is the legacy or the advanced one (GKE: Dataplane V2)."""
    provider = cluster.get("datapathProvider", "LEGACY_DATAPATH")
    return None if provider in ("LEGACY_DATAPATH", "ADVANCED_DATAPATH") else f"{provider}"


@gcp.rule(
    CONTROL,
    "INVALID_ARGUMENT",
    broken={"nodeConfig": {"machineType": "c4a-standard-2", "diskType": "pd-balanced"}},
)
def first_pool(cluster: Facts) -> str | None:
    """The first pool is a node pool like others, although it is removed (GKE: node pools)."""
    place = _regional(cluster.get("location"))
    return machine_fault(cluster, "nodeConfig", place) or disk_fault(cluster, "nodeConfig")


POOL = gcp.kind(
    "gcp:container/nodePool:NodePool",
    id=lambda facts: f"{facts.get('cluster')}/nodePools/{facts.get('name')}",
    refs={
        "cluster": to(CONTROL),
        "nodeConfig.serviceAccount": to(ACCOUNT, by="email"),
        "nodeConfig.bootDiskKmsKey": to(KEY),
    },
    immutable=("name", "cluster", "location", "initialNodeCount", "nodeConfig.spot"),
    polls=4,
    example={
        "name": "example",
        "cluster": Ref(CONTROL),
        "location": "us-central1",
        "initialNodeCount": 1,
        "autoscaling": {"totalMinNodeCount": 2, "totalMaxNodeCount": 4, "locationPolicy": "BALANCED"},
        "nodeConfig": {
            "machineType": "e2-standard-2",
            "diskType": "pd-balanced",
            "diskSizeGb": 50,
            "bootDiskKmsKey": granted("compute"),
            "serviceAccount": Ref(ACCOUNT, "email"),
            # No property of Google's: the reference makes the account's grant before the pool.
            "labels": {"granted": Ref(PROJECT_GRANT, "role", 2)},
        },
    },
    further=({"name": "spot", "nodeConfig.spot": True},),
)
named(POOL, NAME)
labelled(POOL, "nodeConfig.resourceLabels")
encrypted(POOL, "nodeConfig.bootDiskKmsKey", "compute", lambda facts: _regional(facts.get("location")))


def machine_fault(facts: Facts, path: str, region: str) -> str | None:
    """What is wrong with a pool's machines."""
    machine = facts.get(f"{path}.machineType", "e2-medium")
    series, _, size = machine.partition("-")
    if size not in MACHINES.get(series, ()):
        return f"no machine type {machine}"
    if series in ARM and region not in ARM[series]:
        return f"{machine} is not offered in {region}"
    return None


def disk_fault(facts: Facts, path: str) -> str | None:
    """Whether a pool's machines take its disks."""
    disk, machine = (
        facts.get(f"{path}.diskType", "pd-balanced"),
        facts.get(f"{path}.machineType", "e2-medium"),
    )
    fits = disk.startswith("hyperdisk") == (machine.partition("-")[0] in HYPERDISK_ONLY)
    return None if fits else f"{disk} does not fit {machine}"


@gcp.rule(POOL, "INVALID_ARGUMENT", broken={"nodeConfig.machineType": "t3.medium"})
def machine_known(pool: Facts) -> str | None:
    """Machine types are Google's, and offered in the region (Compute Engine: machine families, regions and zones)."""
    return machine_fault(pool, "nodeConfig", _regional(pool.get("location")))


@gcp.rule(POOL, "INVALID_ARGUMENT", broken={"nodeConfig.diskType": "hyperdisk-balanced"})
def disk_fits(pool: Facts) -> str | None:
    """General-purpose e2 machines take persistent disks, Axion machines Hyperdisk only (Hyperdisk: machine support)."""
    return disk_fault(pool, "nodeConfig")


@gcp.rule(POOL, "INVALID_ARGUMENT", broken={"nodeConfig.diskSizeGb": 5})
def node_disk(pool: Facts) -> str | None:
    """A node's disk has 10 GB at least (GKE: boot disks)."""
    size = pool.get("nodeConfig.diskSizeGb", 100)
    return None if size >= 10 else f"{size} GB"


@gcp.rule(POOL, "INVALID_ARGUMENT", broken={"autoscaling": {"totalMinNodeCount": 1, "maxNodeCount": 4}})
def one_way_to_count(pool: Facts) -> str | None:
    """Limits are per zone or in total, not mixed, and in order (GKE: cluster autoscaler)."""
    scaling = pool.get("autoscaling") or {}
    total = [scaling.get("totalMinNodeCount"), scaling.get("totalMaxNodeCount")]
    zone = [scaling.get("minNodeCount"), scaling.get("maxNodeCount")]
    if any(each is not None for each in total) and any(each is not None for each in zone):
        return "both"
    low, high = total if total[1] is not None else zone
    return f"{low} to {high}" if high is not None and (low or 0) > high else None


@gcp.rule(POOL, "QUOTA_EXCEEDED", broken={"autoscaling.totalMaxNodeCount": 200})
def processors(pool: Facts) -> str | None:
    """A new project has 100 processors of most series in a region (Compute Engine: quotas); ours asked for 200."""
    asked = sum(_processors(each.inputs) for each in pool.others()) + _processors(pool.inputs)
    return f"{asked} processors" if asked > int(pool.cloud.account.get("cpus", "200")) else None


def _processors(inputs: Mapping[str, object]) -> int:
    scaling, node = inputs.get("autoscaling") or {}, inputs.get("nodeConfig") or {}
    nodes = scaling.get("totalMaxNodeCount") or 3 * scaling.get("maxNodeCount", 1)  # type: ignore[attr-defined]
    size = re.search(r"(\d+)$", str(node.get("machineType", "e2-medium")))  # type: ignore[attr-defined]
    return int(nodes) * (int(size[1]) if size else 2)


@gcp.rule(
    POOL,
    "INVALID_ARGUMENT",
    broken={"nodeConfig.taints": [{"key": "role", "value": "workers", "effect": "NoSchedule"}]},
)
def taint_effects(pool: Facts) -> str | None:
    """Effects of taints are in capitals here, unlike in Kubernetes (GKE: node taints)."""
    known = {"NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"}
    wrong = set(pool.all("nodeConfig.taints[].effect")) - known
    return f"{', '.join(wrong)}" if wrong else None


@gcp.rule(POOL, "INVALID_ARGUMENT", broken={"nodeConfig.serviceAccount": Ref(ACCOUNT, "email", 3)})
def node_account_may_report(pool: Facts) -> str | None:
    """A node's account needs to write logs and metrics, or its nodes count as unhealthy (GKE: node service accounts)."""
    member = f"serviceAccount:{pool.get('nodeConfig.serviceAccount')}"
    roles = {"roles/container.defaultNodeServiceAccount", "roles/logging.logWriter"}
    held = [each for each in pool.others(PROJECT_GRANT, member=member) if each.inputs["role"] in roles]
    return None if held else f"{member} has no role for it"
