"""A VPC with three rings of subnets, NAT gateways, and private endpoints of AWS's services."""

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi
import pulumi_aws
from pulumi_aws import ec2, vpc

from caseplane_infra import contract
from caseplane_infra.aws.provider import Place
from caseplane_infra.contract import Subnets
from caseplane_infra.naming import Labels

LEAST_ZONES = 2
"""EKS, RDS subnet groups and load balancers refuse subnets of a single zone; an unused subnet costs nothing."""
NO_EKS = "use1-az3"
"""The only zone of our regions where EKS cannot place a control plane."""
FIRST_BLOCK = {Subnets.public: 0, Subnets.app: 8, Subnets.data: 12}
"""Where each ring begins among the sixteen blocks of the network's range; each leaves room for more zones."""
ROLE_TAGS = {
    Subnets.public: {"kubernetes.io/role/elb": "1"},
    Subnets.app: {"kubernetes.io/role/internal-elb": "1"},
    Subnets.data: dict[str, str](),
}
"""Tags by which the load balancer controller finds subnets for public and internal load balancers."""
SERVICES = {
    "sqs": "sqs",
    "secretsmanager": "secrets",
    "logs": "logs",
    "ecr.api": "ecr-api",
    "ecr.dkr": "ecr-dkr",
    "sts": "sts",
    "eks-auth": "eks-auth",
}
"""Services that pods and nodes call all the time, with the names of their endpoints."""
SERVICES_WITHOUT_NAT = {
    "ec2": "ec2",
    "eks": "eks",
    "autoscaling": "autoscaling",
    "monitoring": "monitoring",
}
"""What nodes, network plug-in, autoscaler and metrics also need where there is no NAT."""
MODELS = {"bedrock-runtime": "bedrock"}


def subnet_zones(needs: contract.NetworkNeeds) -> int:
    """The number of zones in which each ring has a subnet."""
    return max(needs.zones, LEAST_ZONES)


def blocks(needs: contract.NetworkNeeds, ring: Subnets) -> Sequence[IPv4Network]:
    """The ranges of a ring's subnets, one per zone."""
    first = FIRST_BLOCK[ring]
    return list(needs.cidr.subnets(prefixlen_diff=4))[first : first + subnet_zones(needs)]


class AwsNetwork(contract.Network):
    """The VPC of a stack."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.NetworkNeeds,
        *,
        labels: Labels,
        place: Place,
        models: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._needs, self._place = name, needs, place
        self._prefix = labels.prefix
        self.cidr = str(needs.cidr)
        self.zones = self._available(subnet_zones(needs))
        self._vpc = self._isolated()
        self.id = self._vpc.id
        rings = {ring: self._ring(ring) for ring in Subnets}
        self.subnets = {ring: pulumi.Output.all(*(each.id for each in rings[ring])) for ring in Subnets}
        self.node_subnets = pulumi.Output.all(*(each.id for each in rings[Subnets.app][: needs.zones]))
        self.app_cidrs = [str(each) for each in blocks(needs, Subnets.app)]
        gateways, addresses = self._gateways(rings[Subnets.public])
        self.egress_addresses = pulumi.Output.all(*addresses)
        tables = self._private_routes(gateways, rings)
        self._object_endpoint(tables)
        if needs.endpoints:
            self._endpoints(models)
        self.done()

    def _available(self, count: int) -> list[str]:
        """The first zones of the region that the account may use, which differ by account."""
        found = pulumi_aws.get_availability_zones(
            state="available",
            exclude_zone_ids=[NO_EKS],
            filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            opts=pulumi.InvokeOptions(parent=self),
        )
        zones = sorted(found.names)
        if len(zones) < count:
            raise ValueError(
                f"network.zones: {self._place.region} offers this account {len(zones)} zones "
                f"({', '.join(zones)}), {count} are needed; lower network.zones or move to another region"
            )
        return zones[:count]

    def _isolated(self) -> ec2.Vpc:
        network = ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=self.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self.labels.tags(f"{self._prefix}-vpc"),
            opts=self.child(),
        )
        # A resource without a group of its own gets this one, which allows no traffic.
        ec2.DefaultSecurityGroup(
            f"{self._name}-default-sg",
            vpc_id=network.id,
            ingress=[],
            egress=[],
            tags=self.labels.tags(f"{self._prefix}-default-sg"),
            opts=self.child(),
        )
        return network

    def _ring(self, ring: Subnets) -> list[ec2.Subnet]:
        return [
            ec2.Subnet(
                f"{self._name}-{ring}-{zone[-1]}",
                vpc_id=self._vpc.id,
                cidr_block=str(block),
                availability_zone=zone,
                map_public_ip_on_launch=False,  # load balancers and NAT have their own addresses
                tags={**self.labels.tags(f"{self._prefix}-{ring}-{zone}"), **ROLE_TAGS[ring]},
                opts=self.child(),
            )
            for zone, block in zip(self.zones, blocks(self._needs, ring), strict=True)
        ]

    def _gateways(self, public: list[ec2.Subnet]) -> tuple[list[ec2.NatGateway], list[pulumi.Output[str]]]:
        """The internet gateway, the public ring's route to it, and the NAT gateways."""
        internet = ec2.InternetGateway(
            f"{self._name}-igw",
            vpc_id=self._vpc.id,
            tags=self.labels.tags(f"{self._prefix}-igw"),
            opts=self.child(),
        )
        table = self._table("public")
        ec2.Route(
            f"{self._name}-route-public",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.id,
            opts=self.child(),
        )
        for zone, subnet in zip(self.zones, public, strict=True):
            self._associate(table, subnet, f"public-{zone[-1]}")
        pairs = [self._nat(self.zones[i], public[i], internet) for i in range(self._needs.gateways)]
        return [nat for nat, _ in pairs], [address.public_ip for _, address in pairs]

    def _nat(
        self, zone: str, subnet: ec2.Subnet, internet: ec2.InternetGateway
    ) -> tuple[ec2.NatGateway, ec2.Eip]:
        address = ec2.Eip(
            f"{self._name}-eip-{zone[-1]}",
            domain="vpc",
            tags=self.labels.tags(f"{self._prefix}-eip-nat-{zone}"),
            opts=self.child(internet),
        )
        gateway = ec2.NatGateway(
            f"{self._name}-nat-{zone[-1]}",
            allocation_id=address.allocation_id,
            subnet_id=subnet.id,
            tags=self.labels.tags(f"{self._prefix}-nat-{zone}"),
            opts=self.child(internet),
        )
        return gateway, address

    def _private_routes(
        self, gateways: list[ec2.NatGateway], rings: dict[Subnets, list[ec2.Subnet]]
    ) -> list[ec2.RouteTable]:
        """A table per zone for app and data, so that a zone's traffic leaves through the zone's gateway."""
        tables = []
        for index, zone in enumerate(self.zones):
            table = self._table(f"private-{zone[-1]}", f"private-{zone}")
            if gateways:
                ec2.Route(
                    f"{self._name}-route-private-{zone[-1]}",
                    route_table_id=table.id,
                    destination_cidr_block="0.0.0.0/0",
                    nat_gateway_id=gateways[min(index, len(gateways) - 1)].id,
                    opts=self.child(),
                )
            for ring in (Subnets.app, Subnets.data):
                self._associate(table, rings[ring][index], f"{ring}-{zone[-1]}")
            tables.append(table)
        return tables

    def _table(self, role: str, physical: str = "") -> ec2.RouteTable:
        return ec2.RouteTable(
            f"{self._name}-rt-{role}",
            vpc_id=self._vpc.id,
            tags=self.labels.tags(f"{self._prefix}-rt-{physical or role}"),
            opts=self.child(),
        )

    def _associate(self, table: ec2.RouteTable, subnet: ec2.Subnet, role: str) -> None:
        ec2.RouteTableAssociation(
            f"{self._name}-rta-{role}", route_table_id=table.id, subnet_id=subnet.id, opts=self.child()
        )

    def _object_endpoint(self, tables: list[ec2.RouteTable]) -> None:
        """Reaches S3 without NAT, free of charge; ECR's image layers use it, too."""
        ec2.VpcEndpoint(
            f"{self._name}-vpce-s3",
            vpc_id=self._vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self._place.region}.s3",
            route_table_ids=[each.id for each in tables],
            tags=self.labels.tags(f"{self._prefix}-vpce-s3"),
            opts=self.child(),
        )

    def _endpoints(self, models: bool) -> None:
        """Private addresses of services under their public names, for the app ring only."""
        group = ec2.SecurityGroup(
            f"{self._name}-vpce-sg",
            name=f"{self._prefix}-vpce-sg",
            description="HTTPS from the app ring to private endpoints",
            vpc_id=self._vpc.id,
            tags=self.labels.tags(f"{self._prefix}-vpce-sg"),
            opts=self.child(),
        )
        allow_from(self, group, f"{self._name}-vpce", self.app_cidrs, port=443)
        wanted = SERVICES | (SERVICES_WITHOUT_NAT if self._needs.closed else {})
        for service, short in (wanted | (MODELS if models else {})).items():
            ec2.VpcEndpoint(
                f"{self._name}-vpce-{short}",
                vpc_id=self._vpc.id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self._place.region}.{service}",
                subnet_ids=self.node_subnets,
                security_group_ids=[group.id],
                private_dns_enabled=True,
                tags=self.labels.tags(f"{self._prefix}-vpce-{short}"),
                opts=self.child(),
            )


def allow_from(
    part: contract.Part, group: ec2.SecurityGroup, name: str, cidrs: Sequence[str], *, port: int
) -> None:
    """Allow ranges of addresses to reach one TCP port of a security group.

    Args:
        part: the part that owns the rules.
        group: the group.
        name: prefix of the rules' logical names.
        cidrs: the ranges, one rule each.
        port: the port.
    """
    for number, cidr in enumerate(cidrs, start=1):
        vpc.SecurityGroupIngressRule(
            f"{name}-from-{number}",
            security_group_id=group.id,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags=part.labels.tags(name),
            opts=part.child(),
        )
