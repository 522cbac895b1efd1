"""Buckets for documents, attachments and audit records: private, under the stack's key, in several zones."""

import pulumi
from pulumi_gcp import storage

from caseplane_infra import contract
from caseplane_infra.contract import OBJECT_STORES, Keys, ObjectStoreNeeds
from caseplane_infra.gcp.provider import DAY, GcpProject
from caseplane_infra.naming import Labels, compact

LIMIT = 63


def bucket_name(project: GcpProject, kind: str) -> str:
    """`<prefix>-<project>-<kind>` if that fits Google's 63 characters, otherwise a shorter unique name."""
    full = f"{project.prefix}-{project.id}-{kind}"
    return (
        full
        if len(full) <= LIMIT
        else compact(project.prefix, kind=f"{kind}-", account=project.id, limit=LIMIT)
    )


class GcpObjectStore(contract.ObjectStore):
    """See the contract. `redundancy` has no effect: Google keeps regional buckets in several zones.

    Google refuses versions on a bucket with a retention policy. So the audit bucket has the policy, under which nothing
    can be overwritten and no older version arises, and the others have versions.
    """

    cloud = "gcp"

    def __init__(
        self,
        name: str,
        needs: ObjectStoreNeeds,
        *,
        project: GcpProject,
        keys: Keys,
        labels: Labels,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__(name, labels, opts)
        self.project, self.keys, self.needs = project, keys, needs
        self.buckets = {kind: self._bucket(name, kind) for kind in OBJECT_STORES}
        self.urls = {kind: each.url for kind, each in self.buckets.items()}
        self.options: dict[str, pulumi.Output[str]] = {}
        self.done()

    def _bucket(self, name: str, kind: str) -> storage.Bucket:
        audit = kind == "audit"
        return storage.Bucket(
            f"{name}-{kind}",
            name=bucket_name(self.project, kind),
            location=self.project.region,
            storage_class="STANDARD",
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption=storage.BucketEncryptionArgs(default_kms_key_name=self.keys.id),
            versioning=storage.BucketVersioningArgs(enabled=not audit),
            retention_policy=self._retention() if audit else None,
            soft_delete_policy=storage.BucketSoftDeletePolicyArgs(retention_duration_seconds=7 * DAY),
            lifecycle_rules=self._lifecycle(kind),
            force_destroy=not self.needs.protect,
            labels=self.labels.gcp(),
            opts=self.child(protect=self.needs.protect),
        )

    def _retention(self) -> storage.BucketRetentionPolicyArgs:
        """Locked permanently where data is protected: then not even Google can shorten it."""
        return storage.BucketRetentionPolicyArgs(
            retention_period=str(self.needs.audit_days * DAY), is_locked=self.needs.protect
        )

    def _lifecycle(self, kind: str) -> list[storage.BucketLifecycleRuleArgs]:
        rules = [
            _rule("AbortIncompleteMultipartUpload", storage.BucketLifecycleRuleConditionArgs(age=7)),
        ]
        if kind != "audit":
            gone = storage.BucketLifecycleRuleConditionArgs(
                days_since_noncurrent_time=self.needs.noncurrent_days, with_state="ARCHIVED"
            )
            rules.append(_rule("Delete", gone))
        if kind != "docs":
            cool = storage.BucketLifecycleRuleConditionArgs(
                age=self.needs.cool_after_days, matches_storage_classes=["STANDARD"]
            )
            rules.append(_rule("SetStorageClass", cool, storage_class="NEARLINE"))
        return rules


def _rule(
    kind: str, condition: storage.BucketLifecycleRuleConditionArgs, *, storage_class: str | None = None
) -> storage.BucketLifecycleRuleArgs:
    action = storage.BucketLifecycleRuleActionArgs(type=kind, storage_class=storage_class)
    return storage.BucketLifecycleRuleArgs(action=action, condition=condition)
