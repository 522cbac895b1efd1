"""AWS: networks, routes, gateways, endpoints, security groups, flow logs."""

import re
from collections import Counter
from ipaddress import ip_network

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.aws_book import (
    ZONES,
    around,
    aws,
    between,
    named,
    one_of,
    tagged,
)

VPC = aws.kind(
    "aws:ec2/vpc:Vpc",
    id="vpc-{hex}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc/{id}"},
    immutable=("cidrBlock",),
    quota=5,
    example={"cidrBlock": "10.0.0.0/16", "enableDnsSupport": True, "enableDnsHostnames": True},
    further=({"cidrBlock": "10.9.0.0/16", "enableDnsHostnames": False},),
)
tagged(VPC)


@aws.rule(VPC, "InvalidVpc.Range", broken={"cidrBlock": "10.0.0.0/8"})
def vpc_size(vpc: Facts) -> str | None:
    """A VPC's range is a /16 to a /28 (VPC CIDR blocks)."""
    length = ip_network(vpc.get("cidrBlock")).prefixlen
    return None if 16 <= length <= 28 else f"{vpc.get('cidrBlock')} is a /{length}"


@aws.rule(VPC, "InvalidParameterCombination", broken={"enableDnsSupport": False})
def names_need_resolution(vpc: Facts) -> str | None:
    """Host names need the VPC's own resolver (DNS attributes of a VPC)."""
    wrong = vpc.get("enableDnsHostnames") and vpc.get("enableDnsSupport", True) is False
    return "enableDnsHostnames without enableDnsSupport" if wrong else None


SUBNET = aws.kind(
    "aws:ec2/subnet:Subnet",
    id="subnet-{hex}",
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:subnet/{id}",
        "availabilityZone": "{region}a",
        "availabilityZoneId": "use1-az1",
    },
    refs={"vpcId": to(VPC)},
    immutable=("vpcId", "cidrBlock", "availabilityZone"),
    quota=200,
    example={"vpcId": Ref(VPC), "cidrBlock": "10.0.1.0/24", "availabilityZone": "us-east-1a"},
    further=(
        {"cidrBlock": "10.0.2.0/24", "availabilityZone": "us-east-1b"},
        {"cidrBlock": "10.0.3.0/24", "availabilityZone": "us-east-1a"},
    ),
)
tagged(SUBNET)


@aws.rule(SUBNET, "InvalidSubnet.Range", broken={"cidrBlock": "10.1.0.0/24"})
def subnet_inside(subnet: Facts) -> str | None:
    """A subnet's range lies inside its VPC's (subnet CIDR blocks)."""
    own, whole = ip_network(subnet.get("cidrBlock")), ip_network(subnet.named("vpcId").get("cidrBlock"))
    return None if own.subnet_of(whole) else f"{own} is not in {whole}"  # type: ignore[arg-type]


@aws.rule(SUBNET, "InvalidSubnet.Range", broken={"cidrBlock": "10.0.1.0/29"})
def subnet_size(subnet: Facts) -> str | None:
    """A subnet is a /16 to a /28 (subnet CIDR blocks)."""
    own = ip_network(subnet.get("cidrBlock"))
    return None if 16 <= own.prefixlen <= 28 else f"{own}"


@aws.rule(SUBNET, "InvalidSubnet.Conflict", broken={"cidrBlock": "10.0.1.128/25"}, beside=[(SUBNET, {})])
def subnets_apart(subnet: Facts) -> str | None:
    """Two subnets of a VPC do not overlap (subnet CIDR blocks)."""
    own = ip_network(subnet.get("cidrBlock"))
    for other in subnet.others(vpcId=subnet.get("vpcId")):
        if own.overlaps(ip_network(other.inputs["cidrBlock"])):
            return f"{own} overlaps {other.inputs['cidrBlock']} of {other.id}"
    return None


@aws.rule(SUBNET, "InvalidParameterValue", broken={"availabilityZone": "us-east-1z"})
def zone_exists(subnet: Facts) -> str | None:
    """A subnet is in a zone of the provider's region (Regions and Zones)."""
    region = subnet.cloud.account["region"]
    letters = subnet.cloud.account.get("zones", ZONES)
    zone = subnet.get("availabilityZone", f"{region}a")
    return None if zone in [f"{region}{each}" for each in letters] else f"{region} has no zone {zone}"


def zones_of(cloud: Cloud, subnets: list[str]) -> list[str]:
    """Zones of subnets."""
    return [each.get("availabilityZone") for each in cloud.of(SUBNET) if each.id in subnets]


def vpcs_of(cloud: Cloud, subnets: list[str]) -> set[str]:
    """VPCs of subnets."""
    return {each.inputs["vpcId"] for each in cloud.of(SUBNET) if each.id in subnets}


# Routes -----------------------------------------------------------------------------------------------------------

INTERNET = aws.kind(
    "aws:ec2/internetGateway:InternetGateway",
    id="igw-{hex}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:internet-gateway/{id}"},
    refs={"vpcId": to(VPC)},
    unique=(("vpcId",),),
    quota=5,
    example={"vpcId": Ref(VPC)},
)
tagged(INTERNET)

ADDRESS = aws.kind(
    "aws:ec2/eip:Eip",
    id="eipalloc-{hex}",
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:elastic-ip/{id}",
        "allocationId": "{id}",
        "publicIp": lambda facts: f"198.51.100.{int(facts.digits(2), 16)}",
    },
    immutable=("domain",),
    quota=5,
    example={"domain": "vpc"},
)
tagged(ADDRESS)
one_of(ADDRESS, "domain", ("vpc",), broken="standard")

NAT = aws.kind(
    "aws:ec2/natGateway:NatGateway",
    id="nat-{hex}",
    refs={"subnetId": to(SUBNET), "allocationId": to(ADDRESS, by="allocationId")},
    immutable=("subnetId", "allocationId", "connectivityType"),
    unique=(("allocationId",),),
    polls=2,
    example={"subnetId": Ref(SUBNET), "allocationId": Ref(ADDRESS, "allocationId")},
)
tagged(NAT)


@aws.rule(NAT, "MissingParameter", broken={"allocationId": Drop()})
def public_nat(nat: Facts) -> str | None:
    """A public NAT gateway needs an elastic address (NAT gateway basics)."""
    public = nat.get("connectivityType", "public") == "public"
    return "no allocationId" if public and not nat.inputs.get("allocationId") else None


TABLE = aws.kind(
    "aws:ec2/routeTable:RouteTable",
    id="rtb-{hex}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:route-table/{id}"},
    refs={"vpcId": to(VPC)},
    immutable=("vpcId",),
    quota=200,
    example={"vpcId": Ref(VPC)},
)
tagged(TABLE)

ROUTE = aws.kind(
    "aws:ec2/route:Route",
    id=lambda facts: f"r-{facts.get('routeTableId')}-{facts.get('destinationCidrBlock')}",
    outputs={"origin": lambda _: "CreateRoute", "state": lambda _: "active"},
    refs={
        "routeTableId": to(TABLE, holds=False),
        "gatewayId": to(INTERNET),
        "natGatewayId": to(NAT, holds=False),
    },
    immutable=("routeTableId", "destinationCidrBlock"),
    unique=(("routeTableId", "destinationCidrBlock"),),
    example={
        "routeTableId": Ref(TABLE),
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": Ref(INTERNET),
    },
)


@aws.rule(ROUTE, "InvalidParameterCombination", broken={"natGatewayId": Ref(NAT)})
def one_target(route: Facts) -> str | None:
    """A route has exactly one target (CreateRoute)."""
    given = [each for each in ("gatewayId", "natGatewayId") if route.inputs.get(each) is not None]
    return None if len(given) == 1 else f"targets: {', '.join(given) or 'none'}"


@aws.rule(ROUTE, "InvalidParameterValue", broken={"destinationCidrBlock": "0.0.0.0"})
def route_range(route: Facts) -> str | None:
    """A destination is a range in CIDR notation (CreateRoute)."""
    cidr = route.get("destinationCidrBlock")
    return None if re.fullmatch(r"\d+(\.\d+){3}/\d+", cidr) else f"{cidr!r}"


ASSOCIATION = aws.kind(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    id="rtbassoc-{hex}",
    refs={"routeTableId": to(TABLE), "subnetId": to(SUBNET)},
    unique=(("subnetId",),),
    example={"routeTableId": Ref(TABLE), "subnetId": Ref(SUBNET)},
)


def leads_out(cloud: Cloud, subnet: str) -> bool:
    """Whether a subnet's table has a default route."""
    tables = {
        each.inputs["routeTableId"] for each in cloud.of(ASSOCIATION) if each.inputs["subnetId"] == subnet
    }
    return any(
        each.inputs["routeTableId"] in tables and each.inputs["destinationCidrBlock"] == "0.0.0.0/0"
        for each in cloud.of(ROUTE)
    )


# Security groups --------------------------------------------------------------------------------------------------

SECURITY_GROUP = aws.kind(
    "aws:ec2/securityGroup:SecurityGroup",
    id="sg-{hex}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:security-group/{id}"},
    refs={"vpcId": to(VPC), "ingress[].securityGroups[]": to("aws:ec2/securityGroup:SecurityGroup")},
    immutable=("vpcId", "name", "description"),
    autoname="name",
    unique=(("vpcId", "name"),),
    example={"vpcId": Ref(VPC), "name": "example", "description": "An example"},
)
tagged(SECURITY_GROUP)
named(SECURITY_GROUP, r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", broken="sg-example")


@aws.rule(SECURITY_GROUP, "InvalidParameterValue", broken={"description": "more ; or `less`"})
def plain_description(group: Facts) -> str | None:
    """A description is at most 255 characters of ASCII (CreateSecurityGroup)."""
    text = group.get("description", "")
    return None if re.fullmatch(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}", text) else f"{text!r}"


DEFAULT_GROUP = aws.kind(
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    id="sg-{hex}",
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:security-group/{id}",
        "name": lambda _: "default",
        "description": lambda _: "default VPC security group",
    },
    refs={"vpcId": to(VPC, holds=False)},
    unique=(("vpcId",),),
    example={"vpcId": Ref(VPC), "ingress": [], "egress": []},
)
tagged(DEFAULT_GROUP)

INGRESS = aws.kind(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    id="sgr-{hex}",
    outputs={
        "arn": "arn:aws:ec2:{region}:{account}:security-group-rule/{id}",
        "securityGroupRuleId": "{id}",
    },
    refs={
        "securityGroupId": to(SECURITY_GROUP, holds=False),
        "referencedSecurityGroupId": to(SECURITY_GROUP),
    },
    unique=(("securityGroupId", "cidrIpv4", "ipProtocol", "fromPort", "toPort"),),
    example={
        "securityGroupId": Ref(SECURITY_GROUP),
        "cidrIpv4": "10.0.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    },
)
tagged(INGRESS)
between(INGRESS, "fromPort", -1, 65_535)


@aws.rule(INGRESS, "InvalidParameterCombination", broken={"cidrIpv4": Drop()})
def one_source(rule: Facts) -> str | None:
    """A rule has exactly one source (security group rules)."""
    sources = ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")
    given = [each for each in sources if rule.inputs.get(each) is not None]
    return None if len(given) == 1 else f"sources: {', '.join(given) or 'none'}"


@aws.rule(INGRESS, "InvalidParameterValue", broken={"toPort": 80})
def ports_in_order(rule: Facts) -> str | None:
    """The first port is not above the last (security group rules)."""
    low, high = rule.get("fromPort", 0), rule.get("toPort", 0)
    return f"{low} to {high}" if low > high else None


@aws.rule(INGRESS, "InvalidParameterValue", broken={"cidrIpv4": "10.0.0.1/16"})
def aligned_source(rule: Facts) -> str | None:
    """A range has no bits beyond its prefix, or a refresh shows a different one (CIDR notation)."""
    cidr = rule.get("cidrIpv4")
    try:
        ip_network(cidr or "0.0.0.0/0")
    except ValueError as exc:
        return str(exc)
    return None


# Endpoints --------------------------------------------------------------------------------------------------------

GATEWAYS = {"s3", "dynamodb"}
INTERFACES = {
    "autoscaling",
    "bedrock-runtime",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "sts",
}
ENDPOINT = aws.kind(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    id="vpce-{hex}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}", "state": lambda _: "available"},
    refs={
        "vpcId": to(VPC),
        "routeTableIds[]": to(TABLE),
        "subnetIds[]": to(SUBNET),
        "securityGroupIds[]": to(SECURITY_GROUP),
    },
    immutable=("vpcId", "serviceName", "vpcEndpointType"),
    polls=2,
    quota=50,
    example={
        "vpcId": Ref(VPC),
        "vpcEndpointType": "Interface",
        "serviceName": "com.amazonaws.us-east-1.sqs",
        "subnetIds": [Ref(SUBNET)],
        "securityGroupIds": [Ref(SECURITY_GROUP)],
        "privateDnsEnabled": True,
    },
)
tagged(ENDPOINT)
one_of(ENDPOINT, "vpcEndpointType", ("Gateway", "Interface", "GatewayLoadBalancer"))


@aws.rule(ENDPOINT, "InvalidServiceName", broken={"serviceName": "com.amazonaws.us-east-1.queues"})
def service_exists(endpoint: Facts) -> str | None:
    """Services have endpoints of one type or both, by name and region (services that integrate with PrivateLink)."""
    region, name = endpoint.cloud.account["region"], endpoint.get("serviceName")
    known = GATEWAYS if endpoint.get("vpcEndpointType", "Gateway") == "Gateway" else INTERFACES
    prefix, _, service = name.partition(f"com.amazonaws.{region}.")
    return None if not prefix and service in known else f"{name} in {region}"


@aws.rule(
    ENDPOINT,
    "InvalidParameter",
    broken={"vpcEndpointType": "Gateway", "serviceName": "com.amazonaws.us-east-1.s3"},
)
def gateway_shape(endpoint: Facts) -> str | None:
    """A gateway endpoint lies in route tables and has no subnets, groups or private names (gateway endpoints)."""
    if endpoint.get("vpcEndpointType", "Gateway") != "Gateway":
        return None
    wrong = [
        each for each in ("subnetIds", "securityGroupIds", "privateDnsEnabled") if endpoint.inputs.get(each)
    ]
    return f"a gateway with {', '.join(wrong)}" if wrong else None


@aws.rule(ENDPOINT, "DuplicateSubnetsInSameZone", broken={"subnetIds": [Ref(SUBNET), Ref(SUBNET, "id", 3)]})
def one_subnet_a_zone(endpoint: Facts) -> str | None:
    """An interface endpoint has one subnet in each zone (interface endpoints)."""
    zones = Counter(zones_of(around(endpoint), endpoint.get("subnetIds") or []))
    twice = [zone for zone, count in zones.items() if count > 1]
    return f"two subnets in {twice[0]}" if twice else None


@aws.rule(ENDPOINT, "InvalidParameter", broken={}, beside=[(ENDPOINT, {})])
def one_private_name(endpoint: Facts) -> str | None:
    """Only one endpoint of a VPC has a service's private name (interface endpoints: private DNS)."""
    if not endpoint.get("privateDnsEnabled"):
        return None
    twins = endpoint.others(
        vpcId=endpoint.get("vpcId"), serviceName=endpoint.get("serviceName"), privateDnsEnabled=True
    )
    return f"{twins[0].id} has the name already" if twins else None


@aws.rule(ENDPOINT, "InvalidParameter", broken={"vpcId": Ref(VPC, "id", 2), "subnetIds": []})
def private_names_need_dns(endpoint: Facts) -> str | None:
    """Private names need the VPC's resolver and host names (interface endpoints: private DNS)."""
    vpc = endpoint.named("vpcId")
    on = vpc.inputs.get("enableDnsSupport", True) and vpc.inputs.get("enableDnsHostnames")
    return None if on or not endpoint.get("privateDnsEnabled") else f"{vpc.id} resolves no names"


def reaches(cloud: Cloud, subnet: str, service: str) -> bool:
    """Whether resources in a subnet reach a service: through a default route or an endpoint."""
    vpc = next(each.inputs["vpcId"] for each in cloud.of(SUBNET) if each.id == subnet)
    tables = {
        each.inputs["routeTableId"] for each in cloud.of(ASSOCIATION) if each.inputs["subnetId"] == subnet
    }
    for each in cloud.of(ENDPOINT):
        if each.inputs["vpcId"] == vpc and each.inputs["serviceName"].endswith(f".{service}"):
            gateway = each.inputs.get("vpcEndpointType", "Gateway") == "Gateway"
            if not gateway or tables & set(each.inputs.get("routeTableIds") or []):
                return True
    return leads_out(cloud, subnet)


@aws.while_full(VPC)
def vpc_empty(cloud: Cloud, vpc: Record) -> str | None:
    """A VPC is deleted last (delete your VPC)."""
    inside = [each for each in cloud.of(SUBNET) if each.inputs.get("vpcId") == vpc.id]
    return f"{len(inside)} subnets in it" if inside else None
