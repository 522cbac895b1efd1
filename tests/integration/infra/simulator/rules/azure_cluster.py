"""AKS."""

import base64
import re
from ipaddress import ip_address, ip_network
from typing import Any

import yaml
from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, RefusedError, to
from tests.integration.infra.simulator.rules.azure_book import (
    ASSIGNMENT,
    IDENTITY,
    ROLES,
    USERS,
    azure,
    locked,
    named,
    placed,
    resource,
    tagged,
    zoned,
)
from tests.integration.infra.simulator.rules.azure_keys import DISKS
from tests.integration.infra.simulator.rules.azure_network import SUBNET, VNET
from tests.integration.infra.simulator.rules.azure_registry import CACHE, REGISTRY
from tests.integration.infra.simulator.values import Properties

CLUSTER = resource(
    "azure-native:containerservice:ManagedCluster",
    "Microsoft.ContainerService/managedClusters/{resourceName}",
    outputs={
        "fqdn": "{dnsPrefix}-{hex}.hcp.{location}.azmk8s.io",
        "currentKubernetesVersion": "{kubernetesVersion}.2",
    },
    nested={
        **USERS,
        "oidcIssuerProfile.issuerURL": "https://{location}.oic.prod-aks.azure.com/{tenant}/{hex}/",
        "ingressProfile.webAppRouting.identity": lambda facts: _routing(facts.cloud, facts.id),
    },
    refs={
        "identity.userAssignedIdentities[]": to(IDENTITY),
        "identityProfile.kubeletidentity.resourceId": to(IDENTITY),
        "agentPoolProfiles[].vnetSubnetID": to(SUBNET),
        "diskEncryptionSetID": to(DISKS),
        "apiServerAccessProfile.subnetId": to(SUBNET),
        "bootstrapProfile.containerRegistryId": to(REGISTRY),
    },
    immutable=(
        "location",
        "dnsPrefix",
        "nodeResourceGroup",
        "diskEncryptionSetID",
        "networkProfile.podCidr",
        "networkProfile.serviceCidr",
        "networkProfile.dnsServiceIP",
        "apiServerAccessProfile.enablePrivateCluster",
    ),
    quota=5_000,
    polls=4,
    example={
        "resourceName": "aks-example",
        "location": "eastus",
        "nodeResourceGroup": "rg-example-nodes",
        "dnsPrefix": "example",
        "kubernetesVersion": "1.35",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [Ref(IDENTITY)]},
        "disableLocalAccounts": True,
        "aadProfile": {"managed": True, "enableAzureRBAC": True},
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {"workloadIdentity": {"enabled": True}},
        "agentPoolProfiles": [
            {
                "name": "core1",
                "mode": "System",
                "vmSize": "Standard_D2s_v5",
                "osType": "Linux",
                "enableAutoScaling": True,
                "count": 2,
                "minCount": 1,
                "maxCount": 4,
                "availabilityZones": ["1"],
                "vnetSubnetID": Ref(SUBNET),
            }
        ],
        "networkProfile": {
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "networkDataplane": "cilium",
            "networkPolicy": "cilium",
            "podCidr": "10.60.0.0/16",
            "serviceCidr": "10.70.0.0/20",
            "dnsServiceIP": "10.70.0.10",
            "loadBalancerSku": "standard",
            "outboundType": "userAssignedNATGateway",
        },
        "apiServerAccessProfile": {"enablePrivateCluster": False, "authorizedIPRanges": ["203.0.113.0/24"]},
    },
)


def _routing(cloud: Cloud, cluster: str) -> Properties:
    """The identity of the ingress add-on, which AKS makes in the nodes' resource group."""
    made = [each for each in cloud.of(IDENTITY) if each.owner == cluster]
    return {"objectId": made[0].get("principalId"), "clientId": made[0].get("clientId")} if made else {}


@azure.when_born(CLUSTER)
def add_on_identity(cloud: Cloud, cluster: Record) -> None:
    """AKS makes an identity for the ingress add-on (AKS: application routing)."""
    routing = cluster.outputs.get("ingressProfile", {}).get("webAppRouting") or {}
    if routing.get("enabled"):
        cloud.imply(
            cluster,
            IDENTITY,
            resourceGroupName=cluster.inputs["nodeResourceGroup"],
            resourceName=f"webapprouting-{cluster.inputs['resourceName']}",
            location=cluster.inputs["location"],
        )
        routing["identity"] = _routing(cloud, cluster.id)


named(
    CLUSTER,
    "resourceName",
    r"[A-Za-z0-9]([\w-]{0,61}[A-Za-z0-9])?",
    "A cluster's name has 1 to 63 letters, digits, hyphens and underscores",
    "-aks",
)
placed(CLUSTER)
tagged(CLUSTER)
zoned(
    CLUSTER,
    "agentPoolProfiles[].availabilityZones[]",
    broken={"agentPoolProfiles[0].availabilityZones": ["eastus-1"]},
)
azure.while_full(CLUSTER)(locked)
POOL = resource(
    "azure-native:containerservice:AgentPool",
    "Microsoft.ContainerService/managedClusters/{resourceName}/agentPools/{agentPoolName}",
    refs={"resourceName": to(CLUSTER, by="name"), "vnetSubnetID": to(SUBNET)},
    immutable=(
        "vmSize",
        "osDiskSizeGB",
        "vnetSubnetID",
        "availabilityZones",
        "scaleSetPriority",
        "osType",
        "maxPods",
    ),
    polls=2,
    example={
        "resourceName": Ref(CLUSTER, "name"),
        "agentPoolName": "workers1",
        "mode": "User",
        "vmSize": "Standard_D2s_v5",
        "osType": "Linux",
        "enableAutoScaling": True,
        "count": 0,
        "minCount": 0,
        "maxCount": 5,
        "availabilityZones": ["1"],
        "vnetSubnetID": Ref(SUBNET),
        "scaleSetPriority": "Spot",
        "scaleSetEvictionPolicy": "Delete",
        "spotMaxPrice": -1,
        "nodeLabels": {"role": "workers", "kubernetes.azure.com/scalesetpriority": "spot"},
        "nodeTaints": [
            "role=workers:NoSchedule",
            "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
        ],
    },
)
named(
    POOL,
    "agentPoolName",
    r"[a-z][a-z0-9]{0,11}",
    "A Linux pool's name has 1 to 12 lower-case letters and digits",
    "workers-of-zone-1",
)
zoned(POOL, "availabilityZones[]", broken={"availabilityZones": ["4"]})
azure.while_full(POOL)(locked)
VERSIONS = {"1.34", "1.35", "1.36"}
MACHINES = re.compile(r"Standard_(D(2|4|8|16)(p|pl)?s_v[56]|F(2|4|8)s_v2|E(2|4|8)s_v5|B[24]ms?)")
SPOT = "kubernetes.azure.com/scalesetpriority"


@azure.rule(CLUSTER, "K8sVersionNotSupported", broken={"kubernetesVersion": "1.29"})
def cluster_version(cluster: Facts) -> str | None:
    """A version is one that AKS supports, without its patch or with it (AKS: supported versions)."""
    minor = ".".join(cluster.get("kubernetesVersion", "1.35").split(".")[:2])
    return None if minor in VERSIONS else f"{minor}"


@azure.rule(CLUSTER, "OperationNotAllowed", broken={"kubernetesVersion": "1.34"}, change=True)
def cluster_upgrade(cluster: Facts) -> str | None:
    """A cluster goes up one minor version at a time, never down (AKS: upgrade)."""
    now = int(cluster.get("kubernetesVersion", "1.35").split(".")[1])
    before = int(cluster.was("kubernetesVersion", f"1.{now}").split(".")[1])
    return f"1.{before} to 1.{now}" if not 0 <= now - before <= 1 else None


@azure.rule(CLUSTER, "AgentPoolInvalidVMSize", broken={"agentPoolProfiles[0].vmSize": "t3.medium"})
def cluster_machines(cluster: Facts) -> str | None:
    """Nodes are sizes of virtual machines that the region has (sizes of virtual machines)."""
    wrong = [each for each in cluster.all("agentPoolProfiles[].vmSize") if not MACHINES.fullmatch(each)]
    return f"{', '.join(wrong)}" if wrong else None


@azure.rule(POOL, "AgentPoolInvalidVMSize", broken={"vmSize": "Standard_Huge"})
def pool_machine(pool: Facts) -> str | None:
    """Nodes are sizes of virtual machines that the region has (sizes of virtual machines)."""
    size = pool.get("vmSize")
    return None if MACHINES.fullmatch(size) else f"{size}"


@azure.rule(CLUSTER, "SystemPoolSkuTooLow", broken={"agentPoolProfiles[0].vmSize": "Standard_B2ms"})
def system_machine(cluster: Facts) -> str | None:
    """A system pool takes no burstable machines (AKS: system node pools)."""
    for pool in cluster.get("agentPoolProfiles") or []:
        if pool.get("mode") == "System" and pool["vmSize"].startswith("Standard_B"):
            return f"{pool['vmSize']}"
    return None


@azure.rule(CLUSTER, "SystemPoolRequired", broken={"agentPoolProfiles[0].mode": "User"})
def has_system_pool(cluster: Facts) -> str | None:
    """A cluster has a system pool with a node at least (AKS: system node pools)."""
    pools = cluster.get("agentPoolProfiles") or []
    ready = any(each.get("mode") == "System" and each.get("minCount", 1) >= 1 for each in pools)
    return None if ready else "no system pool that always has a node"


@azure.rule(CLUSTER, "InvalidAutoscaling", broken={"agentPoolProfiles[0].maxCount": 0})
def cluster_counts(cluster: Facts) -> str | None:
    """A pool's minimum is not over its maximum (AKS: cluster autoscaler)."""
    return _counts(cluster.get("agentPoolProfiles") or [])


@azure.rule(POOL, "InvalidAutoscaling", broken={"minCount": 9})
def pool_counts(pool: Facts) -> str | None:
    """A pool's minimum is not over its maximum (AKS: cluster autoscaler)."""
    return _counts([{key: pool.get(key) for key in ("enableAutoScaling", "minCount", "maxCount")}])


def _counts(pools: list[dict[str, Any]]) -> str | None:
    for pool in pools:
        least, most = pool.get("minCount") or 0, pool.get("maxCount") or 0
        if pool.get("enableAutoScaling") and not (least <= most and 1 <= most <= 1_000):
            return f"{least} to {most}"
    return None


@azure.rule(POOL, "SpotPoolInvalid", broken={"mode": "System"})
def spot_is_user(pool: Facts) -> str | None:
    """A spot pool is a user pool, of clusters' second pools (AKS: spot node pools)."""
    return "System" if pool.get("scaleSetPriority") == "Spot" and pool.get("mode") == "System" else None


@azure.rule(POOL, "SpotPoolDrifts", broken={"nodeTaints": ["role=workers:NoSchedule"]})
def spot_taint(pool: Facts) -> str | None:
    """AKS puts a taint and a label on spot nodes; other ones would be overwritten (AKS: spot node pools)."""
    if pool.get("scaleSetPriority") != "Spot":
        return None
    taints, labels = pool.get("nodeTaints") or [], pool.get("nodeLabels") or {}
    return (
        None if f"{SPOT}=spot:NoSchedule" in taints and labels.get(SPOT) == "spot" else f"{taints}, {labels}"
    )


@azure.rule(
    POOL, "SpotPoolInvalid", broken={"scaleSetPriority": "Regular", "nodeTaints": [], "nodeLabels": {}}
)
def spot_only(pool: Facts) -> str | None:
    """Eviction and a highest price are of spot pools alone (AKS: spot node pools)."""
    given = [key for key in ("scaleSetEvictionPolicy", "spotMaxPrice") if pool.get(key) is not None]
    return f"{', '.join(given)}" if given and pool.get("scaleSetPriority") != "Spot" else None


@azure.rule(POOL, "SpotPoolInvalid", broken={"upgradeSettings": {"maxSurge": "33%"}})
def spot_surge(pool: Facts) -> str | None:
    """A spot pool is not upgraded with surge nodes (AKS: spot node pools)."""
    surge = pool.get("upgradeSettings.maxSurge")
    return f"{surge}" if surge and pool.get("scaleSetPriority") == "Spot" else None


@azure.rule(POOL, "InvalidTaint", broken={"nodeTaints": ["role=workers", f"{SPOT}=spot:NoSchedule"]})
def taint_grammar(pool: Facts) -> str | None:
    """A taint is key=value:effect (AKS: node taints)."""
    effects = "NoSchedule|PreferNoSchedule|NoExecute"
    wrong = [
        each
        for each in pool.get("nodeTaints") or []
        if not re.fullmatch(rf"[\w./-]+=[\w.-]*:({effects})", each)
    ]
    return f"{', '.join(wrong)}" if wrong else None


@azure.rule(CLUSTER, "DnsServiceIpInvalid", broken={"networkProfile.dnsServiceIP": "10.70.0.1"})
def dns_address(cluster: Facts) -> str | None:
    """The DNS service's address is in the service range and not its first (AKS: networking)."""
    services = ip_network(cluster.get("networkProfile.serviceCidr"))
    address = ip_address(cluster.get("networkProfile.dnsServiceIP"))
    return None if address in services and address not in (services[0], services[1]) else f"{address}"


@azure.rule(
    CLUSTER, "ServiceCidrOverlapExistingSubnetsCidr", broken={"networkProfile.podCidr": "10.0.0.0/17"}
)
def ranges_apart(cluster: Facts) -> str | None:
    """Ranges of pods and services overlap neither each other nor the network (AKS: overlay networking)."""
    ranges = [ip_network(cluster.get(f"networkProfile.{each}")) for each in ("podCidr", "serviceCidr")]
    for vnet in cluster.cloud.of(VNET):
        if any(each.startswith(f"{vnet.id}/") for each in cluster.all("agentPoolProfiles[].vnetSubnetID")):
            ranges += [ip_network(each) for each in vnet.inputs["addressSpace"]["addressPrefixes"]]
    for index, one in enumerate(ranges):
        for other in ranges[index + 1 :]:
            if one.overlaps(other):
                return f"{one} overlaps {other}"
    return None


@azure.rule(CLUSTER, "InvalidNetworkProfile", broken={"networkProfile.networkDataplane": "azure"})
def cilium_whole(cluster: Facts) -> str | None:
    """Cilium's policies need its data plane (AKS: Azure CNI powered by Cilium)."""
    policy, plane = (
        cluster.get("networkProfile.networkPolicy"),
        cluster.get("networkProfile.networkDataplane"),
    )
    return f"{policy} on {plane}" if policy == "cilium" and plane != "cilium" else None


@azure.rule(
    CLUSTER,
    "InvalidOutboundType",
    broken={"agentPoolProfiles[0].vnetSubnetID": Ref(SUBNET, number=3)},
)
def nat_is_there(cluster: Facts) -> str | None:
    """With a custom NAT gateway, each subnet of nodes has it (AKS: NAT gateway)."""
    if cluster.get("networkProfile.outboundType") != "userAssignedNATGateway":
        return None
    wanted = set(cluster.all("agentPoolProfiles[].vnetSubnetID"))
    for subnet in cluster.cloud.of(SUBNET):
        if subnet.id in wanted and not subnet.inputs.get("natGateway"):
            return f"{subnet.id} has no NAT gateway"
    return None


@azure.rule(CLUSTER, "OutboundTypeNoneNeedsCache", broken={"networkProfile.outboundType": "none"})
def isolated_cluster(cluster: Facts) -> str | None:
    """An isolated cluster has a registry cache for images, and a private API (AKS: network isolated
    clusters)."""
    if cluster.get("networkProfile.outboundType") != "none":
        return None
    registry = cluster.get("bootstrapProfile.containerRegistryId", "")
    cached = any(
        registry.endswith(f"/{each.inputs['registryName']}")
        and each.inputs["sourceRepository"] == "mcr.microsoft.com/*"
        for each in cluster.cloud.of(CACHE)
    )
    if not registry or not cached:
        return f"no cache of mcr.microsoft.com in {registry or 'a registry'}"
    api = cluster.get("apiServerAccessProfile") or {}
    inside = api.get("enablePrivateCluster") or api.get("enableVnetIntegration")
    return None if inside else "its nodes do not reach the API"


@azure.rule(
    CLUSTER,
    "InvalidAPIServerSubnet",
    broken={
        "apiServerAccessProfile.enableVnetIntegration": True,
        "apiServerAccessProfile.subnetId": Ref(SUBNET),
    },
)
def control_subnet(cluster: Facts) -> str | None:
    """The API's subnet is lent to AKS (AKS: API server VNet integration)."""
    wanted = cluster.get("apiServerAccessProfile.subnetId")
    for subnet in cluster.cloud.of(SUBNET):
        lent = [each["serviceName"] for each in subnet.inputs.get("delegations") or []]
        if subnet.id == wanted and lent != ["Microsoft.ContainerService/managedClusters"]:
            return f"{subnet.id} is lent to {', '.join(lent) or 'no service'}"
    return None


@azure.rule(
    CLUSTER,
    "PrivateClusterHasNoAuthorizedRanges",
    broken={"apiServerAccessProfile.enablePrivateCluster": True},
)
def private_or_authorized(cluster: Facts) -> str | None:
    """A private API has no authorized addresses (AKS: authorized IP ranges)."""
    both = cluster.get("apiServerAccessProfile.enablePrivateCluster") and cluster.all(
        "apiServerAccessProfile.authorizedIPRanges[]"
    )
    return "both" if both else None


@azure.rule(
    CLUSTER, "InvalidAuthorizedIPRange", broken={"apiServerAccessProfile.authorizedIPRanges": ["10.1.0.0/16"]}
)
def authorized_ranges(cluster: Facts) -> str | None:
    """Authorized addresses are public ones, 200 at most (AKS: authorized IP ranges)."""
    ranges = cluster.all("apiServerAccessProfile.authorizedIPRanges[]")
    inside = [each for each in ranges if ip_network(each).subnet_of(ip_network("10.0.0.0/8"))]  # type: ignore[arg-type]
    return f"{inside or len(ranges)}" if inside or len(ranges) > 200 else None


@azure.rule(CLUSTER, "WorkloadIdentityNeedsIssuer", broken={"oidcIssuerProfile.enabled": False})
def identity_needs_issuer(cluster: Facts) -> str | None:
    """Workload identity needs the OIDC issuer (AKS: workload identity)."""
    wanted = cluster.get("securityProfile.workloadIdentity.enabled")
    return "no issuer" if wanted and not cluster.get("oidcIssuerProfile.enabled") else None


@azure.rule(CLUSTER, "LocalAccountsNeedEntra", broken={"aadProfile": None})
def entra_or_accounts(cluster: Facts) -> str | None:
    """Local accounts are only turned off where Entra is there (AKS: manage local accounts)."""
    return (
        "no login would be possible"
        if cluster.get("disableLocalAccounts") and not cluster.get("aadProfile")
        else None
    )


@azure.rule(
    CLUSTER,
    "CustomKubeletIdentityMissingPermission",
    broken={
        "identityProfile": {
            "kubeletidentity": {
                "resourceId": Ref(IDENTITY, number=2),
                "clientId": Ref(IDENTITY, "clientId", 2),
                "objectId": Ref(IDENTITY, "principalId", 2),
            }
        }
    },
)
def lends_kubelet(cluster: Facts) -> str | None:
    """The control plane may assign the nodes' identity (AKS: pre-created kubelet identity)."""
    kubelet = cluster.get("identityProfile.kubeletidentity.resourceId")
    return _lacks(cluster, "Managed Identity Operator", kubelet) if kubelet else None


def _lacks(cluster: Facts, role: str, scope: str) -> str | None:
    own = cluster.all("identity.userAssignedIdentities[]")
    principals = [each.get("principalId") for each in cluster.cloud.of(IDENTITY) if each.id in own]
    has = any(
        each.inputs["principalId"] in principals
        and scope.startswith(each.inputs["scope"])
        and ROLES.get(each.inputs["roleDefinitionId"].rpartition("/")[2]) == role
        for each in cluster.cloud.of(ASSIGNMENT)
    )
    return None if has else f"no {role} on {scope}"


@azure.invoke("azure-native:containerservice:listManagedClusterUserCredentials")
def credentials(cloud: Cloud, arguments: Properties) -> Properties:
    """The kubeconfig: address and authority, and how to log in."""
    found = [each for each in cloud.of(CLUSTER) if each.inputs["resourceName"] == arguments["resourceName"]]
    if not found:
        raise RefusedError("ResourceNotFound", f"no cluster {arguments['resourceName']}")
    cluster = {
        "server": f"https://{found[0].get('fqdn')}:443",
        "certificate-authority-data": "LS0tLS1CRUdJTg==",
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": arguments["resourceName"], "cluster": cluster}],
    }
    encoded = base64.b64encode(yaml.safe_dump(config).encode()).decode()
    return {"kubeconfigs": [{"name": "clusterUser", "value": encoded}]}
