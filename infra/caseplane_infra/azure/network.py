"""The network: subnets of one range, each with its own rules, private endpoints of managed services, optional NAT.

Azure's subnets span the zones of a region, but a NAT gateway is in one zone, and a subnet has at most one. So with
`nat: per_zone` the app ring has one subnet per zone, otherwise one for all zones. Load balancers are outside of the
network, so the public ring has no subnet: only the NAT has a public address.

The first half of the range is for nodes (pods and services have their own ranges), the third quarter for private
endpoints, and the last for PostgreSQL, to which its subnet is delegated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pulumi
from pulumi_azure_native import network, privatedns

from caseplane_infra import contract
from caseplane_infra.azure.private import ZONES, private_endpoint, private_zone
from caseplane_infra.azure.provider import AzureGroup
from caseplane_infra.contract import NetworkNeeds, Part, Subnets
from caseplane_infra.naming import Labels

DATABASE_ZONE = "privatelink.postgres.database.azure.com"
SERVICES = ("Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.CognitiveServices")
"""Services that can admit a subnet without a private endpoint, free of charge."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the network's range is divided."""

    app: Sequence[IPv4Network]
    endpoints: IPv4Network
    control: IPv4Network
    database: IPv4Network

    @classmethod
    def of(cls, needs: NetworkNeeds) -> "Plan":
        half, _ = needs.cidr.subnets(prefixlen_diff=1)
        *_, third, fourth = needs.cidr.subnets(prefixlen_diff=2)
        each_zone = list(half.subnets(prefixlen_diff=2))
        app = each_zone[: needs.zones] if needs.nat == "per_zone" else [half]
        endpoints, control, *_ = third.subnets(prefixlen_diff=2)
        return cls(app=app, endpoints=endpoints, control=control, database=fourth)


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A subnet of nodes, and the zones of its nodes."""

    subnet: network.Subnet
    zones: Sequence[str]


class AzureNetwork(contract.Network):
    """See the contract; other parts create private endpoints with `endpoint`."""

    cloud = "azure"

    def __init__(
        self,
        name: str,
        needs: NetworkNeeds,
        *,
        group: AzureGroup,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.group, self.needs, self.plan = group, needs, Plan.of(needs)
        self.vnet = network.VirtualNetwork(
            f"{name}-vnet",
            virtual_network_name=f"vnet-{group.prefix}",
            resource_group_name=group.name,
            location=group.location,
            address_space=network.AddressSpaceArgs(address_prefixes=[str(needs.cidr)]),
            tags=self.labels.tags(f"vnet-{group.prefix}"),
            opts=self.child(),
        )
        self.app_rules = self._rules(name, "app")
        self._made: list[network.Subnet] = []
        self.gateways, self.addresses = self._nat(name)
        self.rings = self._rings(name)
        self.data = self._database(name)
        self.database_zone = self._zone(f"{name}-database", DATABASE_ZONE)
        self.control: network.Subnet | None = None
        self._private(name)
        self.id, self.cidr = self.vnet.id, str(needs.cidr)
        self.subnets = {
            Subnets.public: pulumi.Output.from_input([]),
            Subnets.app: pulumi.Output.all(*(each.subnet.id for each in self.rings)).apply(list),
            Subnets.data: pulumi.Output.all(self.data.id).apply(list),
        }
        self.egress_addresses = pulumi.Output.all(*(each.ip_address for each in self.addresses)).apply(
            lambda found: [str(each) for each in found]
        )
        self.done()

    # Subnets ------------------------------------------------------------------------------------------------------

    def _subnet(
        self, name: str, role: str, cidr: IPv4Network, *after: pulumi.Resource, **more: Any
    ) -> network.Subnet:
        """Azure changes one subnet of a network at a time, so each depends on the one before it."""
        previous = self._made[-1:]
        subnet = network.Subnet(
            name,
            subnet_name=f"snet-{role}",
            resource_group_name=self.group.name,
            virtual_network_name=self.vnet.name,
            address_prefix=str(cidr),
            default_outbound_access=False,  # only NAT leads out
            opts=self.child(*previous, *after),
            **more,
        )
        self._made.append(subnet)
        return subnet

    def _rings(self, name: str) -> list[Ring]:
        apart = len(self.plan.app) > 1
        return [
            Ring(
                subnet=self._subnet(
                    f"{name}-app-{index}",
                    f"aks-{index}" if apart else "aks",
                    cidr,
                    network_security_group=network.NetworkSecurityGroupArgs(id=self.app_rules.id),
                    nat_gateway=self._gateway_of(index),
                    service_endpoints=self._service_endpoints(),
                ),
                zones=[self.group.zones[index - 1]] if apart else self.group.zones,
            )
            for index, cidr in enumerate(self.plan.app, start=1)
        ]

    def _gateway_of(self, index: int) -> network.SubResourceArgs | None:
        return network.SubResourceArgs(id=self.gateways[index - 1].id) if self.gateways else None

    def _service_endpoints(self) -> list[network.ServiceEndpointPropertiesFormatArgs] | None:
        if self.needs.endpoints:
            return None
        return [
            network.ServiceEndpointPropertiesFormatArgs(service=each, locations=["*"]) for each in SERVICES
        ]

    def _database(self, name: str) -> network.Subnet:
        rules = self._rules(name, "database")
        inside = [str(each) for each in (*self.plan.app, self.plan.database)]
        self._allow(f"{name}-database-pods", rules, 100, inside, ["5432", "6432"])
        self._refuse(f"{name}-database-others", rules)
        delegation = network.DelegationArgs(
            name="postgresql", service_name="Microsoft.DBforPostgreSQL/flexibleServers"
        )
        return self._subnet(
            f"{name}-database",
            "pg",
            self.plan.database,
            network_security_group=network.NetworkSecurityGroupArgs(id=rules.id),
            delegations=[delegation],
            # The server writes backups and the write-ahead log to Azure's storage.
            service_endpoints=[network.ServiceEndpointPropertiesFormatArgs(service="Microsoft.Storage")],
        )

    def _private(self, name: str) -> None:
        """The subnet of private endpoints and their DNS zones; without NAT, also the subnet of the Kubernetes API."""
        self.endpoints: network.Subnet | None = None
        self.zones: dict[str, privatedns.PrivateZone] = {}
        if self.needs.endpoints:
            rules = self._rules(name, "endpoints")
            inside = [str(self.needs.cidr)]
            self._allow(f"{name}-endpoints-inside", rules, 100, inside, ["443", "5671", "5672"])
            self._refuse(f"{name}-endpoints-others", rules)
            self.endpoints = self._subnet(
                f"{name}-endpoints",
                "pe",
                self.plan.endpoints,
                network_security_group=network.NetworkSecurityGroupArgs(id=rules.id),
                private_endpoint_network_policies="Enabled",  # otherwise the rules above do not apply
            )
            self.zones = {key: self._zone(f"{name}-{key}", domain) for key, domain in ZONES.items()}
        if self.needs.closed:
            delegation = network.DelegationArgs(
                name="kubernetes", service_name="Microsoft.ContainerService/managedClusters"
            )
            self.control = self._subnet(f"{name}-control", "api", self.plan.control, delegations=[delegation])

    # Rules --------------------------------------------------------------------------------------------------------

    def _rules(self, name: str, role: str) -> network.NetworkSecurityGroup:
        physical = f"nsg-{self.group.prefix}-{role}"
        return network.NetworkSecurityGroup(
            f"{name}-{role}-rules",
            network_security_group_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            tags=self.labels.tags(physical),
            opts=self.child(),
        )

    def _allow(
        self,
        name: str,
        rules: network.NetworkSecurityGroup,
        priority: int,
        sources: Sequence[str],
        ports: Sequence[str],
    ) -> None:
        network.SecurityRule(
            name,
            security_rule_name=name,
            network_security_group_name=rules.name,
            resource_group_name=self.group.name,
            direction="Inbound",
            access="Allow",
            priority=priority,
            protocol="Tcp",
            source_address_prefixes=list(sources),
            source_port_range="*",
            destination_address_prefix="*",
            destination_port_ranges=list(ports),
            opts=self.child(),
        )

    def _refuse(self, name: str, rules: network.NetworkSecurityGroup) -> None:
        """Azure's default rules allow all traffic inside the network; this rule precedes them."""
        network.SecurityRule(
            name,
            security_rule_name=name,
            network_security_group_name=rules.name,
            resource_group_name=self.group.name,
            direction="Inbound",
            access="Deny",
            priority=4096,
            protocol="*",
            source_address_prefix="*",
            source_port_range="*",
            destination_address_prefix="*",
            destination_port_range="*",
            opts=self.child(),
        )

    # Private endpoints -------------------------------------------------------------------------------------------------

    def endpoint(
        self, part: Part, role: str, target: pulumi.Input[str], *, group_id: str, zones: Sequence[str]
    ) -> network.PrivateEndpoint | None:
        """A private endpoint if the network has them; see `private_endpoint`. `zones` are keys of `ZONES`."""
        if self.endpoints is None:
            return None
        return private_endpoint(
            part,
            role,
            target,
            group=self.group,
            subnet=self.endpoints,
            group_id=group_id,
            zones={each: self.zones[each] for each in zones},
        )

    def _zone(self, name: str, domain: str) -> privatedns.PrivateZone:
        return private_zone(self, name, self.group, self.vnet.id, domain)

    # NAT --------------------------------------------------------------------------------------------------

    def _nat(self, name: str) -> tuple[list[network.NatGateway], list[network.PublicIPAddress]]:
        addresses = [self._address(name, zone) for zone in self.group.zones[: self.needs.gateways]]
        gateways = [
            network.NatGateway(
                f"{name}-nat-{zone}",
                nat_gateway_name=f"nat-{self.group.prefix}-{zone}",
                resource_group_name=self.group.name,
                location=self.group.location,
                sku=network.NatGatewaySkuArgs(name="Standard"),
                idle_timeout_in_minutes=10,
                public_ip_addresses=[network.SubResourceArgs(id=address.id)],
                zones=[zone],
                tags=self.labels.tags(f"nat-{self.group.prefix}-{zone}"),
                opts=self.child(),
            )
            for zone, address in zip(self.group.zones, addresses, strict=False)
        ]
        return gateways, addresses

    def _address(self, name: str, zone: str) -> network.PublicIPAddress:
        physical = f"pip-nat-{self.group.prefix}-{zone}"
        return network.PublicIPAddress(
            f"{name}-nat-{zone}-address",
            public_ip_address_name=physical,
            resource_group_name=self.group.name,
            location=self.group.location,
            sku=network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
            public_ip_allocation_method="Static",
            zones=[zone],
            tags=self.labels.tags(physical),
            opts=self.child(),
        )
