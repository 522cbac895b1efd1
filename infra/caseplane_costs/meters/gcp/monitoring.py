"""Logs and alarms."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed
from caseplane_costs.meters.common import logs
from caseplane_costs.meters.inputs import length, number
from caseplane_costs.stacks import Resource


def log_bucket(each: Resource, context: Context) -> Iterator[Charge]:
    why = "the platform's logs, kept 30 days; the project's first 50 GiB are free"
    yield from logs(number(each, "retentionDays", 30), context, why, included=30)


def alarm(policy: Resource, _: Context) -> Iterator[Charge]:
    yield fixed("alarm.condition", length(policy, "conditions", 1), "conditions, evaluated all month")


METERED: Mapping[str, Meter] = {
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": log_bucket,
    "gcp:monitoring/alertPolicy:AlertPolicy": alarm,
}
