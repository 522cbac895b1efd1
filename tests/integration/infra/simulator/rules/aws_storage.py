"""AWS: buckets and registries."""

import json
import re

from tests.integration.infra.simulator.cloud import Cloud, Record
from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.aws_book import around, aws, named, one_of, tagged
from tests.integration.infra.simulator.rules.aws_identity import KEY

# Buckets ----------------------------------------------------------------------------------------------------------

BUCKET = aws.kind(
    "aws:s3/bucket:Bucket",
    id="{bucket}",
    outputs={
        "arn": "arn:aws:s3:::{bucket}",
        "bucketDomainName": "{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
    },
    immutable=("bucket", "objectLockEnabled"),
    autoname="bucket",
    quota=100,
    example={"bucket": "example-bucket"},
    further=({"bucket": "sealed-bucket", "objectLockEnabled": True},),
)
tagged(BUCKET)


@aws.rule(BUCKET, "InvalidBucketName", broken={"bucket": "Example_Bucket"})
def bucket_name(bucket: Facts) -> str | None:
    """A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens (bucket naming rules)."""
    name = bucket.get("bucket")
    reserved = name.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or name.endswith(("-s3alias", "--ol-s3"))
    good = re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) and ".." not in name and not reserved
    return None if good else f"{name!r}"


@aws.while_full(BUCKET)
def bucket_full(_: Cloud, bucket: Record) -> str | None:
    """A bucket with objects is deleted only by force (deleting a bucket)."""
    kept = bucket.content and not bucket.inputs.get("forceDestroy")
    return f"{len(bucket.content)} objects in it" if kept else None


def _part(token: str, **example: object) -> str:
    """A setting of a bucket, which has one of each."""
    return aws.kind(
        token,
        id="{bucket}",
        refs={"bucket": to(BUCKET, holds=False)},
        immutable=("bucket",),
        unique=(("bucket",),),
        example={"bucket": Ref(BUCKET), **example},
    )


OWNERSHIP = _part(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls", rule={"objectOwnership": "BucketOwnerEnforced"}
)
one_of(OWNERSHIP, "rule.objectOwnership", ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"))
PRIVATE = _part(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    blockPublicAcls=True,
    blockPublicPolicy=True,
    ignorePublicAcls=True,
    restrictPublicBuckets=True,
)
VERSIONING = _part("aws:s3/bucketVersioning:BucketVersioning", versioningConfiguration={"status": "Enabled"})
one_of(VERSIONING, "versioningConfiguration.status", ("Enabled", "Suspended", "Disabled"), broken="On")


@aws.rule(
    VERSIONING,
    "InvalidBucketState",
    broken={"bucket": Ref(BUCKET, "id", 2), "versioningConfiguration.status": "Suspended"},
)
def locked_is_versioned(versioning: Facts) -> str | None:
    """Versioning cannot be suspended where objects are locked (S3 Object Lock)."""
    locked = versioning.named("bucket").inputs.get("objectLockEnabled")
    on = versioning.get("versioningConfiguration.status") == "Enabled"
    return "objects are locked" if locked and not on else None


SSE = _part(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    rules=[
        {
            "applyServerSideEncryptionByDefault": {
                "sseAlgorithm": "aws:kms",
                "kmsMasterKeyId": Ref(KEY, "arn"),
            },
            "bucketKeyEnabled": True,
        }
    ],
)
_SSE = "rules[0].applyServerSideEncryptionByDefault"


@aws.rule(SSE, "InvalidArgument", broken={f"{_SSE}.sseAlgorithm": "AES256"})
def key_for_kms(encryption: Facts) -> str | None:
    """A key belongs to the algorithm `aws:kms`, and is one of KMS (PutBucketEncryption)."""
    for each in encryption.get("rules"):
        default = each.get("applyServerSideEncryptionByDefault") or {}
        algorithm, key = default.get("sseAlgorithm"), default.get("kmsMasterKeyId")
        if algorithm not in ("aws:kms", "aws:kms:dsse", "AES256") or (key and algorithm == "AES256"):
            return f"{algorithm} with key {key}"
        if key and not any(key == known.get("arn") for known in around(encryption).of(KEY)):
            return f"no key {key}"
    return None


LIFECYCLE = _part(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    rules=[
        {
            "id": "age",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrentVersionExpiration": {"noncurrentDays": 30},
            "transitions": [{"days": 90, "storageClass": "STANDARD_IA"}],
        }
    ],
)
CLASSES_OF_STORAGE = (
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)


@aws.rule(LIFECYCLE, "InvalidArgument", broken={"rules[0].transitions[0].days": 10})
def cool_later(lifecycle: Facts) -> str | None:
    """Objects move to an infrequent-access class after 30 days or more (lifecycle transitions: constraints)."""
    for rule in lifecycle.get("rules"):
        for each in rule.get("transitions") or []:
            if each["storageClass"] not in CLASSES_OF_STORAGE or (
                each["storageClass"].endswith("_IA") and each["days"] < 30
            ):
                return f"{each['storageClass']} after {each['days']} days"
    return None


@aws.rule(LIFECYCLE, "MalformedXML", broken={"rules[0].status": "On"})
def rule_grammar(lifecycle: Facts) -> str | None:
    """A rule is Enabled or Disabled, has its own id, and does something (PutBucketLifecycleConfiguration)."""
    rules = lifecycle.get("rules")
    actions = {"transitions", "expiration", "noncurrentVersionExpiration", "abortIncompleteMultipartUpload"}
    for each in rules:
        if each["status"] not in ("Enabled", "Disabled") or not actions & set(each):
            return f"{each['id']}: {each['status']}"
    return None if len({each["id"] for each in rules}) == len(rules) else "two rules with one id"


LOCK = aws.kind(
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    id="{bucket}",
    refs={"bucket": to(BUCKET, holds=False)},
    immutable=("bucket",),
    unique=(("bucket",),),
    example={
        "bucket": Ref(BUCKET, "id", 2),
        "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 30}},
    },
)
one_of(LOCK, "rule.defaultRetention.mode", ("GOVERNANCE", "COMPLIANCE"), broken="STRICT")


@aws.rule(LOCK, "InvalidBucketState", broken={"bucket": Ref(BUCKET)})
def lockable(lock: Facts) -> str | None:
    """Objects can be locked only in a bucket that was made for it (S3 Object Lock)."""
    return None if lock.named("bucket").inputs.get("objectLockEnabled") else "objectLockEnabled is not set"


# Registries -------------------------------------------------------------------------------------------------------

REPOSITORY = aws.kind(
    "aws:ecr/repository:Repository",
    id="{name}",
    outputs={
        "arn": "arn:aws:ecr:{region}:{account}:repository/{name}",
        "registryId": "{account}",
        "repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
    },
    refs={"encryptionConfigurations[].kmsKey": to(KEY, by="arn", holds=False)},
    immutable=("name", "encryptionConfigurations"),
    autoname="name",
    example={
        "name": "example/services",
        "imageTagMutability": "IMMUTABLE",
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": Ref(KEY, "arn")}],
    },
)
tagged(REPOSITORY)
named(REPOSITORY, r"(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*", broken="Example")
one_of(
    REPOSITORY,
    "imageTagMutability",
    ("MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"),
)


@aws.rule(
    REPOSITORY, "InvalidParameterException", broken={"encryptionConfigurations[0].encryptionType": "AES256"}
)
def key_of_type(repository: Facts) -> str | None:
    """A key belongs to encryption by KMS (CreateRepository)."""
    for each in repository.get("encryptionConfigurations") or []:
        if each.get("encryptionType") not in ("AES256", "KMS", "KMS_DSSE") or (
            each.get("kmsKey") and each["encryptionType"] == "AES256"
        ):
            return f"{each.get('encryptionType')} with a key"
    return None


@aws.while_full(REPOSITORY)
def images_in(_: Cloud, repository: Record) -> str | None:
    """A repository with images is deleted only by force (DeleteRepository)."""
    kept = repository.content and not repository.inputs.get("forceDelete")
    return f"{len(repository.content)} images in it" if kept else None


CLEANING = aws.kind(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    id="{repository}",
    refs={"repository": to(REPOSITORY, by="name", holds=False)},
    immutable=("repository",),
    example={
        "repository": Ref(REPOSITORY, "name"),
        "policy": json.dumps(
            {
                "rules": [
                    {
                        "rulePriority": 1,
                        "selection": {
                            "tagStatus": "any",
                            "countType": "imageCountMoreThan",
                            "countNumber": 30,
                        },
                        "action": {"type": "expire"},
                    }
                ]
            }
        ),
    },
)


@aws.rule(CLEANING, "InvalidParameterException", broken={"policy": '{"rules": [{"rulePriority": 0}]}'})
def cleaning_grammar(cleaning: Facts) -> str | None:
    """Rules have unique priorities, a selection and the action to expire (ECR lifecycle policy properties)."""
    rules = json.loads(cleaning.get("policy")).get("rules") or []
    for each in rules:
        selection = each.get("selection") or {}
        counted = selection.get("countType") in ("imageCountMoreThan", "sinceImagePushed")
        tags = selection.get("tagStatus") in ("any", "tagged", "untagged")
        if each["rulePriority"] < 1 or not counted or not tags or each.get("action") != {"type": "expire"}:
            return json.dumps(each)
    priorities = [each["rulePriority"] for each in rules]
    return None if rules and len(set(priorities)) == len(rules) else f"priorities {priorities}"
