"""Logs, alarms and dashboards."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, constant, fixed, used
from caseplane_costs.meters.common import email
from caseplane_costs.meters.inputs import number
from caseplane_costs.stacks import Resource

MAIN = "log-application"


def logs(group: Resource, context: Context) -> Iterator[Charge]:
    """All logs are counted at the platform's own group, because their distribution over the groups is unknown."""
    if not group.name.endswith(MAIN):
        yield fixed("logs.in", 0, "counted with the platform's logs")
        return
    written = context.usage.data.logs_gb
    days = number(group, "retentionInDays", 30)
    yield used("logs.in", written, "logs of pods, nodes, database, firewall and connections together")
    yield used(
        "logs.stored",
        written * days / 30,
        f"kept {days} days, uncompressed, though AWS compresses them",
    )


METERED: Mapping[str, Meter] = {
    "aws:cloudwatch/logGroup:LogGroup": logs,
    "aws:cloudwatch/metricAlarm:MetricAlarm": constant(
        fixed("cloudwatch.alarm", 1, "an alarm; an account's first ten are free, but may be in use elsewhere")
    ),
    "aws:cloudwatch/dashboard:Dashboard": constant(
        fixed("cloudwatch.dashboard", 1, "a dashboard; an account's first three are free if small")
    ),
    "aws:sns/topic:Topic": email("sns.email"),
}
