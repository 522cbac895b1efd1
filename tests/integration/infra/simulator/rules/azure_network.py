"""Azure's networks: ranges, subnets and their delegations, rules, NAT, private endpoints, private names."""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from tests.integration.infra.simulator.cloud import Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    IDENTITY,
    USERS,
    azure,
    named,
    placed,
    resource,
    tagged,
    zoned,
)

VNET = resource(
    "azure-native:network:VirtualNetwork",
    "Microsoft.Network/virtualNetworks/{virtualNetworkName}",
    immutable=("location",),
    autoname="virtualNetworkName",
    example={
        "virtualNetworkName": "example",
        "location": "eastus",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
    },
)
named(
    VNET, "virtualNetworkName", r"\w[\w.-]{0,62}\w", "A virtual network's name has 2 to 64 characters", "-x"
)
placed(VNET)
tagged(VNET)
RULES = resource(
    "azure-native:network:NetworkSecurityGroup",
    "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}",
    immutable=("location",),
    example={"networkSecurityGroupName": "nsg-example", "location": "eastus"},
)
placed(RULES)
RULE = resource(
    "azure-native:network:SecurityRule",
    "Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}/securityRules/{securityRuleName}",
    refs={"networkSecurityGroupName": to(RULES, by="name")},
    unique=(("networkSecurityGroupName", "direction", "priority"),),
    example={
        "networkSecurityGroupName": Ref(RULES, "name"),
        "securityRuleName": "pods",
        "direction": "Inbound",
        "access": "Allow",
        "priority": 100,
        "protocol": "Tcp",
        "sourceAddressPrefix": "10.0.0.0/16",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
    },
)
ADDRESS = resource(
    "azure-native:network:PublicIPAddress",
    "Microsoft.Network/publicIPAddresses/{publicIpAddressName}",
    outputs={"ipAddress": lambda facts: f"203.0.113.{int(facts.digits(2), 16) % 250 + 2}"},
    immutable=("location", "zones", "sku.name"),
    quota=1_000,
    example={
        "publicIpAddressName": "pip-example",
        "location": "eastus",
        "sku": {"name": "Standard", "tier": "Regional"},
        "publicIPAllocationMethod": "Static",
        "zones": ["1"],
    },
)
placed(ADDRESS)
zoned(ADDRESS, "zones[]", broken={"zones": ["4"]})
NAT = resource(
    "azure-native:network:NatGateway",
    "Microsoft.Network/natGateways/{natGatewayName}",
    refs={"publicIpAddresses[].id": to(ADDRESS)},
    immutable=("location", "zones"),
    polls=1,
    example={
        "natGatewayName": "nat-example",
        "location": "eastus",
        "sku": {"name": "Standard"},
        "idleTimeoutInMinutes": 10,
        "publicIpAddresses": [{"id": Ref(ADDRESS)}],
        "zones": ["1"],
    },
)
placed(NAT)
zoned(NAT, "zones[]", broken={"zones": ["4"]})
SUBNET = resource(
    "azure-native:network:Subnet",
    "Microsoft.Network/virtualNetworks/{virtualNetworkName}/subnets/{subnetName}",
    refs={
        "virtualNetworkName": to(VNET, by="name"),
        "networkSecurityGroup.id": to(RULES),
        "natGateway.id": to(NAT),
    },
    autoname="subnetName",
    example={
        "virtualNetworkName": Ref(VNET, "name"),
        "subnetName": "example",
        "addressPrefix": "10.0.1.0/24",
        "networkSecurityGroup": {"id": Ref(RULES)},
        "natGateway": {"id": Ref(NAT)},
    },
    further=(
        {
            "subnetName": "pg",
            "addressPrefix": "10.0.2.0/24",
            "delegations": [
                {"name": "postgresql", "serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}
            ],
        },
        {"subnetName": "pe", "addressPrefix": "10.0.3.0/24", "natGateway": Drop()},
    ),
)
LENT, ENDPOINTS = 2, 3
"""The examples by number: lent to PostgreSQL, of private endpoints."""


@azure.rule(VNET, "InvalidRequestFormat", broken={"addressSpace": Drop()})
def vnet_has_range(vnet: Facts) -> str | None:
    """A virtual network has at least one address range (virtual networks: concepts)."""
    return None if vnet.all("addressSpace.addressPrefixes[]") else "addressSpace.addressPrefixes is empty"


@azure.rule(VNET, "InvalidCIDRNotation", broken={"addressSpace.addressPrefixes": ["10.0.0.1/16"]})
def vnet_range_is_one(vnet: Facts) -> str | None:
    """A range is given by its first address, a /29 or larger (virtual networks: FAQ)."""
    for each in vnet.all("addressSpace.addressPrefixes[]"):
        try:
            if ip_network(each).prefixlen > 29:
                return f"{each}"
        except ValueError as exc:
            return str(exc)
    return None


@azure.rule(SUBNET, "NetcfgInvalidSubnet", broken={"addressPrefix": "10.9.0.0/24"})
def subnet_inside(subnet: Facts) -> str | None:
    """A subnet's range lies inside its virtual network's."""
    own = ip_network(subnet.get("addressPrefix"))
    ranges = subnet.named("virtualNetworkName").inputs["addressSpace"]["addressPrefixes"]
    inside = any(own.subnet_of(ip_network(each)) for each in ranges)  # type: ignore[arg-type]
    return None if inside else f"{own} is not in {', '.join(ranges)}"


@azure.rule(
    SUBNET,
    "NetcfgSubnetRangesOverlap",
    broken={"subnetName": "other", "addressPrefix": "10.0.1.128/25"},
    beside=[(SUBNET, {})],
)
def subnets_apart(subnet: Facts) -> str | None:
    """Two subnets of a virtual network do not overlap."""
    own = ip_network(subnet.get("addressPrefix"))
    for other in subnet.others(virtualNetworkName=subnet.get("virtualNetworkName")):
        if own.overlaps(ip_network(other.inputs["addressPrefix"])):
            return f"{own} overlaps {other.inputs['addressPrefix']} of {other.id}"
    return None


@azure.rule(SUBNET, "NetcfgInvalidSubnet", broken={"addressPrefix": "10.0.1.0/30"})
def subnet_size(subnet: Facts) -> str | None:
    """A subnet is a /29 or larger, as Azure keeps five addresses of it (virtual networks: FAQ)."""
    length = ip_network(subnet.get("addressPrefix")).prefixlen
    return f"/{length}" if length > 29 else None


LENDERS = {"Microsoft.DBforPostgreSQL/flexibleServers": 28, "Microsoft.ContainerService/managedClusters": 28}


@azure.rule(
    SUBNET,
    "InvalidDelegation",
    broken={"delegations": [{"name": "x", "serviceName": "Microsoft.Postgres/servers"}]},
)
def delegation_known(subnet: Facts) -> str | None:
    """A subnet is lent to one service that takes subnets (subnet delegation: supported services)."""
    services = subnet.all("delegations[].serviceName")
    wrong = [each for each in services if each not in LENDERS]
    return f"{', '.join(services)}" if wrong or len(services) > 1 else None


@azure.rule(
    SUBNET,
    "DelegatedSubnetTooSmall",
    broken={
        "addressPrefix": "10.0.1.0/29",
        "delegations": [{"name": "x", "serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}],
    },
)
def delegation_size(subnet: Facts) -> str | None:
    """A subnet that is lent is a /28 or larger (PostgreSQL: private networking; AKS: API server VNet integration)."""
    length = ip_network(subnet.get("addressPrefix")).prefixlen
    for service in subnet.all("delegations[].serviceName"):
        if length > LENDERS.get(service, 32):
            return f"/{length} for {service}"
    return None


@azure.rule(
    SUBNET,
    "InvalidServiceEndpoint",
    broken={"serviceEndpoints": [{"service": "Microsoft.Everything"}]},
)
def service_endpoints_known(subnet: Facts) -> str | None:
    """Service endpoints are of services that have them (virtual network service endpoints)."""
    known = {"Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.CognitiveServices", "Microsoft.ServiceBus"}
    wrong = set(subnet.all("serviceEndpoints[].service")) - known
    return f"{', '.join(wrong)}" if wrong else None


@azure.rule(RULE, "SecurityRuleInvalidPriority", broken={"priority": 99})
def rule_priority(rule: Facts) -> str | None:
    """A rule's priority is 100 to 4096 (network security groups)."""
    return None if 100 <= rule.get("priority", 0) <= 4096 else f"{rule.get('priority')}"


@azure.rule(RULE, "SecurityRuleInvalidPortRange", broken={"destinationPortRange": "70000"})
def rule_ports(rule: Facts) -> str | None:
    """Ports are numbers up to 65535, ranges of them, or `*` (network security groups)."""
    for key in ("sourcePortRange", "destinationPortRange"):
        for each in [*rule.all(key), *rule.all(f"{key}s[]")]:
            parts = each.split("-")
            if each != "*" and not all(part.isdigit() and int(part) <= 65_535 for part in parts):
                return f"{key} {each!r}"
    return None


@azure.rule(RULE, "SecurityRuleParameterMissing", broken={"sourceAddressPrefix": Drop()})
def rule_whole(rule: Facts) -> str | None:
    """A rule says both ends' addresses and ports, each in one form (network security groups)."""
    for key in ("sourceAddressPrefix", "destinationAddressPrefix"):
        if (rule.inputs.get(key) is None) == (rule.inputs.get(f"{key}es") is None):
            return f"one of {key} and {key}es"
    for key in ("sourcePortRange", "destinationPortRange"):
        if (rule.inputs.get(key) is None) == (rule.inputs.get(f"{key}s") is None):
            return f"one of {key} and {key}s"
    return None


SERVICE_TAGS = {"*", "VirtualNetwork", "Internet", "AzureLoadBalancer", "AzureFrontDoor.Backend", "Storage"}


@azure.rule(RULE, "SecurityRuleInvalidAddressPrefix", broken={"sourceAddressPrefix": "FrontDoor"})
def rule_addresses(rule: Facts) -> str | None:
    """Addresses are ranges or service tags (virtual network service tags)."""
    for key in ("sourceAddressPrefix", "destinationAddressPrefix"):
        for each in [*rule.all(key), *rule.all(f"{key}es[]")]:
            if each not in SERVICE_TAGS and not _is_range(each):
                return f"{key} {each!r}"
    return None


def _is_range(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


@azure.rule(ADDRESS, "StandardSkuIsStatic", broken={"publicIPAllocationMethod": "Dynamic"})
def standard_is_static(address: Facts) -> str | None:
    """A Standard address is static (public IP addresses)."""
    dynamic = address.get("publicIPAllocationMethod") != "Static"
    return "Dynamic" if address.get("sku.name") == "Standard" and dynamic else None


@azure.rule(NAT, "NatGatewayNeedsStandard", broken={"publicIpAddresses": []})
def nat_has_address(nat: Facts) -> str | None:
    """A NAT gateway has 1 to 16 Standard addresses (NAT gateway resource)."""
    given = nat.all("publicIpAddresses[].id")
    if not 1 <= len(given) <= 16:
        return f"{len(given)} addresses"
    basic = [each.id for each in standing(nat, ADDRESS, given) if each.inputs["sku"]["name"] != "Standard"]
    return f"{', '.join(basic)} is not Standard" if basic else None


@azure.rule(NAT, "NatGatewayZoneMismatch", broken={"zones": ["2"]})
def nat_zone(nat: Facts) -> str | None:
    """A zonal NAT gateway takes addresses of its own zone, and is in one zone (NAT gateway and zones)."""
    zones = nat.get("zones") or []
    if len(zones) > 1:
        return f"{len(zones)} zones"
    for address in standing(nat, ADDRESS, nat.all("publicIpAddresses[].id")):
        if zones and not set(zones) <= set(address.inputs.get("zones", [])):
            return f"{address.id} is in {address.inputs.get('zones')}"
    return None


@azure.rule(NAT, "InvalidIdleTimeout", broken={"idleTimeoutInMinutes": 200})
def nat_idle(nat: Facts) -> str | None:
    """A NAT gateway drops idle connections after 4 to 120 minutes (NAT gateway resource)."""
    minutes = nat.get("idleTimeoutInMinutes", 4)
    return None if 4 <= minutes <= 120 else f"{minutes}"


def standing(facts: Facts, kind: str, ids: Iterable[Any]) -> list[Record]:
    """The account's resources of a kind with these ids."""
    return [each for each in facts.cloud.of(kind) if each.id in set(ids)]


FLOWS = azure.kind(
    "azure-native:network:FlowLog",
    id="/subscriptions/{subscription}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/"
    "networkWatchers/{networkWatcherName}/flowLogs/{flowLogName}",
    nested=USERS,
    refs={
        "targetResourceId": to(VNET),
        "storageId": to("azure-native:storage:StorageAccount"),
        "identity.userAssignedIdentities[]": to(IDENTITY),
    },
    immutable=("targetResourceId",),
    unique=(("targetResourceId",),),
    example={
        "resourceGroupName": "NetworkWatcherRG",
        "networkWatcherName": "NetworkWatcher_eastus",
        "flowLogName": "flows",
        "location": "eastus",
        "targetResourceId": Ref(VNET),
        "storageId": Ref("azure-native:storage:StorageAccount"),
        "enabled": True,
        "retentionPolicy": {"enabled": True, "days": 30},
    },
)
placed(FLOWS)


@azure.rule(FLOWS, "ResourceNotFound", broken={"networkWatcherName": "watcher"})
def watcher_exists(flows: Facts) -> str | None:
    """A region's watcher is the one that Azure makes: NetworkWatcher_<region> (Network Watcher: enable)."""
    expected = ("NetworkWatcherRG", f"NetworkWatcher_{flows.get('location')}")
    given = (flows.get("resourceGroupName"), flows.get("networkWatcherName"))
    return None if given == expected else f"{given}"


@azure.rule(FLOWS, "InvalidRetention", broken={"retentionPolicy.days": 400})
def flows_retention(flows: Facts) -> str | None:
    """Flow logs are kept 0 to 365 days (virtual network flow logs)."""
    days = flows.get("retentionPolicy.days", 0)
    return None if 0 <= days <= 365 else f"{days}"
