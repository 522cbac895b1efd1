"""Azure's networks: ranges, subnets and whom they are lent to, rules, NAT, private endpoints, private names."""

import re
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
PLAIN, LENT, ENDPOINTS = 1, 2, 3
"""The examples by number: of nodes, lent to PostgreSQL, of private endpoints."""


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
    basic = [each.id for each in _at(nat, ADDRESS, given) if each.inputs["sku"]["name"] != "Standard"]
    return f"{', '.join(basic)} is not Standard" if basic else None


@azure.rule(NAT, "NatGatewayZoneMismatch", broken={"zones": ["2"]})
def nat_zone(nat: Facts) -> str | None:
    """A zonal NAT gateway takes addresses of its own zone, and is in one zone (NAT gateway and zones)."""
    zones = nat.get("zones") or []
    if len(zones) > 1:
        return f"{len(zones)} zones"
    for address in _at(nat, ADDRESS, nat.all("publicIpAddresses[].id")):
        if zones and not set(zones) <= set(address.inputs.get("zones", [])):
            return f"{address.id} is in {address.inputs.get('zones')}"
    return None


@azure.rule(NAT, "InvalidIdleTimeout", broken={"idleTimeoutInMinutes": 200})
def nat_idle(nat: Facts) -> str | None:
    """A NAT gateway drops idle connections after 4 to 120 minutes (NAT gateway resource)."""
    minutes = nat.get("idleTimeoutInMinutes", 4)
    return None if 4 <= minutes <= 120 else f"{minutes}"


def _at(facts: Facts, kind: str, ids: Iterable[Any]) -> list[Record]:
    return [each for each in facts.cloud.of(kind) if each.id in set(ids)]


# Private names and endpoints ------------------------------------------------------------------------------------

ZONE = resource(
    "azure-native:privatedns:PrivateZone",
    "Microsoft.Network/privateDnsZones/{privateZoneName}",
    example={"privateZoneName": "privatelink.blob.core.windows.net", "location": "global"},
    further=(
        {"privateZoneName": "privatelink.postgres.database.azure.com"},
        {"privateZoneName": "privatelink.vaultcore.azure.net"},
    ),
)
LINK = resource(
    "azure-native:privatedns:VirtualNetworkLink",
    "Microsoft.Network/privateDnsZones/{privateZoneName}/virtualNetworkLinks/{virtualNetworkLinkName}",
    refs={"privateZoneName": to(ZONE, by="name"), "virtualNetwork.id": to(VNET)},
    unique=(("privateZoneName", "virtualNetwork"),),
    example={
        "privateZoneName": Ref(ZONE, "name"),
        "virtualNetworkLinkName": "link-example",
        "location": "global",
        "registrationEnabled": False,
        "virtualNetwork": {"id": Ref(VNET)},
    },
)


@azure.rule(ZONE, "InvalidZoneName", broken={"privateZoneName": "single"})
def zone_name(zone: Facts) -> str | None:
    """A private zone's name has 2 to 34 labels (Azure private DNS zones)."""
    name = zone.get("privateZoneName")
    return None if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+){1,33}", name) else f"{name!r}"


@azure.rule(ZONE, "LocationNotAvailableForResourceType", broken={"location": "eastus"})
def zone_global(zone: Facts) -> str | None:
    """A private zone's place is `global` (Azure private DNS zones)."""
    return None if str(zone.get("location", "global")).lower() == "global" else f"{zone.get('location')}"


@azure.rule(LINK, "LocationNotAvailableForResourceType", broken={"location": "eastus"})
def link_global(link: Facts) -> str | None:
    """A link's place is `global` (virtual network links)."""
    return None if str(link.get("location", "global")).lower() == "global" else f"{link.get('location')}"


PARTS = {
    "Microsoft.Storage/storageAccounts": {
        "blob": "privatelink.blob.core.windows.net",
        "web": "privatelink.web.core.windows.net",
    },
    "Microsoft.KeyVault/vaults": {"vault": "privatelink.vaultcore.azure.net"},
    "Microsoft.ServiceBus/namespaces": {"namespace": "privatelink.servicebus.windows.net"},
    "Microsoft.ContainerRegistry/registries": {"registry": "privatelink.azurecr.io"},
    "Microsoft.CognitiveServices/accounts": {"account": "privatelink.openai.azure.com"},
}
"""Of "private endpoint DNS zone values": what can be reached of a service, and by which name."""


def approved(endpoint: Facts) -> list[dict[str, Any]]:
    """Its connections; to services of one's own subscription they are approved at once."""
    wanted = endpoint.get("privateLinkServiceConnections") or []
    return [{**each, "privateLinkServiceConnectionState": {"status": "Approved"}} for each in wanted]


ENDPOINT = resource(
    "azure-native:network:PrivateEndpoint",
    "Microsoft.Network/privateEndpoints/{privateEndpointName}",
    nested={"privateLinkServiceConnections": lambda facts: approved(facts)},
    refs={"subnet.id": to(SUBNET)},
    immutable=("location", "subnet.id", "privateLinkServiceConnections"),
    polls=1,
    example={
        "privateEndpointName": "pe-example",
        "location": "eastus",
        "subnet": {"id": Ref(SUBNET, number=ENDPOINTS)},
        "privateLinkServiceConnections": [
            {
                "name": "pe-example",
                "privateLinkServiceId": Ref("azure-native:storage:StorageAccount"),
                "groupIds": ["blob"],
            }
        ],
    },
)
placed(ENDPOINT)
NAMES = resource(
    "azure-native:network:PrivateDnsZoneGroup",
    "Microsoft.Network/privateEndpoints/{privateEndpointName}/privateDnsZoneGroups/{privateDnsZoneGroupName}",
    refs={
        "privateEndpointName": to(ENDPOINT, by="name"),
        "privateDnsZoneConfigs[].privateDnsZoneId": to(ZONE),
    },
    unique=(("privateEndpointName",),),
    example={
        "privateEndpointName": Ref(ENDPOINT, "name"),
        "privateDnsZoneGroupName": "zg-example",
        "privateDnsZoneConfigs": [{"name": "blob", "privateDnsZoneId": Ref(ZONE)}],
    },
)


@azure.rule(
    ENDPOINT,
    "PrivateLinkServiceNotFound",
    broken={"privateLinkServiceConnections[0].privateLinkServiceId": "/subscriptions/x/none"},
)
def endpoint_target(endpoint: Facts) -> str | None:
    """A private endpoint leads to a resource that exists (what is a private endpoint)."""
    known = {each.id for each in endpoint.cloud.of()}
    wanted = endpoint.all("privateLinkServiceConnections[].privateLinkServiceId")
    missing = [each for each in wanted if each not in known]
    return f"{', '.join(missing)}" if missing else None


@azure.rule(
    ENDPOINT,
    "PrivateLinkServiceGroupIdInvalid",
    broken={"privateLinkServiceConnections[0].groupIds": ["files"]},
)
def endpoint_part(endpoint: Facts) -> str | None:
    """A private endpoint reaches one part of a service, by its name (private-link resources)."""
    for index, target in enumerate(endpoint.all("privateLinkServiceConnections[].privateLinkServiceId")):
        kind = "/".join(target.partition("/providers/")[2].split("/")[:2])
        given = endpoint.inputs["privateLinkServiceConnections"][index].get("groupIds", [])
        if len(given) != 1 or given[0] not in PARTS.get(kind, {}):
            return f"{', '.join(given)} of {kind}"
    return None


@azure.rule(ENDPOINT, "PrivateEndpointSubnetDelegated", broken={"subnet": {"id": Ref(SUBNET, number=LENT)}})
def endpoint_subnet(endpoint: Facts) -> str | None:
    """A private endpoint is in no subnet that is lent to a service (private endpoints: limitations)."""
    for subnet in _at(endpoint, SUBNET, endpoint.all("subnet.id")):
        if subnet.inputs.get("delegations"):
            return f"{subnet.id} is lent"
    return None


@azure.rule(
    ENDPOINT,
    "PrivateEndpointTierNotSupported",
    broken={
        "privateLinkServiceConnections[0].privateLinkServiceId": Ref(
            "azure-native:servicebus:Namespace", number=2
        ),
        "privateLinkServiceConnections[0].groupIds": ["namespace"],
    },
)
def endpoint_tier(endpoint: Facts) -> str | None:
    """Service Bus and Container Registry have private endpoints in the Premium tier only (private link of each)."""
    for record in _at(
        endpoint,
        "azure-native:servicebus:Namespace",
        endpoint.all("privateLinkServiceConnections[].privateLinkServiceId"),
    ) + _at(
        endpoint,
        "azure-native:containerregistry:Registry",
        endpoint.all("privateLinkServiceConnections[].privateLinkServiceId"),
    ):
        if record.inputs["sku"]["name"] != "Premium":
            return f"{record.id} is {record.inputs['sku']['name']}"
    return None


@azure.rule(
    NAMES,
    "PrivateDnsZoneMismatch",
    broken={"privateDnsZoneConfigs": [{"name": "x", "privateDnsZoneId": Ref(ZONE, number=3)}]},
)
def names_fit(names: Facts) -> str | None:
    """The zone is the one that the service's clients ask for (private endpoint DNS zone values)."""
    also = {"privatelink.cognitiveservices.azure.com", "privatelink.services.ai.azure.com"}
    endpoint = names.named("privateEndpointName")
    connection = endpoint.inputs["privateLinkServiceConnections"][0]
    kind = "/".join(connection["privateLinkServiceId"].partition("/providers/")[2].split("/")[:2])
    expected = {PARTS[kind][each] for each in connection["groupIds"]}
    if kind == "Microsoft.CognitiveServices/accounts":
        expected |= also
    given = {each.rsplit("/", 1)[-1] for each in names.all("privateDnsZoneConfigs[].privateDnsZoneId")}
    return f"{', '.join(given - expected)}; clients ask {', '.join(expected)}" if given - expected else None


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
