"""Google Cloud: buckets and who may read them."""

import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.gcp_book import (
    gcp,
    labelled,
    needs_service,
    on,
    placed,
)
from tests.integration.infra.simulator.rules.gcp_keys import (
    ACCOUNT,
    KEY,
    encrypted,
    granted,
    grants,
)

BUCKET = gcp.kind(
    "gcp:storage/bucket:Bucket",
    id="{name}",
    outputs={"selfLink": "https://www.googleapis.com/storage/v1/b/{name}", "url": "gs://{name}"},
    refs={"encryption.defaultKmsKeyName": to(KEY)},
    immutable=("name", "location"),
    autoname="name",
    example={
        "project": on("storage"),
        "name": "example-bucket",
        "location": "US-CENTRAL1",
        "uniformBucketLevelAccess": True,
        "publicAccessPrevention": "enforced",
        "versioning": {"enabled": True},
        "encryption": {"defaultKmsKeyName": granted("storage")},
    },
    further=(
        {"name": "example-open", "publicAccessPrevention": "inherited"},
        {
            "name": "example-kept",
            "versioning": {"enabled": False},
            "retentionPolicy": {"retentionPeriod": "86400"},
        },
    ),
)
needs_service(BUCKET, "storage")
labelled(BUCKET)
placed(BUCKET)
encrypted(BUCKET, "encryption.defaultKmsKeyName", "storage", lambda facts: facts.get("location").lower())


@gcp.while_full(BUCKET)
def bucket_full(_: Cloud, bucket: Record) -> str | None:
    """A bucket with objects is deleted only by force, and not even so while retention holds one (deleting buckets)."""
    content, inputs = bucket.content, bucket.inputs
    held = (inputs.get("retentionPolicy") or {}).get("isLocked")
    return f"{len(content)} objects in it" if content and (held or not inputs.get("forceDestroy")) else None


@gcp.rule(BUCKET, "INVALID_ARGUMENT", broken={"name": "my-google-bucket"})
def bucket_name(bucket: Facts) -> str | None:
    """3 to 63 lower-case letters, digits and `-_.`, without Google's name (Cloud Storage: bucket names)."""
    name = bucket.get("name")
    fits = re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", name)
    return None if fits and "google" not in name and not name.startswith("goog") else f"{name!r}"


@gcp.rule(BUCKET, "INVALID_ARGUMENT", broken={"retentionPolicy": {"retentionPeriod": "86400"}})
def versions_or_retention(bucket: Facts) -> str | None:
    """A bucket has versions or a retention policy, not both (Cloud Storage: bucket lock, object versioning)."""
    versions = (bucket.get("versioning") or {}).get("enabled")
    return "both" if versions and bucket.get("retentionPolicy") else None


LOCK = {"retentionPolicy": {"retentionPeriod": "86400", "isLocked": True}, "versioning": {"enabled": False}}


@gcp.rule(
    BUCKET, "INVALID_ARGUMENT", broken={"retentionPolicy": {"retentionPeriod": "-1"}, "versioning": Drop()}
)
def retention_length(bucket: Facts) -> str | None:
    """Retention lasts a second to a hundred years; once locked it only grows (Cloud Storage: bucket lock)."""
    policy, was = bucket.get("retentionPolicy") or {}, bucket.was("retentionPolicy") or {}
    seconds = int(policy.get("retentionPeriod", 1))
    if was.get("isLocked") and seconds < int(was["retentionPeriod"]):
        return "locked"
    return None if 1 <= seconds <= 3_155_760_000 else f"{seconds}"


@gcp.rule(BUCKET, "INVALID_ARGUMENT", broken={"publicAccessPrevention": "on"})
def public_access(bucket: Facts) -> str | None:
    """Public access prevention is enforced or inherited (Cloud Storage: public access prevention)."""
    value = bucket.get("publicAccessPrevention", "inherited")
    return None if value in ("enforced", "inherited") else f"{value}"


@gcp.rule(BUCKET, "INVALID_ARGUMENT", broken={"storageClass": "GLACIER"})
def storage_class(bucket: Facts) -> str | None:
    """There are four classes (Cloud Storage: storage classes)."""
    known = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")
    named_ = [bucket.get("storageClass", "STANDARD"), *bucket.all("lifecycleRules[].action.storageClass")]
    wrong = [each for each in named_ if each not in known]
    return f"{wrong}" if wrong else None


@gcp.rule(
    BUCKET,
    "INVALID_ARGUMENT",
    broken={"lifecycleRules": [{"action": {"type": "Expire"}, "condition": {"age": 7}}]},
)
def lifecycle_actions(bucket: Facts) -> str | None:
    """Rules delete, change the class, or abort uploads (Cloud Storage: object lifecycle management)."""
    known = ("Delete", "SetStorageClass", "AbortIncompleteMultipartUpload")
    wrong = [each for each in bucket.all("lifecycleRules[].action.type") if each not in known]
    return f"{wrong}" if wrong else None


@gcp.rule(BUCKET, "INVALID_ARGUMENT", broken={"softDeletePolicy": {"retentionDurationSeconds": 3600}})
def soft_delete(bucket: Facts) -> str | None:
    """Soft delete is off or keeps 7 to 90 days (Cloud Storage: soft delete)."""
    seconds = bucket.get("softDeletePolicy.retentionDurationSeconds", 604_800)
    return None if seconds == 0 or 604_800 <= seconds <= 7_776_000 else f"{seconds} s"


BUCKET_GRANT = gcp.kind(
    "gcp:storage/bucketIAMMember:BucketIAMMember",
    id="b/{bucket}/{role}/{member}",
    refs={"bucket": to(BUCKET, by="name")},
    immutable=("bucket", "role", "member"),
    example={
        "bucket": Ref(BUCKET, "name"),
        "role": "roles/storage.objectViewer",
        "member": Ref(ACCOUNT, "member"),
    },
)
grants(
    BUCKET_GRANT,
    "roles/storage.objectViewer",
    "roles/storage.objectCreator",
    "roles/storage.objectUser",
    "roles/storage.objectAdmin",
    "roles/storage.legacyObjectReader",
)


@gcp.rule(BUCKET_GRANT, "PUBLIC_ACCESS_PREVENTED", broken={"member": "allUsers"})
def no_public_grant(grant: Facts) -> str | None:
    """A bucket with public access prevention has no public grant (Cloud Storage: public access prevention)."""
    prevented = grant.named("bucket").inputs.get("publicAccessPrevention") == "enforced"
    return grant.get("member") if prevented and grant.get("member").startswith("all") else None
