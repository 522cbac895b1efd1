"""Only the edge is public: what holds data is reachable inside the network only (R000-88, C000-21)."""

from collections.abc import Iterator, Sequence

from caseplane_infra.policies.console import is_console, not_only_a_website
from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import (
    PROD,
    SERIOUS,
    UNKNOWN,
    Context,
    Finding,
    Resource,
    ResourcePolicy,
    StackPolicy,
    equals,
    given,
    never,
)

ANY_ADDRESS = ("0.0.0.0/0", "::/0", "*", "Internet", "Any")
PUBLIC_MEMBERS = ("allUsers", "allAuthenticatedUsers")
READ_ONE_BY_ONE = "roles/storage.legacyObjectReader"

DATA_IS_PRIVATE = ResourcePolicy(
    name="no-public-data",
    sentence="Databases, objects, queues, secrets, images and models have no public access.",
    remedy="Disable the public address and use the network's private endpoints",
    wants={
        Aws.DATABASE: [equals("publiclyAccessible", False), given("dbSubnetGroupName")],
        Aws.ACCESS_BLOCK: [
            equals(each, True)
            for each in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        ],
        Aws.BUCKET_OWNERSHIP: [equals("rule.objectOwnership", "BucketOwnerEnforced")],
        Azure.DATABASE: [
            equals("network.publicNetworkAccess", "Disabled"),
            given("network.delegatedSubnetResourceId"),
        ],
        Azure.STORAGE: [
            equals("allowBlobPublicAccess", False),
            equals("allowSharedKeyAccess", False).unless(is_console),
            equals("networkRuleSet.defaultAction", "Deny").unless(is_console),
            equals("publicNetworkAccess", "Disabled").only(SERIOUS).unless(is_console),
        ],
        Azure.CONTAINER: [equals("publicAccess", "None")],
        Azure.VAULT: [
            equals("properties.networkAcls.defaultAction", "Deny"),
            equals("properties.publicNetworkAccess", "Disabled").only(SERIOUS),
        ],
        # Below Premium neither has a firewall; in dev, callers still need an Entra identity.
        Azure.QUEUES: [
            equals("disableLocalAuth", True),
            equals("publicNetworkAccess", "Disabled").only(SERIOUS),
        ],
        Azure.REGISTRY: [
            equals("adminUserEnabled", False),
            equals("anonymousPullEnabled", False),
            equals("publicNetworkAccess", "Disabled").only(SERIOUS),
        ],
        Azure.MODELS: [
            equals("properties.disableLocalAuth", True),
            equals("properties.networkAcls.defaultAction", "Deny"),
            equals("properties.publicNetworkAccess", "Disabled").only(SERIOUS),
        ],
        Gcp.DATABASE: [
            equals("settings.ipConfiguration.ipv4Enabled", False),
            given("settings.ipConfiguration.privateNetwork"),
        ],
    },
    judge=lambda resource, context: _google_bucket(resource),
)


def _google_bucket(bucket: Resource) -> Iterator[str]:
    if bucket.type != Gcp.BUCKET:
        return
    if bucket.get("uniformBucketLevelAccess") is not True:
        yield "uniformBucketLevelAccess is not set, so single objects may be public; it must be True"
    if not bucket.find("website") and bucket.get("publicAccessPrevention") != "enforced":
        yield "publicAccessPrevention must be 'enforced' on a bucket that is not a website"


def _public_grants(stack: Sequence[Resource], context: Context) -> Iterator[Finding]:
    yield from not_only_a_website(stack)
    websites = {each.name for each in stack if each.type == Gcp.BUCKET and each.find("website")}
    names = {each.get("name") for each in stack if each.name in websites} - {UNKNOWN, None}
    for grant in stack:
        if grant.type != Gcp.BUCKET_GRANT or grant.get("member") not in PUBLIC_MEMBERS:
            continue
        on_website = websites & set(grant.links.get("bucket", ())) or grant.get("bucket") in names
        if not (on_website and grant.get("role") == READ_ONE_BY_ONE):
            yield grant, f"{grant.get('member')} gets {grant.get('role')} on something that is not a website"


PUBLIC_GRANTS = StackPolicy(
    name="public-reads-are-the-console",
    sentence="The public may read single files of the console, and nothing else.",
    remedy=f"Grant to identities; to the public only {READ_ONE_BY_ONE} on a bucket with `website`",
    judge=_public_grants,
)

CLUSTER_IS_PRIVATE = ResourcePolicy(
    name="no-public-nodes",
    sentence="Nodes have no public address; the Kubernetes API accepts named addresses, in prod inside the network only.",
    remedy="Keep nodes in the app ring; set `cluster.private_control_plane` or `cluster.authorized_cidrs`",
    wants={
        Aws.CLUSTER: [
            equals("vpcConfig.endpointPrivateAccess", True),
            equals("vpcConfig.endpointPublicAccess", False).only(PROD),
            never("vpcConfig.publicAccessCidrs[]", *ANY_ADDRESS),
        ],
        Aws.SUBNET: [never("mapPublicIpOnLaunch", True)],
        Aws.LAUNCH_TEMPLATE: [
            equals("metadataOptions.httpTokens", "required"),
            equals("metadataOptions.httpPutResponseHopLimit", 1),
            never("networkInterfaces[].associatePublicIpAddress", "true", True),
        ],
        Azure.CLUSTER: [
            equals("apiServerAccessProfile.enablePrivateCluster", True).only(PROD),
            equals("apiServerAccessProfile.disableRunCommand", True),
            equals("disableLocalAccounts", True),
            equals("agentPoolProfiles[].enableNodePublicIP", False),
            never("apiServerAccessProfile.authorizedIPRanges[]", *ANY_ADDRESS),
        ],
        Azure.POOL: [equals("enableNodePublicIP", False)],
        Azure.SUBNET: [equals("defaultOutboundAccess", False)],
        Gcp.CLUSTER: [
            equals("privateClusterConfig.enablePrivateNodes", True),
            equals("privateClusterConfig.enablePrivateEndpoint", True).only(PROD),
            equals("masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", False),
            never("masterAuthorizedNetworksConfig.cidrBlocks[].cidrBlock", *ANY_ADDRESS),
            never("masterAuth.clientCertificateConfig.issueClientCertificate", True),
            never("enableLegacyAbac", True),
        ],
        Gcp.POOL: [
            equals("networkConfig.enablePrivateNodes", True),
            equals("nodeConfig.workloadMetadataConfig.mode", "GKE_METADATA"),
        ],
    },
    judge=lambda resource, context: _open_api(resource, context),
)


def _open_api(resource: Resource, context: Context) -> Iterator[str]:
    """A public API without named addresses is open to every address."""
    if context.environment not in SERIOUS:
        return
    public = {
        Aws.CLUSTER: ("vpcConfig.endpointPublicAccess", True, "vpcConfig.publicAccessCidrs[]"),
        Azure.CLUSTER: (
            "apiServerAccessProfile.enablePrivateCluster",
            False,
            "apiServerAccessProfile.authorizedIPRanges[]",
        ),
    }
    path, open_, named = public.get(resource.type, ("", None, ""))
    if path and resource.get(path) is open_ and not resource.find(named):
        yield f"{named} is empty, so the whole world reaches the Kubernetes API"


FIREWALLS = ResourcePolicy(
    name="no-open-firewall",
    sentence="No firewall rule lets the whole internet in.",
    remedy="Name the addresses, the ring or the load balancer's service tag",
    wants={
        Aws.INGRESS_RULE: [never("cidrIpv4", *ANY_ADDRESS), never("cidrIpv6", *ANY_ADDRESS)],
        Aws.SECURITY_GROUP: [
            never("ingress[].cidrBlocks[]", *ANY_ADDRESS),
            never("ingress[].ipv6CidrBlocks[]", *ANY_ADDRESS),
        ],
        Azure.FIREWALL: [
            equals("policySettings.enabledState", "Enabled"),
            equals("policySettings.mode", "Prevention"),
        ],
        Gcp.NETWORK: [equals("autoCreateSubnetworks", False)],
    },
    judge=lambda resource, context: _open_rule(resource),
)


def _open_rule(rule: Resource) -> Iterator[str]:
    if rule.type == Aws.DEFAULT_GROUP and (rule.find("ingress[]") or rule.find("egress[]")):
        yield "the default security group lets traffic through"
    if rule.type == Azure.RULE and (rule.get("access"), rule.get("direction")) == ("Allow", "Inbound"):
        sources = [*rule.find("sourceAddressPrefix"), *rule.find("sourceAddressPrefixes[]")]
        if not sources or any(each in ANY_ADDRESS for each in sources):
            yield f"allows traffic from {', '.join(map(str, sources)) or 'every address'}"
    if rule.type == Gcp.FIREWALL and rule.find("allows") and rule.get("direction") != "EGRESS":
        sources = [
            *rule.find("sourceRanges[]"),
            *rule.find("sourceTags[]"),
            *rule.find("sourceServiceAccounts[]"),
        ]
        if not sources or any(each in ANY_ADDRESS for each in sources):
            yield f"allows traffic from {', '.join(map(str, sources)) or 'every address'}"


POLICIES = (DATA_IS_PRIVATE, PUBLIC_GRANTS, CLUSTER_IS_PRIVATE, FIREWALLS)
