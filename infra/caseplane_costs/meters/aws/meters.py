"""What AWS bills of the platform."""

from caseplane_costs.meters.aws import compute, data, edge, monitoring, network
from caseplane_costs.meters.aws.free import FREE
from caseplane_costs.meters.charges import Meters

METERS = Meters(
    metered={**compute.METERED, **data.METERED, **edge.METERED, **network.METERED, **monitoring.METERED},
    free=FREE,
)
