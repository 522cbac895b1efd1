"""The network: a custom-mode VPC with rings of one range, a private endpoint of Google's services, optional NAT.

Google's subnets span the zones of a region, and its load balancers are outside of the network, so the public ring has no
subnet: only the NAT has a public address.

The first quarter of the range is for nodes (pods and services have their own ranges), the second for private endpoints
(the control plane, Google's APIs), and the second half is for Google's managed services: the database.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
from pulumi_gcp import compute, dns, servicenetworking

from caseplane_infra import contract
from caseplane_infra.contract import NetworkNeeds, Subnets
from caseplane_infra.gcp.provider import GcpProject
from caseplane_infra.naming import Labels

APIS = {"googleapis": "googleapis.com.", "images": "pkg.dev.", "system-images": "gcr.io."}
"""Domains that resolve to the private endpoint: the APIs, our registry, and GKE's own images."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the network's range is divided."""

    app: IPv4Network
    data: IPv4Network
    apis: IPv4Address
    managed: IPv4Network

    @classmethod
    def of(cls, cidr: IPv4Network) -> "Plan":
        first, second, *_ = cidr.subnets(prefixlen_diff=2)
        _, managed = cidr.subnets(prefixlen_diff=1)
        return cls(app=first, data=next(second.subnets(prefixlen_diff=2)), apis=second[-2], managed=managed)


class GcpNetwork(contract.Network):
    """See the contract; `pods` and `services` are the names of the secondary ranges."""

    cloud = "gcp"
    pods, services = "pods", "services"

    def __init__(
        self,
        name: str,
        needs: NetworkNeeds,
        *,
        project: GcpProject,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.needs, self.plan = project, needs, Plan.of(needs.cidr)
        self.vpc = compute.Network(
            f"{name}-vpc",
            name=f"net-{project.prefix}",
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=self.child(),
        )
        self.app, self.data = self._app(name), self._data(name)
        self._firewall(name)
        self.managed_range = self._managed_range(name)
        self.managed = self._managed(name)
        if needs.endpoints:
            self._private_apis(name)
        addresses = self._nat(name)
        self.id, self.cidr = self.vpc.id, str(needs.cidr)
        self.subnets = {
            Subnets.public: pulumi.Output.from_input([]),
            Subnets.app: pulumi.Output.all(self.app.id),
            Subnets.data: pulumi.Output.all(self.data.id),
        }
        self.egress_addresses = pulumi.Output.all(*(each.address for each in addresses)).apply(list)
        self.done()

    def _app(self, name: str) -> compute.Subnetwork:
        ranges = ((self.pods, self.needs.pods_cidr), (self.services, self.needs.services_cidr))
        return compute.Subnetwork(
            f"{name}-app",
            name=f"subnet-gke-{self.project.prefix}",
            network=self.vpc.id,
            region=self.project.region,
            ip_cidr_range=str(self.plan.app),
            secondary_ip_ranges=[
                compute.SubnetworkSecondaryIpRangeArgs(range_name=each, ip_cidr_range=str(cidr))
                for each, cidr in ranges
            ],
            private_ip_google_access=True,
            log_config=self._flow_logs(),
            opts=self.child(),
        )

    def _data(self, name: str) -> compute.Subnetwork:
        return compute.Subnetwork(
            f"{name}-data",
            name=f"subnet-data-{self.project.prefix}",
            network=self.vpc.id,
            region=self.project.region,
            ip_cidr_range=str(self.plan.data),
            private_ip_google_access=True,
            log_config=self._flow_logs(),
            opts=self.child(),
        )

    def _flow_logs(self) -> compute.SubnetworkLogConfigArgs | None:
        if not self.needs.flow_logs:
            return None
        return compute.SubnetworkLogConfigArgs(
            aggregation_interval="INTERVAL_10_MIN", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
        )

    def _firewall(self, name: str) -> None:
        """Allows traffic inside the network; Google denies everything else."""
        inside = (self.plan.app, self.plan.data, self.needs.pods_cidr, self.needs.services_cidr)
        compute.Firewall(
            f"{name}-internal",
            name=f"fw-{self.project.prefix}-allow-internal",
            network=self.vpc.id,
            direction="INGRESS",
            source_ranges=[str(each) for each in inside],
            allows=[compute.FirewallAllowArgs(protocol=each) for each in ("tcp", "udp", "icmp")],
            opts=self.child(),
        )

    def _managed_range(self, name: str) -> compute.GlobalAddress:
        return compute.GlobalAddress(
            f"{name}-managed-range",
            name=f"psa-{self.project.prefix}",
            network=self.vpc.id,
            address_type="INTERNAL",
            purpose="VPC_PEERING",
            address=str(self.plan.managed.network_address),
            prefix_length=self.plan.managed.prefixlen,
            labels=self.labels.gcp(),
            opts=self.child(),
        )

    def _managed(self, name: str) -> servicenetworking.Connection:
        """Private service access.

        Not deleted by Pulumi but with the network: Google refuses deletion until days after the last database.
        """
        return servicenetworking.Connection(
            f"{name}-managed",
            network=self.vpc.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[self.managed_range.name],
            deletion_policy="ABANDON",
            opts=self.child(),
        )

    def _private_apis(self, name: str) -> None:
        """One private address for all of Google's APIs, and DNS names that resolve to it."""
        address = compute.GlobalAddress(
            f"{name}-apis-address",
            name=f"ip-{self.project.prefix}-apis",
            network=self.vpc.id,
            address_type="INTERNAL",
            purpose="PRIVATE_SERVICE_CONNECT",
            address=str(self.plan.apis),
            opts=self.child(),
        )
        compute.GlobalForwardingRule(
            f"{name}-apis",
            # Google allows 20 letters and digits here; the name must be unique in the project only.
            name=f"apis{self.project.prefix.replace('-', '')}"[:20],
            network=self.vpc.id,
            ip_address=address.id,
            target="all-apis",
            load_balancing_scheme="",
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        for key, domain in APIS.items():
            self._private_domain(f"{name}-{key}", key, domain)

    def _private_domain(self, name: str, key: str, domain: str) -> None:
        zone = dns.ManagedZone(
            name,
            name=f"dns-{self.project.prefix}-{key}",
            dns_name=domain,
            description=f"{domain} inside the network leads to the private endpoint",
            visibility="private",
            private_visibility_config=dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[
                    dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=self.vpc.id),
                ]
            ),
            labels=self.labels.gcp(),
            opts=self.child(),
        )
        records = ((name, domain, "A", str(self.plan.apis)), (f"{name}-all", f"*.{domain}", "CNAME", domain))
        for record, host, kind, data in records:
            dns.RecordSet(
                f"{record}-record",
                managed_zone=zone.name,
                name=host,
                type=kind,
                ttl=300,
                rrdatas=[data],
                opts=self.child(),
            )

    def _nat(self, name: str) -> list[compute.Address]:
        """Cloud NAT is one per region; `nat` sets how many addresses, and so connections, it has."""
        if self.needs.closed:
            return []
        router = compute.Router(
            f"{name}-router",
            name=f"cr-{self.project.prefix}",
            network=self.vpc.id,
            region=self.project.region,
            opts=self.child(),
        )
        numbers = range(1, self.needs.gateways + 1)
        addresses = [self._address(f"{name}-nat-{index}", index) for index in numbers]
        compute.RouterNat(
            f"{name}-nat",
            name=f"nat-{self.project.prefix}",
            router=router.name,
            region=self.project.region,
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[each.self_link for each in addresses],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(name=self.app.id, source_ip_ranges_to_nats=["ALL_IP_RANGES"])
            ],
            log_config=compute.RouterNatLogConfigArgs(enable=True, filter="ERRORS_ONLY"),
            opts=self.child(),
        )
        return addresses

    def _address(self, name: str, index: int) -> compute.Address:
        return compute.Address(
            f"{name}-address",
            name=f"ip-{self.project.prefix}-nat-{index}",
            region=self.project.region,
            address_type="EXTERNAL",
            labels=self.labels.gcp(),
            opts=self.child(),
        )
