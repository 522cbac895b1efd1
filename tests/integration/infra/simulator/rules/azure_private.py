"""Private names and endpoints."""

import re
from typing import Any

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.azure_book import (
    azure,
    placed,
    resource,
)
from tests.integration.infra.simulator.rules.azure_network import ENDPOINTS, LENT, SUBNET, VNET, standing

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
"""Of "private endpoint DNS zone values": the parts of a service, and the name of each."""


def approved(endpoint: Facts) -> list[dict[str, Any]]:
    """Its connections; to services of the same subscription they are approved at once."""
    answered = {
        "etag": 'W/"1"',
        "provisioningState": "Succeeded",
        "type": "Microsoft.Network/privateEndpoints/privateLinkServiceConnections",
        "privateLinkServiceConnectionState": {"status": "Approved"},
    }
    return [{**each, **answered} for each in endpoint.get("privateLinkServiceConnections") or []]


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
    for subnet in standing(endpoint, SUBNET, endpoint.all("subnet.id")):
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
    for record in standing(
        endpoint,
        "azure-native:servicebus:Namespace",
        endpoint.all("privateLinkServiceConnections[].privateLinkServiceId"),
    ) + standing(
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
