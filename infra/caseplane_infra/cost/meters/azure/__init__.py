"""What Azure bills of the platform."""

from caseplane_infra.cost.meters import Meters
from caseplane_infra.cost.meters.azure import compute, data, edge, network, watch
from caseplane_infra.cost.meters.azure.free import FREE

METERS = Meters(
    metered={**compute.METERED, **data.METERED, **edge.METERED, **network.METERED, **watch.METERED}, free=FREE
)
