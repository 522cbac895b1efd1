"""AWS: logs, alarms, dashboards, flow logs, models."""

import json
import re

from tests.integration.infra.simulator.facts import Facts
from tests.integration.infra.simulator.rulebook import Drop, Ref, to
from tests.integration.infra.simulator.rules.aws_book import around, aws, named, one_of, tagged
from tests.integration.infra.simulator.rules.aws_identity import KEY, service_may_use, takes
from tests.integration.infra.simulator.rules.aws_messages import TOPIC
from tests.integration.infra.simulator.rules.aws_network import VPC
from tests.integration.infra.simulator.rules.aws_policy import ROLE

DAYS = (
    0,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
LOGS = aws.kind(
    "aws:cloudwatch/logGroup:LogGroup",
    id="{name}",
    outputs={"arn": "arn:aws:logs:{region}:{account}:log-group:{name}"},
    refs={"kmsKeyId": to(KEY, by="arn", holds=False)},
    immutable=("name",),
    autoname="name",
    example={"name": "/example/logs", "retentionInDays": 30, "kmsKeyId": Ref(KEY, "arn")},
    further=({"name": "aws-waf-logs-example"},),
)
tagged(LOGS)
named(LOGS, r"[\w./#-]{1,512}")


@aws.rule(LOGS, "InvalidParameterException", broken={"retentionInDays": 31})
def kept_days(group: Facts) -> str | None:
    """Logs are kept for certain numbers of days (PutRetentionPolicy)."""
    days = group.get("retentionInDays", 0)
    return None if days in DAYS else f"{days} days"


@aws.rule(LOGS, "InvalidParameterException", broken={"kmsKeyId": Ref(KEY, "arn", 2)})
def key_lets_logs(group: Facts) -> str | None:
    """A key must let CloudWatch Logs use it for this group (encrypt log data in CloudWatch Logs using KMS)."""
    key = group.get("kmsKeyId")
    if key is None:
        return None
    account = group.cloud.account
    region = group.get("region", account["region"])
    arn = f"arn:aws:logs:{region}:{account['account']}:log-group:{group.get('name')}"
    context = {"kms:EncryptionContext:aws:logs:arn": arn}
    good = service_may_use(around(group), key, f"logs.{region}.amazonaws.com", **context)
    return None if good else f"{key} refuses logs.{region}.amazonaws.com"


COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
ALARM = aws.kind(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    id="{name}",
    outputs={"arn": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"},
    refs={
        "alarmActions[]": to(TOPIC, by="arn", holds=False),
        "okActions[]": to(TOPIC, by="arn", holds=False),
    },
    immutable=("name",),
    autoname="name",
    example={
        "name": "example",
        "namespace": "AWS/SQS",
        "metricName": "ApproximateAgeOfOldestMessage",
        "dimensions": {"QueueName": "example-jobs"},
        "statistic": "Maximum",
        "period": 300,
        "evaluationPeriods": 3,
        "threshold": 900,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [Ref(TOPIC, "arn")],
    },
)
tagged(ALARM)
one_of(ALARM, "comparisonOperator", COMPARISONS, broken="Above")
one_of(ALARM, "statistic", ("SampleCount", "Average", "Sum", "Minimum", "Maximum"), broken="Mean")
one_of(ALARM, "treatMissingData", ("breaching", "notBreaching", "ignore", "missing"), broken="good")

METRICS = {
    "AWS/RDS": (
        {"DBInstanceIdentifier"},
        {"CPUUtilization", "FreeStorageSpace", "FreeableMemory", "DatabaseConnections"},
    ),
    "AWS/SQS": ({"QueueName"}, {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}),
    "ContainerInsights": ({"ClusterName"}, {"cluster_failed_node_count", "cluster_node_count"}),
}


@aws.rule(ALARM, "InvalidParameterValue", broken={"metricName": "AgeOfOldestMessage"})
def metric_exists(alarm: Facts) -> str | None:
    """An alarm needs a metric that exists (metrics of RDS, SQS, Container Insights)."""
    dimensions, metrics = METRICS.get(alarm.get("namespace"), (set(), set()))
    given = set(alarm.get("dimensions") or {})
    good = alarm.get("metricName") in metrics and given == dimensions
    return None if good else f"{alarm.get('namespace')} {alarm.get('metricName')} by {', '.join(given)}"


@aws.rule(ALARM, "InvalidParameterValue", broken={"period": 45})
def whole_minutes(alarm: Facts) -> str | None:
    """A period is 10, 20, 30 seconds or whole minutes, and a day at most over all periods (PutMetricAlarm)."""
    period = alarm.get("period", 60)
    good = period in (10, 20, 30) or period % 60 == 0
    return None if good and period * alarm.get("evaluationPeriods") <= 86_400 else f"{period} s"


@aws.rule(ALARM, "ValidationError", broken={"threshold": Drop()})
def some_threshold(alarm: Facts) -> str | None:
    """An alarm compares with a number (PutMetricAlarm)."""
    return None if isinstance(alarm.get("threshold"), int | float) else "no threshold"


DASHBOARD = aws.kind(
    "aws:cloudwatch/dashboard:Dashboard",
    id="{dashboardName}",
    outputs={"dashboardArn": "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}"},
    immutable=("dashboardName",),
    example={
        "dashboardName": "example",
        "dashboardBody": json.dumps(
            {"widgets": [{"type": "text", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {}}]}
        ),
    },
)
named(DASHBOARD, r"[\w-]{1,255}", key="dashboardName")


@aws.rule(DASHBOARD, "InvalidParameterInput", broken={"dashboardBody": '{"widgets": [{"type": "chart"}]}'})
def dashboard_body(dashboard: Facts) -> str | None:
    """A dashboard is JSON of widgets of known types on a grid of 24 columns (dashboard body structure)."""
    for each in json.loads(dashboard.get("dashboardBody")).get("widgets") or []:
        known = each.get("type") in ("metric", "text", "log", "alarm", "explorer")
        if not known or not 0 <= each.get("x", 0) <= 23 or not 1 <= each.get("width", 6) <= 24:
            return json.dumps(each)[:200]
    return None


FLOWS = aws.kind(
    "aws:ec2/flowLog:FlowLog",
    id="fl-{hex}",
    outputs={"arn": "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}"},
    refs={
        "vpcId": to(VPC),
        "iamRoleArn": to(ROLE, by="arn"),
        "logDestination": to(LOGS, by="arn", holds=False),
    },
    immutable=("vpcId", "trafficType", "logDestination", "iamRoleArn"),
    example={
        "vpcId": Ref(VPC),
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": Ref(LOGS, "arn"),
        "iamRoleArn": Ref(ROLE, "arn", 4),
    },
)
tagged(FLOWS)
one_of(FLOWS, "trafficType", ("ACCEPT", "REJECT", "ALL"), broken="DROP")
one_of(FLOWS, "logDestinationType", ("cloud-watch-logs", "s3", "kinesis-data-firehose"), broken="logs")


@aws.rule(FLOWS, "InvalidParameter", broken={"iamRoleArn": Ref(ROLE, "arn", 2)})
def flow_role(flows: Facts) -> str | None:
    """The flow logs service takes the role that writes (IAM role for publishing flow logs)."""
    role = flows.get("iamRoleArn")
    return takes(around(flows), role, "vpc-flow-logs") if role else None


# Models -----------------------------------------------------------------------------------------------------------

OFFERED = {
    "amazon.titan-embed-text-v2:0": (
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
    ),
    "openai.gpt-oss-120b-1:0": ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-2"),
    "openai.gpt-oss-20b-1:0": ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-2"),
}
PROFILE = aws.kind(
    "aws:bedrock/inferenceProfile:InferenceProfile",
    id=lambda facts: (
        f"arn:aws:bedrock:{facts.cloud.account['region']}:{facts.cloud.account['account']}:application-inference-profile/{facts.digits(12)}"
    ),
    outputs={"arn": "{id}", "status": lambda _: "ACTIVE", "type": lambda _: "APPLICATION"},
    immutable=("name", "modelSource", "description"),
    unique=(("name",),),
    quota=1_000,
    example={
        "name": "example",
        "modelSource": {"copyFrom": "arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-20b-1:0"},
    },
)
tagged(PROFILE)
named(PROFILE, r"([0-9a-zA-Z][ _-]?){1,64}", broken="example--one")


@aws.rule(
    PROFILE,
    "ValidationException",
    broken={"modelSource.copyFrom": "arn:aws:bedrock:eu-central-1::foundation-model/openai.gpt-oss-20b-1:0"},
)
def model_offered(profile: Facts) -> str | None:
    """A profile is of a model that the profile's region offers (supported foundation models by Region)."""
    region = profile.get("region", profile.cloud.account["region"])
    arn = profile.get("modelSource.copyFrom")
    found = re.fullmatch(r"arn:aws:bedrock:([a-z0-9-]+)::foundation-model/(.+)", arn)
    good = found and found[1] == region and region in OFFERED.get(found[2], ())
    return None if good else f"{arn} in {region}"
