"""Logs and alarms."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters import Charge, Context, Meter, fixed, found, number, used
from caseplane_costs.resources import Resource

INCLUDED_DAYS = Decimal(30)


def logs(bucket: Resource, context: Context) -> Iterator[Charge]:
    """What is taken in, and what is kept longer than the month that is included."""
    taken, days = context.usage.data.logs_gb, number(bucket, "retentionDays", 30)
    yield used("logs.in", taken, "the platform's logs, kept 30 days; the project's first 50 GiB are free")
    longer = max(days - INCLUDED_DAYS, Decimal(0)) / INCLUDED_DAYS
    yield used("logs.stored", taken * longer, f"kept {days} days: what is beyond 30")


def alarm(policy: Resource, _: Context) -> Iterator[Charge]:
    """A condition that is judged all the time."""
    conditions = found(policy, "conditions", [])
    yield fixed(
        "alarm.condition",
        len(conditions) if isinstance(conditions, list) else 1,
        "conditions, judged all month",
    )


METERED: Mapping[str, Meter] = {
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": logs,
    "gcp:monitoring/alertPolicy:AlertPolicy": alarm,
}
