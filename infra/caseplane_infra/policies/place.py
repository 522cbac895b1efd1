"""Resources stay in the regions that were chosen, and what may vanish at any time is a worker at most."""

from collections.abc import Iterator

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import UNKNOWN, Context, Resource, ResourcePolicy

WORLDWIDE = frozenset({"global", "Global"})
"""Where Azure keeps DNS zones and Front Door."""
CDN_HOME = {
    "aws:acm/certificate:Certificate": "us-east-1",
    "aws:acm/certificateValidation:CertificateValidation": "us-east-1",
    "aws:wafv2/webAcl:WebAcl": "us-east-1",
}
"""CloudFront reads its certificates and firewalls there only."""


def _abroad(resource: Resource, context: Context) -> Iterator[str]:
    if not context.regions or resource.type.split(":", 1)[0] not in ("aws", "azure-native", "gcp"):
        return
    for path in ("region", "location"):
        found = resource.get(path)
        if found in (None, UNKNOWN) or found in WORLDWIDE or found == CDN_HOME.get(resource.type):
            continue
        if not any(_inside(str(found), each) for each in context.regions):
            yield f"{path} is {found!r}; the stack may be in {', '.join(context.regions)}"


def _inside(place: str, region: str) -> bool:
    """Whether a place is a region, or on Google one of its zones (`us-central1-a`)."""
    return place == region or (place.startswith(f"{region}-") and len(place) == len(region) + 2)


REGIONS = ResourcePolicy(
    name="chosen-regions-only",
    sentence="Nothing is made outside of the stack's region, save where a model or the CDN lives elsewhere.",
    remedy="Leave the region to the stack's settings; models may have theirs in `llm.region`",
    judge=_abroad,
)


def _fleeting(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type == Aws.NODES and resource.get("capacityType") == "SPOT":
        yield from _worker(resource.get("labels.role"))
    if resource.type == Azure.POOL and resource.get("scaleSetPriority") == "Spot":
        yield from _worker(resource.get("nodeLabels.role"))
    if resource.type == Azure.CLUSTER and "Spot" in resource.find("agentPoolProfiles[].scaleSetPriority"):
        yield "the cluster's first pool is on spot capacity"
    if resource.type == Gcp.POOL and True in (
        resource.get("nodeConfig.spot"),
        resource.get("nodeConfig.preemptible"),
    ):
        yield from _worker(resource.get("nodeConfig.labels.role"))


def _worker(role: object) -> Iterator[str]:
    if role != "workers":
        yield f"nodes of role {role!r} are on spot capacity, which is taken away at two minutes' notice"


SPOT = ResourcePolicy(
    name="spot-for-workers-only",
    sentence="Services run on capacity that stays; background workers alone may be on spot.",
    remedy="Set spot in `cluster.workers` only",
    judge=_fleeting,
)

POLICIES = (REGIONS, SPOT)
