"""Every resource that can have labels has those for ownership and cost allocation (R000-116, C000-18)."""

from collections.abc import Iterator

from caseplane_infra.policies.kinds import Gcp
from caseplane_infra.policies.model import UNKNOWN, Context, Resource, ResourcePolicy

MANDATORY = ("Project", "Environment", "Owner", "Prefix", "Component", "Tenant")
PLACES = {
    Gcp.CLUSTER: "resourceLabels",
    Gcp.DATABASE: "settings.userLabels",
    Gcp.POOL: "nodeConfig.resourceLabels",
    "gcp:monitoring/alertPolicy:AlertPolicy": "userLabels",
    "gcp:monitoring/notificationChannel:NotificationChannel": "userLabels",
}
"""Types of Google's with labels in another property than `labels`."""
UNLABELLED = frozenset(
    f"{package}:{module}/{kind[0].lower()}{kind[1:]}:{kind}"
    for package, modules in {
        "aws": {
            "acm": "CertificateValidation",
            "cloudfront": "OriginAccessControl",
            "cloudwatch": "Dashboard",
            "ec2": "Route RouteTableAssociation",
            "ecr": "LifecyclePolicy",
            "eks": "AccessPolicyAssociation",
            "iam": "RolePolicy RolePolicyAttachment",
            "kms": "Alias",
            "route53": "Record",
            "s3": "BucketLifecycleConfiguration BucketNotification BucketObjectLockConfiguration"
            " BucketOwnershipControls BucketPolicy BucketPublicAccessBlock"
            " BucketServerSideEncryptionConfiguration BucketVersioning",
            "secretsmanager": "SecretVersion",
            "sns": "TopicPolicy TopicSubscription",
            "sqs": "QueuePolicy RedriveAllowPolicy",
            "wafv2": "WebAclLoggingConfiguration",
        },
        "gcp": {
            "artifactregistry": "RepositoryIamMember",
            "compute": "BackendBucket Firewall Network Router RouterNat SSLPolicy Subnetwork TargetHttpsProxy"
            " URLMap",
            "dns": "RecordSet",
            "kms": "CryptoKeyIAMMember KeyRing",
            "logging": "ProjectBucketConfig ProjectExclusion ProjectSink",
            "monitoring": "Dashboard",
            "projects": "IAMMember Service ServiceIdentity",
            "pubsub": "SubscriptionIAMMember TopicIAMMember",
            "secretmanager": "SecretIamMember SecretVersion",
            "serviceaccount": "Account IAMMember",
            "servicenetworking": "Connection",
            "sql": "Database User",
            "storage": "BucketIAMMember Notification",
        },
    }.items()
    for module, kinds in modules.items()
    for kind in kinds.split()
) | frozenset(
    f"azure-native:{module}:{kind}"
    for module, kinds in {
        "authorization": "ManagementLockByScope RoleAssignment",
        "cdn": "AFDCustomDomain AFDOrigin AFDOriginGroup Route SecurityPolicy",
        "containerregistry": "CacheRule",
        "dbforpostgresql": "Configuration Database",
        "dns": "RecordSet",
        "eventgrid": "SystemTopicEventSubscription",
        "managedidentity": "FederatedIdentityCredential",
        "monitor": "DiagnosticSetting",
        "network": "PrivateDnsZoneGroup SecurityRule Subnet",
        "servicebus": "NamespaceNetworkRuleSet Queue",
        "storage": "BlobContainer BlobContainerImmutabilityPolicy BlobServiceProperties ManagementPolicy"
        " StorageAccountStaticWebsite",
    }.items()
    for kind in kinds.split()
)
"""Types that cannot have labels; every other type of the three clouds must have them, including new ones."""
PRIVATE_APIS = "PRIVATE_SERVICE_CONNECT"
"""Google does not allow labels on the address of its APIs."""
CLOUDS = {"aws": "tags", "azure-native": "tags", "gcp": "labels"}


def _labelled(resource: Resource, context: Context) -> Iterator[str]:
    package = resource.type.split(":", 1)[0]
    if package not in CLOUDS or resource.type in UNLABELLED or resource.get("purpose") == PRIVATE_APIS:
        return
    path = PLACES.get(resource.type, CLOUDS[package])
    found = resource.get(path)
    if found is UNKNOWN:
        return
    keys = MANDATORY if package != "gcp" else [each.lower() for each in MANDATORY]
    missing = [each for each in keys if not (found or {}).get(each)]
    if missing:
        yield f"{path} has no {', '.join(missing)}"


LABELLED = ResourcePolicy(
    name="mandatory-labels",
    sentence="Every resource has labels for project, environment, owner, prefix, component and tenant.",
    remedy="Give it `self.labels.tags(…)`, or `self.labels.gcp()` on Google",
    judge=_labelled,
)

POLICIES = (LABELLED,)
