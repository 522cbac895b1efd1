"""Logs, alarms and flow logs."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, constant, fixed, used
from caseplane_costs.meters.common import email, logs
from caseplane_costs.meters.inputs import number
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Resource

FLOWS = Range(Decimal(1), Decimal(10), Decimal(40))
"""GB a month of connection records in a network of about ten machines."""


def workspace(each: Resource, context: Context) -> Iterator[Charge]:
    why = "logs of pods, nodes, database and edge together, kept 31 days"
    yield from logs(number(each, "retentionInDays", 30), context, why, included=31)


METERED: Mapping[str, Meter] = {
    "azure-native:operationalinsights:Workspace": workspace,
    "azure-native:monitor:MetricAlert": constant(
        fixed("alert.metric", 1, "one time series, evaluated all month")
    ),
    "azure-native:monitor:ActionGroup": email("alert.email"),
    "azure-native:network:FlowLog": constant(
        used("flows.gb", FLOWS, "records of connections; the first five GB are free")
    ),
}
