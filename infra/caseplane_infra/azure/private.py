"""Private endpoints of managed services: an address in the network for each, and DNS names that resolve to it."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import network, privatedns

from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import Part

ZONES: Mapping[str, str] = {
    "blob": "privatelink.blob.core.windows.net",
    "vault": "privatelink.vaultcore.azure.net",
    "queue": "privatelink.servicebus.windows.net",
    "registry": "privatelink.azurecr.io",
    "openai": "privatelink.openai.azure.com",
    "cognitive": "privatelink.cognitiveservices.azure.com",
    "models": "privatelink.services.ai.azure.com",
}
"""DNS zones of private endpoints, by kind of service."""


def private_zone(
    part: Part, name: str, group: AzureGroup, vnet: pulumi.Input[str], domain: str
) -> privatedns.PrivateZone:
    """A private DNS zone, linked to the network."""
    zone = privatedns.PrivateZone(
        f"{name}-zone",
        private_zone_name=domain,
        resource_group_name=group.name,
        location="global",
        tags=part.labels.tags(domain),
        opts=part.child(),
    )
    role = name.rsplit("-", 1)[-1]
    privatedns.VirtualNetworkLink(
        f"{name}-link",
        virtual_network_link_name=f"link-{group.prefix}-{role}",
        private_zone_name=zone.name,
        resource_group_name=group.name,
        location="global",
        registration_enabled=False,
        virtual_network=privatedns.SubResourceArgs(id=vnet),
        tags=part.labels.tags(f"link-{group.prefix}-{role}"),
        opts=part.child(),
    )
    return zone


def private_endpoint(
    part: Part,
    role: str,
    target: pulumi.Input[str],
    *,
    group: AzureGroup,
    subnet: network.Subnet,
    group_id: str,
    zones: Mapping[str, privatedns.PrivateZone],
) -> network.PrivateEndpoint:
    """A private address for one service, and the names that resolve to it.

    Args:
        part: the parent.
        role: suffix of its name, `pe-<prefix>-<role>`.
        target: id of the service's resource.
        group: the resource group.
        subnet: where the address is taken from.
        group_id: Azure's name of the part of the service that is reached.
        zones: where its names are registered.
    """
    physical = f"pe-{group.prefix}-{role}"
    connection = network.PrivateLinkServiceConnectionArgs(
        name=physical, private_link_service_id=target, group_ids=[group_id]
    )
    endpoint = network.PrivateEndpoint(
        f"{part._name}-{role}-endpoint",
        private_endpoint_name=physical,
        resource_group_name=group.name,
        location=group.location,
        subnet=network.SubnetArgs(id=subnet.id),
        private_link_service_connections=[connection],
        custom_network_interface_name=f"{physical}-nic",
        tags=part.labels.tags(physical),
        opts=part.child(),
    )
    network.PrivateDnsZoneGroup(
        f"{part._name}-{role}-names",
        private_dns_zone_group_name=f"zg-{physical}",
        private_endpoint_name=endpoint.name,
        resource_group_name=group.name,
        private_dns_zone_configs=[
            network.PrivateDnsZoneConfigArgs(name=key, private_dns_zone_id=each.id)
            for key, each in zones.items()
        ],
        opts=part.child(),
    )
    return endpoint
