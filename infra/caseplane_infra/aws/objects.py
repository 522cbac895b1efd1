"""S3: documents, attachments and audit records, each in a bucket of its own."""

import pulumi
from pulumi_aws import s3

from caseplane_infra import contract
from caseplane_infra.aws.policy import document, tls_only
from caseplane_infra.aws.provider import Place
from caseplane_infra.naming import Labels

COOL = "STANDARD_IA"
LEAST_COOL_DAYS = 30
"""The earliest that S3 moves an object to this class."""
COOLED = ("attachments", "audit")
"""Stores with old objects that are seldom read; documents are read at every re-indexing."""
LOCKED = "audit"


class AwsObjectStore(contract.ObjectStore):
    """Three private, versioned, encrypted buckets that accept only TLS 1.2 or newer."""

    cloud = "aws"

    def __init__(
        self,
        name: str,
        needs: contract.ObjectStoreNeeds,
        *,
        labels: Labels,
        place: Place,
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, labels, opts)
        self._name, self._needs, self._place, self._key = name, needs, place, key
        # `redundancy` has no effect here: S3 keeps every bucket in three zones, at one price.
        buckets = {each: self._store(each) for each in contract.OBJECT_STORES}
        self.arns = {each: bucket.arn for each, bucket in buckets.items()}
        self.ids = {each: bucket.id for each, bucket in buckets.items()}
        self.urls = {each: bucket.bucket.apply(lambda at: f"s3://{at}") for each, bucket in buckets.items()}
        self.options = {"AWS_REGION": pulumi.Output.from_input(place.region)}
        self.done()

    def _store(self, store: str) -> s3.Bucket:
        role, needs = f"{self._name}-{store}", self._needs
        bucket = private_bucket(
            self,
            role,
            self._place.bucket(self.labels.prefix, store),
            key=self._key,
            locked=store == LOCKED,
            protect=needs.protect,
        )
        versioning = s3.BucketVersioning(
            f"{role}-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=self.child(),
        )
        s3.BucketPolicy(
            f"{role}-policy",
            bucket=bucket.id,
            policy=document(*transport(bucket)),
            opts=self.child(),
        )
        if store == LOCKED:
            self._lock(role, bucket, versioning)
        self._lifecycle(role, store, bucket, versioning)
        return bucket

    def _lifecycle(self, role: str, store: str, bucket: s3.Bucket, versioning: s3.BucketVersioning) -> None:
        needs = self._needs
        cool: s3.BucketLifecycleConfigurationRuleTransitionArgsDict = {
            "days": max(needs.cool_after_days, LEAST_COOL_DAYS),
            "storage_class": COOL,
        }
        kept = max(needs.noncurrent_days, needs.audit_days) if store == LOCKED else needs.noncurrent_days
        s3.BucketLifecycleConfiguration(
            f"{role}-lifecycle",
            bucket=bucket.id,
            rules=[
                {
                    "id": "age",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": kept},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                    "transitions": [cool] if store in COOLED else [],
                }
            ],
            opts=self.child(versioning),
        )

    def _lock(self, role: str, bucket: s3.Bucket, versioning: s3.BucketVersioning) -> None:
        """Records cannot be changed or deleted before `audit_days`; where protected, not even by the root user."""
        mode = "COMPLIANCE" if self._needs.protect else "GOVERNANCE"
        s3.BucketObjectLockConfiguration(
            f"{role}-lock",
            bucket=bucket.id,
            rule={"default_retention": {"mode": mode, "days": self._needs.audit_days}},
            opts=self.child(versioning),
        )


def private_bucket(
    part: contract.Part,
    name: str,
    physical: str,
    *,
    key: pulumi.Input[str],
    locked: bool = False,
    protect: bool = False,
) -> s3.Bucket:
    """A bucket that only the account can use, encrypted with the stack's key.

    Args:
        part: the part that it belongs to.
        name: prefix of the logical names.
        physical: the bucket's name, unique in the world.
        key: ARN of the key.
        locked: enable object lock; cannot change later.
        protect: refuse deletion of the bucket and of its content.
    """
    bucket = s3.Bucket(
        f"{name}-bucket",
        bucket=physical,
        force_destroy=not protect,
        object_lock_enabled=locked,
        tags=part.labels.tags(physical),
        opts=part.child(protect=protect),
    )
    s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=part.child(),
    )
    s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=part.child(),
    )
    encryption: s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict = {
        "sse_algorithm": "aws:kms",
        "kms_master_key_id": key,
    }
    s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": encryption, "bucket_key_enabled": True}],
        opts=part.child(),
    )
    return bucket


def transport(bucket: s3.Bucket) -> list[dict[str, object]]:
    """Statements of a bucket's policy that refuse plain text, and TLS older than 1.2."""
    what = [bucket.arn, bucket.arn.apply(lambda arn: f"{arn}/*")]
    plain = dict(tls_only("s3:*", what))
    old = {**plain, "Sid": "NoOldTls", "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}
    return [plain, old]
