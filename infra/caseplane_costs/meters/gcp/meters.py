"""What Google Cloud bills of the platform."""

from caseplane_costs.meters.charges import Meters
from caseplane_costs.meters.gcp import compute, data, edge, monitoring, network
from caseplane_costs.meters.gcp.free import FREE

METERS = Meters(
    metered={**compute.METERED, **data.METERED, **edge.METERED, **network.METERED, **monitoring.METERED},
    free=FREE,
    standalone=(compute.models,),
)
