"""Picks the meters of a provider."""

from collections.abc import Mapping

from caseplane_costs.meters import kubernetes
from caseplane_costs.meters.aws import meters as aws
from caseplane_costs.meters.azure import meters as azure
from caseplane_costs.meters.charges import Meters
from caseplane_costs.meters.gcp import meters as gcp

CLOUDS: Mapping[str, Meters] = {"aws": aws.METERS, "azure": azure.METERS, "gcp": gcp.METERS}


def meters_of(provider: str) -> Meters:
    """The meters of a provider's resources and of those that every stack may have."""
    every = kubernetes.METERS
    own = CLOUDS.get(provider, Meters(metered={}, free={}))
    return Meters(
        metered={**every.metered, **own.metered},
        free={**every.free, **own.free},
        standalone=own.standalone,
    )
