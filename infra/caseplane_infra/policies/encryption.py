"""Everything at rest is encrypted with the stack's key, so that no data can be read without the key."""

from collections.abc import Iterator, Sequence

from caseplane_infra.policies.console import is_console
from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import (
    SERIOUS,
    Context,
    Finding,
    Resource,
    ResourcePolicy,
    StackPolicy,
    equals,
    given,
    never,
)

BUCKET_RULE = "rules[].applyServerSideEncryptionByDefault"
REPLICAS = "replication.userManaged.replicas[]"


def _google_bucket(bucket: Resource, context: Context) -> Iterator[str]:
    """The console's files are public, so they need no key."""
    key = given("encryption.defaultKmsKeyName").fault(bucket, context)
    if key and bucket.type == Gcp.BUCKET and not bucket.find("website"):
        yield key


OWN_KEYS = ResourcePolicy(
    name="own-key-at-rest",
    sentence="Databases, objects, secrets, queues, images, logs and disks are encrypted with the stack's own key.",
    remedy="Pass the key of `keys` to the part and set it here",
    wants={
        Aws.DATABASE: [equals("storageEncrypted", True), given("kmsKeyId")],
        Aws.BUCKET_ENCRYPTION: [
            equals(f"{BUCKET_RULE}.sseAlgorithm", "aws:kms", "aws:kms:dsse"),
            given(f"{BUCKET_RULE}.kmsMasterKeyId"),
        ],
        Aws.SECRET: [given("kmsKeyId")],
        Aws.QUEUE: [given("kmsMasterKeyId"), never("kmsMasterKeyId", "alias/aws/sqs")],
        Aws.TOPIC: [given("kmsMasterKeyId"), never("kmsMasterKeyId", "alias/aws/sns")],
        Aws.REGISTRY: [
            equals("encryptionConfigurations[].encryptionType", "KMS"),
            given("encryptionConfigurations[].kmsKey"),
        ],
        Aws.LOG_GROUP: [given("kmsKeyId")],
        Aws.CLUSTER: [
            given("encryptionConfig.provider.keyArn"),
            equals("encryptionConfig.resources[]", "secrets"),
        ],
        Aws.LAUNCH_TEMPLATE: [
            equals("blockDeviceMappings[].ebs.encrypted", "true", True),
            given("blockDeviceMappings[].ebs.kmsKeyId"),
        ],
        Azure.DATABASE: [
            equals("dataEncryption.type", "AzureKeyVault"),
            given("dataEncryption.primaryKeyURI"),
        ],
        Azure.STORAGE: [
            equals("encryption.keySource", "Microsoft.Keyvault").unless(is_console),
            given("encryption.keyVaultProperties.keyName").unless(is_console),
        ],
        # Only the Premium tiers support a key, and dev does not use them because of their price.
        Azure.QUEUES: [
            equals("encryption.keySource", "Microsoft.KeyVault").only(SERIOUS),
            given("encryption.keyVaultProperties[].keyName").only(SERIOUS),
        ],
        Azure.REGISTRY: [
            equals("encryption.status", "enabled").only(SERIOUS),
            given("encryption.keyVaultProperties.keyIdentifier").only(SERIOUS),
        ],
        Azure.MODELS: [
            equals("properties.encryption.keySource", "Microsoft.KeyVault"),
            given("properties.encryption.keyVaultProperties.keyName"),
        ],
        Azure.CLUSTER: [given("diskEncryptionSetID")],
        Azure.DISK_ENCRYPTION: [given("activeKey.keyUrl")],
        Gcp.DATABASE: [given("encryptionKeyName")],
        Gcp.SECRET: [given(f"{REPLICAS}.customerManagedEncryption.kmsKeyName")],
        Gcp.TOPIC: [given("kmsKeyName")],
        Gcp.REGISTRY: [given("kmsKeyName")],
        Gcp.CLUSTER: [
            equals("databaseEncryption.state", "ENCRYPTED"),
            given("databaseEncryption.keyName"),
        ],
        Gcp.POOL: [given("nodeConfig.bootDiskKmsKey")],
    },
    judge=_google_bucket,
)


ROTATION = ResourcePolicy(
    name="own-key-rotates",
    sentence="Keys get new material automatically, and a deleted key can be restored.",
    remedy="Set rotation and recovery from `keys.rotation_days` and `keys.deletion_window_days`",
    wants={
        Aws.KEY: [equals("enableKeyRotation", True), given("deletionWindowInDays")],
        Azure.KEY: [
            equals("properties.rotationPolicy.lifetimeActions[].action.type", "rotate", "Rotate"),
            given("properties.rotationPolicy.lifetimeActions[].trigger.timeAfterCreate"),
        ],
        Azure.DISK_ENCRYPTION: [equals("rotationToLatestKeyVersionEnabled", True)],
        Azure.VAULT: [
            equals("properties.enableSoftDelete", True),
            equals("properties.enablePurgeProtection", True),
        ],
        Gcp.KEY: [given("rotationPeriod"), given("destroyScheduledDuration")],
    },
)

COMPANIONS = {
    Aws.BUCKET_ENCRYPTION: (Aws.BUCKET, "bucket", "is not encrypted with the stack's key"),
    Aws.ACCESS_BLOCK: (Aws.BUCKET, "bucket", "can be made public"),
    Aws.BUCKET_OWNERSHIP: (Aws.BUCKET, "bucket", "accepts access lists of single objects"),
    Aws.BUCKET_POLICY: (Aws.BUCKET, "bucket", "accepts calls without TLS"),
    Aws.QUEUE_POLICY: (Aws.QUEUE, "queueUrl", "accepts calls without TLS"),
}
"""On AWS, separate resources protect a bucket or queue, and nothing else notices if one is missing."""


def _complete(stack: Sequence[Resource], context: Context) -> Iterator[Finding]:
    for companion, (kind, by, fault) in COMPANIONS.items():
        named = {name for each in stack if each.type == companion for name in each.links.get(by, ())}
        for owner in stack:
            if owner.type == kind and owner.name not in named:
                yield owner, f"{fault}: no {companion.rsplit(':', 1)[-1]} names it"


COMPLETE = StackPolicy(
    name="buckets-and-queues-are-complete",
    sentence="Every S3 bucket has its encryption, refusal of public access, ownership rule and TLS policy; every SQS queue its TLS policy.",
    remedy="Create buckets with `private_bucket`, and give buckets and queues a policy",
    judge=_complete,
)

POLICIES = (OWN_KEYS, ROTATION, COMPLETE)
