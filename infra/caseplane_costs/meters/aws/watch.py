"""Logs, alarms and dashboards."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, used
from caseplane_costs.meters.common import email
from caseplane_costs.meters.inputs import number
from caseplane_costs.stacks import Resource

MAIN = "log-application"
DAYS = Decimal(30)


def logs(group: Resource, context: Context) -> Iterator[Charge]:
    """All logs are counted at the group of the platform's own; how they spread over the others is unknown."""
    if not group.name.endswith(MAIN):
        yield fixed("logs.in", 0, "counted with the platform's logs")
        return
    taken = context.usage.data.logs_gb
    days = number(group, "retentionInDays", 30)
    yield used("logs.in", taken, "logs of pods, nodes, database, firewall and connections together")
    yield used(
        "logs.stored",
        taken * days / DAYS,
        f"kept {days} days, unpacked: they are stored smaller",
    )


def alarm(_: Resource, __: Context) -> Iterator[Charge]:
    """An alarm on one metric."""
    yield fixed("cloudwatch.alarm", 1, "an alarm; ten of an account are free, and others may have taken them")


def dashboard(_: Resource, __: Context) -> Iterator[Charge]:
    """A dashboard."""
    yield fixed("cloudwatch.dashboard", 1, "a dashboard; three of an account are free if small")


METERED: Mapping[str, Meter] = {
    "aws:cloudwatch/logGroup:LogGroup": logs,
    "aws:cloudwatch/metricAlarm:MetricAlarm": alarm,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:sns/topic:Topic": email("sns.email"),
}
