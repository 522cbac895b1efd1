"""AWS: Kubernetes control planes."""

from ipaddress import ip_network

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.aws_book import (
    around,
    aws,
    named,
    one_of,
    tagged,
)
from tests.integration.infra.simulator.rules.aws_identity import (
    KEY,
    takes,
)
from tests.integration.infra.simulator.rules.aws_network import (
    SECURITY_GROUP,
    SUBNET,
    VPC,
    vpcs_of,
    zones_of,
)
from tests.integration.infra.simulator.rules.aws_policy import ROLE

VERSIONS = tuple(f"1.{minor}" for minor in range(31, 37))
"""Minor versions in standard or extended support (EKS: Kubernetes release calendar)."""
PRIVATE_RANGES = [ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
CONTROL_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def _own_group(facts: Facts) -> str | None:
    made = [each.id for each in facts.cloud.of(SECURITY_GROUP) if each.owner == facts.id]
    return made[0] if made else None


CLUSTER = aws.kind(
    "aws:eks/cluster:Cluster",
    id="{name}",
    nested={"vpcConfig.clusterSecurityGroupId": _own_group},
    outputs={
        "arn": "arn:aws:eks:{region}:{account}:cluster/{name}",
        "endpoint": lambda facts: (
            f"https://{facts.digits(32).upper()}.gr7.{facts.cloud.account['region']}.eks.amazonaws.com"
        ),
        "certificateAuthority": lambda _: {"data": "c2ltdWxhdGVk"},
        "certificateAuthorities": lambda _: [{"data": "c2ltdWxhdGVk"}],
        "identities": lambda facts: [
            {
                "oidcs": [
                    {
                        "issuer": f"https://oidc.eks.{facts.cloud.account['region']}.amazonaws.com/id/{facts.digits(32).upper()}"
                    }
                ]
            }
        ],
        "status": lambda _: "ACTIVE",
        "platformVersion": lambda _: "eks.1",
        "version": lambda _: VERSIONS[-1],
    },
    refs={
        "roleArn": to(ROLE, by="arn"),
        "vpcConfig.subnetIds[]": to(SUBNET),
        "vpcConfig.securityGroupIds[]": to(SECURITY_GROUP),
        "encryptionConfig.provider.keyArn": to(KEY, by="arn", holds=False),
    },
    immutable=(
        "name",
        "roleArn",
        "bootstrapSelfManagedAddons",
        "encryptionConfig",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
    ),
    protected_by="deletionProtection",
    autoname="name",
    polls=3,
    quota=100,
    example={
        "name": "example",
        "version": "1.35",
        "roleArn": Ref(ROLE, "arn", 2),
        "vpcConfig": {
            "subnetIds": [Ref(SUBNET), Ref(SUBNET, "id", 2)],
            "securityGroupIds": [Ref(SECURITY_GROUP)],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["203.0.113.0/24"],
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.70.0.0/20"},
        "accessConfig": {"authenticationMode": "API"},
        "encryptionConfig": {"provider": {"keyArn": Ref(KEY, "arn")}, "resources": ["secrets"]},
        "enabledClusterLogTypes": ["audit"],
        "upgradePolicy": {"supportType": "STANDARD"},
    },
)


@aws.when_born(CLUSTER)
def own_group(cloud: Cloud, cluster: Record) -> None:
    """EKS makes a security group, which nodes of managed groups get (EKS: security group requirements)."""
    network = vpcs_of(cloud, cluster.inputs["vpcConfig"]["subnetIds"])
    name = cluster.inputs["name"]
    made = cloud.imply(
        cluster,
        SECURITY_GROUP,
        vpcId=min(network),
        name=f"eks-cluster-sg-{name}",
        tags={f"kubernetes.io/cluster/{name}": "owned"},
    )
    cluster.outputs["vpcConfig"]["clusterSecurityGroupId"] = made.id


tagged(CLUSTER)
named(CLUSTER, r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", broken="an example")
one_of(CLUSTER, "accessConfig.authenticationMode", ("API", "API_AND_CONFIG_MAP", "CONFIG_MAP"), broken="IAM")
one_of(CLUSTER, "upgradePolicy.supportType", ("STANDARD", "EXTENDED"))


@aws.rule(CLUSTER, "InvalidParameterException", broken={"version": "1.21"})
def version_supported(cluster: Facts) -> str | None:
    """Clusters run minor versions that are still supported (EKS: Kubernetes versions)."""
    version = cluster.get("version", VERSIONS[-1])
    return None if version in VERSIONS else f"{version}; {VERSIONS[0]} to {VERSIONS[-1]}"


@aws.rule(CLUSTER, "InvalidParameterException", broken={"version": "1.32"}, change=True)
def one_version_up(cluster: Facts) -> str | None:
    """A version rises by one minor at a time and never falls (EKS: update a cluster)."""
    now, before = (
        int(each.split(".")[1]) for each in (cluster.get("version", "1.0"), cluster.was("version", "1.0"))
    )
    return f"1.{before} to 1.{now}" if before and now not in (before, before + 1) else None


@aws.rule(CLUSTER, "InvalidParameterException", broken={"vpcConfig.subnetIds": [Ref(SUBNET)]})
def cluster_in_two_zones(cluster: Facts) -> str | None:
    """A control plane's subnets are in two zones or more of one VPC (EKS: networking requirements)."""
    subnets = cluster.get("vpcConfig.subnetIds")
    zones, vpcs = set(zones_of(around(cluster), subnets)), vpcs_of(around(cluster), subnets)
    return None if len(zones) >= 2 and len(vpcs) == 1 else f"{len(zones)} zones, {len(vpcs)} VPCs"


@aws.rule(
    CLUSTER,
    "InvalidParameterException",
    broken={"vpcConfig.endpointPrivateAccess": False, "vpcConfig.endpointPublicAccess": False},
)
def some_endpoint(cluster: Facts) -> str | None:
    """The API server answers publicly, privately or both (EKS: cluster API server endpoint)."""
    on = cluster.get("vpcConfig.endpointPrivateAccess") or cluster.get("vpcConfig.endpointPublicAccess", True)
    return None if on else "neither"


@aws.rule(CLUSTER, "InvalidParameterException", broken={"vpcConfig.publicAccessCidrs": ["10.0.0.0/8"]})
def public_sources(cluster: Facts) -> str | None:
    """Sources of a public endpoint are public ranges (EKS: cluster API server endpoint)."""
    given = [ip_network(each) for each in cluster.get("vpcConfig.publicAccessCidrs") or []]
    inside = [str(a) for a in given if a.prefixlen and any(a.subnet_of(b) for b in PRIVATE_RANGES)]  # type: ignore[arg-type]
    return f"{inside[0]} is private" if inside else None


@aws.rule(
    CLUSTER, "InvalidParameterException", broken={"kubernetesNetworkConfig.serviceIpv4Cidr": "10.0.64.0/20"}
)
def services_apart(cluster: Facts) -> str | None:
    """Service addresses are a private /24 to /12 that does not overlap the VPC (KubernetesNetworkConfigRequest)."""
    text = cluster.get("kubernetesNetworkConfig.serviceIpv4Cidr")
    if text is None:
        return None
    own = ip_network(text)
    vpcs = vpcs_of(around(cluster), cluster.get("vpcConfig.subnetIds"))
    taken = [ip_network(each.inputs["cidrBlock"]) for each in around(cluster).of(VPC) if each.id in vpcs]
    private = any(own.subnet_of(each) for each in PRIVATE_RANGES)  # type: ignore[arg-type]
    good = private and 12 <= own.prefixlen <= 24 and not any(own.overlaps(each) for each in taken)
    return None if good else f"{own}"


@aws.rule(CLUSTER, "InvalidParameterException", broken={"roleArn": Ref(ROLE, "arn", 3)})
def cluster_role(cluster: Facts) -> str | None:
    """The service must be able to take the cluster's role (EKS cluster IAM role)."""
    return takes(around(cluster), cluster.get("roleArn"), "eks")


@aws.rule(CLUSTER, "InvalidParameterException", broken={"enabledClusterLogTypes": ["everything"]})
def log_types(cluster: Facts) -> str | None:
    """A control plane writes five logs (EKS: control plane logging)."""
    wrong = set(cluster.get("enabledClusterLogTypes") or []) - set(CONTROL_LOGS)
    return f"{', '.join(wrong)}" if wrong else None


@aws.rule(CLUSTER, "InvalidParameterException", broken={"encryptionConfig.resources": ["configmaps"]})
def secrets_only(cluster: Facts) -> str | None:
    """Envelope encryption is of secrets (EncryptionConfig)."""
    given = cluster.get("encryptionConfig.resources", ["secrets"])
    return None if given == ["secrets"] else f"{given}"
