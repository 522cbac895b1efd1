"""Faults that a careless change could introduce in a cloud package: a security-relevant argument missing or weakened."""

import copy
import re
from dataclasses import dataclass
from typing import Any

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.secrecy import PASSWORD

GONE = object()
"""The argument, or without a path the whole resource, is left out."""


@dataclass(frozen=True)
class Mutant:
    """One fault in one resource."""

    kind: str
    name: str
    path: str
    value: Any = GONE

    def __str__(self) -> str:
        return f"{self.name} {self.path or 'itself'} {'gone' if self.value is GONE else repr(self.value)}"

    def hits(self, resource: dict[str, Any]) -> bool:
        """Whether the fault applies to this resource of a deployment."""
        return bool(resource["type"] == self.kind and resource["urn"].endswith(f"::{self.name}"))

    def applied(self, deployment: dict[str, Any]) -> dict[str, Any]:
        """The deployment with the fault.

        Raises:
            LookupError: no resource has the fault's type.
        """
        mutated = copy.deepcopy(deployment)
        hit = [each for each in mutated["resources"] if self.hits(each)]
        if not hit:
            raise LookupError(f"{self}: no such resource")
        if not self.path:
            mutated["resources"] = [each for each in mutated["resources"] if not self.hits(each)]
        elif self.path == "protect":
            hit[0]["protect"] = self.value
        else:
            self.change(hit[0]["inputs"])
            if self.path.split(".")[0] in hit[0]["outputs"]:
                self.change(hit[0]["outputs"])
        return mutated

    def change(self, inputs: dict[str, Any]) -> None:
        """Put the fault into a resource's properties.

        Raises:
            LookupError: there is nothing to weaken at the path.
        """
        *steps, last = [int(each) if each.isdigit() else each for each in self.path.split(".")]
        place: Any = inputs
        for step in steps:
            place = place[step]
        if isinstance(self.value, Swap):
            place[last], count = re.subn(self.value.what, self.value.by, place[last], count=1)
            if not count:
                raise LookupError(f"{self}: nothing to swap")
        elif self.value is GONE:
            del place[last]
        else:
            place[last] = self.value


@dataclass(frozen=True)
class Swap:
    """A change inside a text, such as a policy document."""

    what: str
    by: str


STATEMENT_TLS = Swap('"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"')
PUBLIC = "0.0.0.0/0"

AWS = (
    Mutant(Aws.DATABASE, "database-server", "storageEncrypted", False),
    Mutant(Aws.DATABASE, "database-server", "kmsKeyId"),
    Mutant(Aws.DATABASE, "database-server", "publiclyAccessible", True),
    Mutant(Aws.DATABASE, "database-server", "backupRetentionPeriod", 0),
    Mutant(Aws.DATABASE, "database-server", "multiAz", False),
    Mutant(Aws.DATABASE, "database-server", "deletionProtection", False),
    Mutant(Aws.DATABASE, "database-server", "skipFinalSnapshot", True),
    Mutant(Aws.DATABASE, "database-server", "protect", False),
    Mutant(Aws.DATABASE_PARAMETERS, "database-parameters", "parameters.0.value", "0"),
    Mutant(Aws.DATABASE_PARAMETERS, "database-parameters", "parameters.1.value", "TLSv1"),
    Mutant(Aws.INGRESS_RULE, "database-from-1", "cidrIpv4", PUBLIC),
    Mutant(Aws.BUCKET_ENCRYPTION, "objects-docs-encryption", ""),
    Mutant(
        Aws.BUCKET_ENCRYPTION,
        "objects-audit-encryption",
        "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId",
    ),
    Mutant(Aws.ACCESS_BLOCK, "objects-attachments-private", ""),
    Mutant(Aws.ACCESS_BLOCK, "objects-docs-private", "blockPublicPolicy", False),
    Mutant(Aws.ACCESS_BLOCK, "edge-console-private", "restrictPublicBuckets", False),
    Mutant(Aws.BUCKET_OWNERSHIP, "objects-docs-ownership", "rule.objectOwnership", "ObjectWriter"),
    Mutant(Aws.BUCKET_VERSIONING, "objects-docs-versioning", "versioningConfiguration.status", "Suspended"),
    Mutant(Aws.BUCKET_VERSIONING, "objects-attachments-versioning", ""),
    Mutant(Aws.BUCKET_POLICY, "objects-docs-policy", "policy", STATEMENT_TLS),
    Mutant(Aws.BUCKET_POLICY, "objects-audit-policy", ""),
    Mutant(Aws.LOCK, "objects-audit-lock", ""),
    Mutant(Aws.BUCKET, "objects-audit-bucket", "forceDestroy", True),
    Mutant(Aws.BUCKET, "objects-docs-bucket", "protect", False),
    Mutant(Aws.QUEUE, "queue-jobs", "redrivePolicy"),
    Mutant(Aws.QUEUE, "queue-jobs", "kmsMasterKeyId"),
    Mutant(Aws.QUEUE_POLICY, "queue-jobs-policy", "policy", STATEMENT_TLS),
    Mutant(Aws.QUEUE_POLICY, "queue-dlq-policy", ""),
    Mutant(Aws.SECRET, "secrets-service-secret", "kmsKeyId"),
    Mutant(Aws.SECRET, "secrets-service-secret", "protect", False),
    Mutant(PASSWORD, "secrets-service-secret-value", "protect", False),
    Mutant(Aws.REGISTRY, "registry-services", "encryptionConfigurations"),
    Mutant(Aws.REGISTRY, "registry-services", "imageTagMutability", "MUTABLE"),
    Mutant(Aws.REGISTRY, "registry-operator", "imageScanningConfiguration.scanOnPush", False),
    Mutant(Aws.KEY, "keys-key", "enableKeyRotation", False),
    Mutant(Aws.KEY, "keys-key", "policy", Swap('"kms:CancelKeyDeletion"', '"kms:*"')),
    Mutant(Aws.KEY, "keys-key", "protect", False),
    Mutant(Aws.CLUSTER, "cluster-control-plane", "encryptionConfig"),
    Mutant(Aws.CLUSTER, "cluster-control-plane", "vpcConfig.endpointPublicAccess", True),
    Mutant(Aws.CLUSTER, "cluster-control-plane", "enabledClusterLogTypes", ["api"]),
    Mutant(Aws.CLUSTER, "cluster-control-plane", "accessConfig.authenticationMode", "API_AND_CONFIG_MAP"),
    Mutant(Aws.LAUNCH_TEMPLATE, "cluster-core-template", "metadataOptions.httpTokens", "optional"),
    Mutant(Aws.LAUNCH_TEMPLATE, "cluster-core-template", "blockDeviceMappings.0.ebs.encrypted", "false"),
    Mutant(Aws.NODES, "cluster-core", "capacityType", "SPOT"),
    Mutant(Aws.ROLE, "identity-worker-role", "assumeRolePolicy", Swap(r', "Condition": .*}}', "}")),
    Mutant(Aws.ROLE_POLICY, "identity-worker-policy", "policy", Swap('"s3:GetObject"', '"s3:*"')),
    Mutant(
        Aws.ROLE_POLICY,
        "identity-gateway-policy",
        "policy",
        Swap(r'"Resource": \[[^]]*\]', '"Resource": "*"'),
    ),
    Mutant(Aws.POD_IDENTITY, "identity-worker-association", ""),
    Mutant(Aws.LOG_GROUP, "cluster-log", "kmsKeyId"),
    Mutant(Aws.TOPIC, "observability-topic", "kmsMasterKeyId"),
    Mutant(
        Aws.DISTRIBUTION,
        "edge-console-distribution",
        "defaultCacheBehavior.viewerProtocolPolicy",
        "allow-all",
    ),
    Mutant(
        Aws.DISTRIBUTION, "edge-console-distribution", "viewerCertificate.minimumProtocolVersion", "TLSv1"
    ),
    Mutant(Aws.DISTRIBUTION, "edge-console-distribution", "webAclId"),
    Mutant(Aws.NAT, "network-nat-a", ""),
    Mutant(Aws.ROUTE, "network-route-private-b", ""),
    Mutant(Aws.ENDPOINT, "network-vpce-secrets", "privateDnsEnabled", False),
    Mutant(Aws.ENDPOINT, "network-vpce-secrets", ""),
    Mutant(Aws.SUBNET, "network-app-a", "mapPublicIpOnLaunch", True),
    Mutant(Aws.VPC, "network-vpc", "tags"),
)
GCP = (
    Mutant(Gcp.DATABASE, "database-server", "encryptionKeyName"),
    Mutant(Gcp.DATABASE, "database-server", "settings.ipConfiguration.ipv4Enabled", True),
    Mutant(
        Gcp.DATABASE, "database-server", "settings.ipConfiguration.sslMode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED"
    ),
    Mutant(Gcp.DATABASE, "database-server", "settings.backupConfiguration.pointInTimeRecoveryEnabled", False),
    Mutant(Gcp.DATABASE, "database-server", "settings.backupConfiguration.enabled", False),
    Mutant(Gcp.DATABASE, "database-server", "settings.availabilityType", "ZONAL"),
    Mutant(Gcp.DATABASE, "database-server", "deletionProtection", False),
    Mutant(Gcp.DATABASE, "database-server", "settings.deletionProtectionEnabled"),
    Mutant(Gcp.DATABASE, "database-server", "protect", False),
    Mutant(Gcp.BUCKET, "objects-docs", "encryption"),
    Mutant(Gcp.BUCKET, "objects-docs", "publicAccessPrevention", "inherited"),
    Mutant(Gcp.BUCKET, "objects-attachments", "uniformBucketLevelAccess", False),
    Mutant(Gcp.BUCKET, "objects-docs", "versioning.enabled", False),
    Mutant(Gcp.BUCKET, "objects-audit", "retentionPolicy"),
    Mutant(Gcp.BUCKET, "objects-audit", "forceDestroy", True),
    Mutant(Gcp.BUCKET_GRANT, "identity-worker-docs", "member", "allUsers"),
    Mutant(Gcp.BUCKET_GRANT, "identity-worker-docs", "role", "roles/storage.admin"),
    Mutant(Gcp.SUBSCRIPTION, "queue-reader", "deadLetterPolicy"),
    Mutant(Gcp.SUBSCRIPTION, "queue-dead-letters-reader", ""),
    Mutant(Gcp.TOPIC_GRANT, "queue-forwards", ""),
    Mutant(Gcp.SUBSCRIPTION_GRANT, "queue-takes-out", ""),
    Mutant(Gcp.TOPIC, "queue-jobs", "kmsKeyName"),
    Mutant(
        Gcp.SECRET, "secrets-service-secret", "replication.userManaged.replicas.0.customerManagedEncryption"
    ),
    Mutant(Gcp.SECRET, "secrets-service-secret", "protect", False),
    Mutant(PASSWORD, "database-services-value", "protect", False),
    Mutant(Gcp.REGISTRY, "registry-images", "kmsKeyName"),
    Mutant(Gcp.REGISTRY, "registry-images", "dockerConfig.immutableTags", False),
    Mutant(Gcp.KEY, "keys-key", "rotationPeriod"),
    Mutant(Gcp.KEY, "keys-key", "protect", False),
    Mutant(Gcp.CLUSTER, "cluster-control", "privateClusterConfig.enablePrivateNodes", False),
    Mutant(Gcp.CLUSTER, "cluster-control", "privateClusterConfig.enablePrivateEndpoint", False),
    Mutant(Gcp.CLUSTER, "cluster-control", "databaseEncryption"),
    Mutant(Gcp.CLUSTER, "cluster-control", "workloadIdentityConfig"),
    Mutant(
        Gcp.CLUSTER, "cluster-control", "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", True
    ),
    Mutant(Gcp.CLUSTER, "cluster-control", "enableShieldedNodes", False),
    Mutant(Gcp.POOL, "cluster-core", "nodeConfig.bootDiskKmsKey"),
    Mutant(Gcp.POOL, "cluster-core", "nodeConfig.spot", True),
    Mutant(Gcp.POOL, "cluster-core", "nodeConfig.serviceAccount"),
    Mutant(Gcp.POOL, "cluster-core", "nodeConfig.workloadMetadataConfig.mode", "GCE_METADATA"),
    Mutant(Gcp.PROJECT_GRANT, "cluster-nodes-report", "role", "roles/editor"),
    Mutant(Gcp.FIREWALL, "network-internal", "sourceRanges", [PUBLIC]),
    Mutant(Gcp.SUBNET, "network-app", "privateIpGoogleAccess", False),
    Mutant(Gcp.NAT, "network-nat", ""),
    Mutant(Gcp.PROXY, "edge-console-proxy", "sslPolicy"),
    Mutant(Gcp.TLS, "edge-tls", "minTlsVersion", "TLS_1_0"),
    Mutant(Gcp.NETWORK, "network-vpc", "autoCreateSubnetworks", True),
)
AZURE = (
    Mutant(Azure.DATABASE, "database-server", "dataEncryption"),
    Mutant(Azure.DATABASE, "database-server", "network.publicNetworkAccess", "Enabled"),
    Mutant(Azure.DATABASE, "database-server", "network.delegatedSubnetResourceId"),
    Mutant(Azure.DATABASE, "database-server", "highAvailability.mode", "Disabled"),
    Mutant(Azure.DATABASE, "database-server", "backup.backupRetentionDays", 1),
    Mutant(Azure.DATABASE, "database-server", "protect", False),
    Mutant(Azure.DATABASE_SETTING, "database-require-secure-transport", "value", "off"),
    Mutant(Azure.DATABASE_SETTING, "database-ssl-min-protocol-version", "value", "TLSv1"),
    Mutant(Azure.DATABASE_SETTING, "database-require-secure-transport", ""),
    Mutant(Azure.LOCK, "database-lock", ""),
    Mutant(Azure.STORAGE, "objects-account", "encryption.keySource", "Microsoft.Storage"),
    Mutant(Azure.STORAGE, "objects-account", "allowBlobPublicAccess", True),
    Mutant(Azure.STORAGE, "objects-account", "allowSharedKeyAccess", True),
    Mutant(Azure.STORAGE, "objects-account", "minimumTlsVersion", "TLS1_0"),
    Mutant(Azure.STORAGE, "objects-account", "enableHttpsTrafficOnly", False),
    Mutant(Azure.STORAGE, "objects-account", "networkRuleSet.defaultAction", "Allow"),
    Mutant(Azure.STORAGE, "objects-account", "publicNetworkAccess", "Enabled"),
    Mutant(Azure.STORAGE_SERVICE, "objects-blobs", "isVersioningEnabled", False),
    Mutant(Azure.CONTAINER, "objects-docs", "publicAccess", "Blob"),
    Mutant(Azure.RETENTION, "objects-audit-retention", ""),
    Mutant(Azure.QUEUES, "queue-namespace", "encryption"),
    Mutant(Azure.QUEUES, "queue-namespace", "minimumTlsVersion", "1.0"),
    Mutant(Azure.QUEUES, "queue-namespace", "disableLocalAuth", False),
    Mutant(Azure.QUEUES, "queue-namespace", "publicNetworkAccess", "Enabled"),
    Mutant(Azure.QUEUE, "queue-jobs", "deadLetteringOnMessageExpiration", False),
    Mutant(Azure.VAULT, "keys-vault", "properties.enablePurgeProtection", False),
    Mutant(Azure.VAULT, "secrets-vault", "properties.enableRbacAuthorization", False),
    Mutant(Azure.VAULT, "secrets-vault", "properties.publicNetworkAccess", "Enabled"),
    Mutant(Azure.VAULT, "secrets-vault", "properties.networkAcls.defaultAction", "Allow"),
    Mutant(Azure.VAULT, "secrets-vault", "protect", False),
    Mutant(Azure.SECRET, "secrets-service-secret", "protect", False),
    Mutant(PASSWORD, "database-admin-value", "protect", False),
    Mutant(Azure.KEY, "keys-key", "properties.rotationPolicy"),
    Mutant(Azure.KEY, "keys-key", "protect", False),
    Mutant(Azure.REGISTRY, "registry-images", "adminUserEnabled", True),
    Mutant(Azure.REGISTRY, "registry-images", "encryption"),
    Mutant(Azure.REGISTRY, "registry-images", "publicNetworkAccess", "Enabled"),
    Mutant(Azure.MODELS, "llm-account", "properties.disableLocalAuth", False),
    Mutant(Azure.MODELS, "llm-account", "properties.publicNetworkAccess", "Enabled"),
    Mutant(Azure.CLUSTER, "cluster-control-plane", "apiServerAccessProfile.enablePrivateCluster", False),
    Mutant(Azure.CLUSTER, "cluster-control-plane", "disableLocalAccounts", False),
    Mutant(Azure.CLUSTER, "cluster-control-plane", "securityProfile.workloadIdentity.enabled", False),
    Mutant(Azure.CLUSTER, "cluster-control-plane", "oidcIssuerProfile.enabled", False),
    Mutant(Azure.CLUSTER, "cluster-control-plane", "diskEncryptionSetID"),
    Mutant(Azure.CLUSTER, "cluster-control-plane", "agentPoolProfiles.0.scaleSetPriority", "Spot"),
    Mutant(Azure.FEDERATION, "identity-worker-lent", "subject", "system:serviceaccount:*:*"),
    Mutant(
        Azure.GRANT, "identity-worker-docs", "scope", "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590"
    ),
    Mutant(
        Azure.GRANT,
        "identity-worker-docs",
        "roleDefinitionId",
        "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    ),
    Mutant(Azure.ENDPOINT, "objects-blob-endpoint", ""),
    Mutant(Azure.ENDPOINT_NAMES, "secrets-kv-names", ""),
    Mutant(Azure.NAT, "network-nat-1", ""),
    Mutant(Azure.SUBNET, "network-app-1", "natGateway"),
    Mutant(Azure.DOMAIN, "edge-api-domain", "tlsSettings.minimumTlsVersion", "TLS10"),
    Mutant(Azure.ROUTE, "edge-api-route", "forwardingProtocol", "MatchRequest"),
    Mutant(Azure.RULE, "edge-front-door", "sourceAddressPrefix", "*"),
    Mutant(Azure.FIREWALL, "edge-firewall", "policySettings.mode", "Detection"),
)
MUTANTS = {"aws": AWS, "azure": AZURE, "gcp": GCP}
