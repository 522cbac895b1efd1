"""Logs, alarms and flow logs."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, used
from caseplane_costs.meters.common import email, logs
from caseplane_costs.meters.inputs import number
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource

FLOWS = Range(Decimal(1), Decimal(10), Decimal(40))
"""GB a month of who spoke with whom, in a network of some ten machines."""


def workspace(each: Resource, context: Context) -> Iterator[Charge]:
    """Logs of everything; a month is included."""
    why = "logs of pods, nodes, database and edge together, kept 31 days"
    yield from logs(number(each, "retentionInDays", 30), context, why, included=31)


def alarm(_: Resource, __: Context) -> Iterator[Charge]:
    """A metric alert on one series."""
    yield fixed("alert.metric", 1, "one series, judged all month")


def flows(_: Resource, __: Context) -> Iterator[Charge]:
    """Records of connections."""
    yield used("flows.gb", FLOWS, "records of connections; the first five GB are free")


METERED: Mapping[str, Meter] = {
    "azure-native:operationalinsights:Workspace": workspace,
    "azure-native:monitor:MetricAlert": alarm,
    "azure-native:monitor:ActionGroup": email("alert.email"),
    "azure-native:network:FlowLog": flows,
}
