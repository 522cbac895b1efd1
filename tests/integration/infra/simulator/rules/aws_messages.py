"""AWS: queues, topics, bucket notifications, and their policies."""

import json
import re

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Ref, to
from tests.integration.infra.simulator.rules.aws_book import (
    ACCOUNT,
    around,
    aws,
    between,
    named,
    one_of,
    tagged,
)
from tests.integration.infra.simulator.rules.aws_identity import KEY, service_may_use
from tests.integration.infra.simulator.rules.aws_policy import allows, example, governed, statements, texts
from tests.integration.infra.simulator.rules.aws_storage import BUCKET, PRIVATE

QUEUE = aws.kind(
    "aws:sqs/queue:Queue",
    id="https://sqs.{region}.amazonaws.com/{account}/{name}",
    outputs={"arn": "arn:aws:sqs:{region}:{account}:{name}", "url": "{id}"},
    refs={"kmsMasterKeyId": to(KEY, by="arn", holds=False)},
    immutable=("name", "fifoQueue"),
    autoname="name",
    polls=1,
    example={
        "name": "example-jobs",
        "visibilityTimeoutSeconds": 60,
        "messageRetentionSeconds": 345_600,
        "receiveWaitTimeSeconds": 20,
        "kmsMasterKeyId": Ref(KEY, "arn"),
        "kmsDataKeyReusePeriodSeconds": 300,
    },
    further=({"name": "example-open", "kmsMasterKeyId": Ref(KEY, "arn", 2)},),
)
tagged(QUEUE)
named(QUEUE, r"[\w-]{1,80}")
between(QUEUE, "visibilityTimeoutSeconds", 0, 43_200)
between(QUEUE, "messageRetentionSeconds", 60, 1_209_600)
between(QUEUE, "receiveWaitTimeSeconds", 0, 20)
between(QUEUE, "kmsDataKeyReusePeriodSeconds", 60, 86_400)


@aws.rule(
    QUEUE,
    "InvalidParameterValue",
    broken={"redrivePolicy": '{"deadLetterTargetArn": "nowhere", "maxReceiveCount": 5}'},
)
def dead_letters_somewhere(queue: Facts) -> str | None:
    """Undeliverable messages go to an existing queue after 1 to 1000 deliveries (SQS dead-letter queues)."""
    if not queue.get("redrivePolicy"):
        return None
    redrive = json.loads(queue.get("redrivePolicy"))
    known = any(each.get("arn") == redrive.get("deadLetterTargetArn") for each in around(queue).of(QUEUE))
    count = int(redrive.get("maxReceiveCount", 0))
    return None if known and 1 <= count <= 1_000 else json.dumps(redrive)


REDRIVE = aws.kind(
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    id="{queueUrl}",
    refs={"queueUrl": to(QUEUE, by="url", holds=False)},
    immutable=("queueUrl",),
    example={"queueUrl": Ref(QUEUE, "url"), "redriveAllowPolicy": '{"redrivePermission": "allowAll"}'},
)


@aws.rule(REDRIVE, "InvalidParameterValue", broken={"redriveAllowPolicy": '{"redrivePermission": "byQueue"}'})
def sources_named(redrive: Facts) -> str | None:
    """A dead-letter queue takes from all queues, none, or up to ten that are named (SQS: redrive allow policy)."""
    policy = json.loads(redrive.get("redriveAllowPolicy"))
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns") or []
    named_ = 1 <= len(sources) <= 10 if permission == "byQueue" else not sources
    return None if permission in ("allowAll", "denyAll", "byQueue") and named_ else json.dumps(policy)


def _on_queue(resource: str, **more: object) -> str:
    said = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return example({**said, "Resource": resource, **more})


EXAMPLE_QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:example-jobs"
QUEUE_POLICY = aws.kind(
    "aws:sqs/queuePolicy:QueuePolicy",
    id="{queueUrl}",
    refs={"queueUrl": to(QUEUE, by="url", holds=False)},
    immutable=("queueUrl",),
    example={"queueUrl": Ref(QUEUE, "url"), "policy": _on_queue(EXAMPLE_QUEUE)},
    further=({"queueUrl": Ref(QUEUE, "url", 2), "policy": _on_queue(EXAMPLE_QUEUE.replace("jobs", "open"))},),
)
governed(QUEUE_POLICY, "policy", "resource")


@aws.rule(QUEUE_POLICY, "InvalidAttributeValue", broken={"policy": _on_queue("arn:aws:s3:::example-bucket")})
def policy_of_this_queue(policy: Facts) -> str | None:
    """A queue's policy names this queue and actions of SQS (SQS: access policy language)."""
    arn = policy.named("queueUrl").get("arn")
    for each in statements(policy.get("policy")):
        if set(texts(each["Resource"])) != {arn} or not all(
            x.startswith("sqs:") for x in texts(each["Action"])
        ):
            return f"{each['Action']} on {each['Resource']}"
    return None


# Announcements of buckets -----------------------------------------------------------------------------------------

EVENTS = re.compile(
    r"s3:Object(Created:(\*|Put|Post|Copy|CompleteMultipartUpload)|Removed:(\*|Delete|DeleteMarkerCreated))"
)
NOTIFICATION = aws.kind(
    "aws:s3/bucketNotification:BucketNotification",
    id="{bucket}",
    refs={"bucket": to(BUCKET, holds=False), "queues[].queueArn": to(QUEUE, by="arn", holds=False)},
    immutable=("bucket",),
    unique=(("bucket",),),
    example={
        "bucket": Ref(BUCKET),
        "queues": [
            {  # the id is free text; the reference makes the policy first
                "id": Ref(QUEUE_POLICY),
                "queueArn": Ref(QUEUE, "arn"),
                "events": ["s3:ObjectCreated:*"],
            }
        ],
    },
)


def _policies(facts: Facts, arn: str) -> list[str]:
    urls = [each.get("url") for each in around(facts).of(QUEUE) if each.get("arn") == arn]
    return [
        each.inputs["policy"] for each in around(facts).of(QUEUE_POLICY) if each.inputs["queueUrl"] in urls
    ]


@aws.rule(
    NOTIFICATION,
    "InvalidArgument",
    broken={"queues[0].id": Ref(QUEUE, "url", 2), "queues[0].queueArn": Ref(QUEUE, "arn", 2)},
)
def queue_lets_bucket_write(notification: Facts) -> str | None:
    """A queue's policy must let S3 send, for this bucket, before the bucket may name it (S3 event notifications)."""
    given = {
        "aws:SourceArn": notification.named("bucket").get("arn"),
        "aws:SourceAccount": notification.cloud.account["account"],
    }
    for arn in notification.all("queues[].queueArn"):
        if not any(
            allows(each, "sqs:SendMessage", service="s3.amazonaws.com", condition=given)
            for each in _policies(notification, arn)
        ):
            return f"{arn} refuses s3.amazonaws.com"
    return None


@aws.rule(
    NOTIFICATION,
    "InvalidArgument",
    broken={"queues[0].id": Ref(QUEUE_POLICY, "id", 2), "queues[0].queueArn": Ref(QUEUE, "arn", 2)},
)
def key_lets_bucket_write(notification: Facts) -> str | None:
    """The key of an encrypted queue must let S3 use it (SQS key management: permissions for AWS services)."""
    for arn in notification.all("queues[].queueArn"):
        queue = next(each for each in around(notification).of(QUEUE) if each.get("arn") == arn)
        key = queue.inputs.get("kmsMasterKeyId")
        if key and not service_may_use(around(notification), key, "s3.amazonaws.com"):
            return f"the key of {arn} refuses s3.amazonaws.com"
    return None


@aws.rule(NOTIFICATION, "InvalidArgument", broken={"queues[0].events": ["s3:ObjectTouched:*"]})
def event_known(notification: Facts) -> str | None:
    """Events have fixed names (S3: supported event types)."""
    for queue in notification.get("queues") or []:
        wrong = [each for each in queue["events"] if not EVENTS.fullmatch(each)]
        if wrong or not queue["events"]:
            return f"{', '.join(wrong) or 'none'}"
    return None


# Policies of buckets ----------------------------------------------------------------------------------------------


def _on_bucket(principal: object, resource: str = "arn:aws:s3:::example-bucket/*") -> str:
    said = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource}
    return example(said)


CDN = {"Service": "cloudfront.amazonaws.com"}
BUCKET_POLICY = aws.kind(
    "aws:s3/bucketPolicy:BucketPolicy",
    id="{bucket}",
    refs={"bucket": to(BUCKET, holds=False)},
    immutable=("bucket",),
    unique=(("bucket",),),
    example={"bucket": Ref(PRIVATE), "policy": _on_bucket(CDN)},
)
governed(BUCKET_POLICY, "policy", "resource")


@aws.rule(
    BUCKET_POLICY, "MalformedPolicy", broken={"policy": _on_bucket(CDN, "arn:aws:s3:::another-bucket/*")}
)
def policy_of_this_bucket(policy: Facts) -> str | None:
    """A bucket's policy names this bucket and its objects (bucket policies)."""
    arn = f"arn:aws:s3:::{policy.get('bucket')}"
    for each in statements(policy.get("policy")):
        wrong = [x for x in texts(each["Resource"]) if x != arn and not x.startswith(f"{arn}/")]
        if wrong:
            return f"{wrong[0]} is not in {arn}"
    return None


@aws.rule(BUCKET_POLICY, "AccessDenied", broken={"policy": _on_bucket("*")})
def nothing_public(policy: Facts) -> str | None:
    """A blocked bucket takes no policy that allows public access (blocking public access)."""
    blocks = [each for each in around(policy).of(PRIVATE) if each.inputs["bucket"] == policy.get("bucket")]
    if not any(each.inputs.get("blockPublicPolicy") for each in blocks):
        return None
    for each in statements(policy.get("policy")):
        everybody = each["Principal"] in ("*", {"AWS": "*"})
        if each["Effect"] == "Allow" and everybody and not each.get("Condition"):
            return "a grant to everybody"
    return None


# Topics -----------------------------------------------------------------------------------------------------------

TOPIC = aws.kind(
    "aws:sns/topic:Topic",
    id="arn:aws:sns:{region}:{account}:{name}",
    outputs={"arn": "{id}", "owner": "{account}"},
    refs={"kmsMasterKeyId": to(KEY, by="arn", holds=False)},
    immutable=("name", "fifoTopic"),
    autoname="name",
    example={"name": "example-alarms", "kmsMasterKeyId": Ref(KEY, "arn")},
)
tagged(TOPIC)
named(TOPIC, r"[\w-]{1,256}")

TOPIC_POLICY = aws.kind(
    "aws:sns/topicPolicy:TopicPolicy",
    id="{arn}",
    refs={"arn": to(TOPIC, by="arn", holds=False)},
    immutable=("arn",),
    example={
        "arn": Ref(TOPIC, "arn"),
        "policy": example(
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": f"arn:aws:sns:us-east-1:{ACCOUNT}:example-alarms",
            }
        ),
    },
)
governed(TOPIC_POLICY, "policy", "resource")

SUBSCRIPTION = aws.kind(
    "aws:sns/topicSubscription:TopicSubscription",
    id="{topic}:{hex}",
    outputs={"arn": "{id}"},
    refs={"topic": to(TOPIC, by="arn", holds=False)},
    immutable=("topic", "protocol", "endpoint"),
    example={"topic": Ref(TOPIC, "arn"), "protocol": "email", "endpoint": "receiver@example.com"},
)
one_of(
    SUBSCRIPTION, "protocol", ("email", "email-json", "https", "http", "sqs", "lambda", "sms"), broken="mail"
)


@aws.rule(SUBSCRIPTION, "InvalidParameter", broken={"endpoint": "receiver"})
def address_of_protocol(subscription: Facts) -> str | None:
    """An endpoint has the form of its protocol (Subscribe)."""
    address, protocol = subscription.get("endpoint"), subscription.get("protocol")
    wrong = protocol.startswith("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address)
    return f"{address!r} for {protocol}" if wrong else None
