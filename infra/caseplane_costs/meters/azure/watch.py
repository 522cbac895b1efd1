"""Logs, alarms and flow logs."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.lines import Range
from caseplane_costs.meters import Charge, Context, Meter, fixed, number, used
from caseplane_costs.resources import Resource

INCLUDED_DAYS, DAYS = Decimal(31), Decimal(30)
FLOWS = Range(Decimal(1), Decimal(10), Decimal(40))
"""GB a month of who spoke with whom, in a network of some ten machines."""


def logs(workspace: Resource, context: Context) -> Iterator[Charge]:
    """What is taken in, and what is kept longer than the month that is included."""
    taken, days = context.usage.data.logs_gb, number(workspace, "retentionInDays", 30)
    yield used("logs.in", taken, "logs of pods, nodes, database and edge together, kept 31 days")
    longer = max(days - INCLUDED_DAYS, Decimal(0)) / DAYS
    yield used("logs.stored", taken * longer, f"kept {days} days: what is beyond 31")


def alarm(_: Resource, __: Context) -> Iterator[Charge]:
    """A metric alert on one series."""
    yield fixed("alert.metric", 1, "one series, judged all month")


def receivers(_: Resource, __: Context) -> Iterator[Charge]:
    """Alarms by e-mail."""
    yield used(
        "alert.email",
        Range(Decimal(0), Decimal("0.05"), Decimal("0.5")),
        "alarms by e-mail; a thousand a month are free",
    )


def flows(_: Resource, __: Context) -> Iterator[Charge]:
    """Records of connections."""
    yield used("flows.gb", FLOWS, "records of connections; the first five GB are free")


METERED: Mapping[str, Meter] = {
    "azure-native:operationalinsights:Workspace": logs,
    "azure-native:monitor:MetricAlert": alarm,
    "azure-native:monitor:ActionGroup": receivers,
    "azure-native:network:FlowLog": flows,
}
