"""What Azure bills of the platform."""

from caseplane_costs.meters.azure import compute, data, edge, monitoring, network
from caseplane_costs.meters.azure.free import FREE
from caseplane_costs.meters.charges import Meters

METERS = Meters(
    metered={**compute.METERED, **data.METERED, **edge.METERED, **network.METERED, **monitoring.METERED},
    free=FREE,
)
