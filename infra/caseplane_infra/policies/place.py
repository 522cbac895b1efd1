"""Resources are in the chosen regions, and only workers use interruptible capacity."""

from collections.abc import Iterator

from caseplane_infra.policies.kinds import Aws, Azure, Gcp
from caseplane_infra.policies.model import UNKNOWN, Context, Resource, ResourcePolicy

GLOBAL = frozenset({"global", "Global"})
"""Azure's location of DNS zones and Front Door."""
CDN_HOME = {
    "aws:acm/certificate:Certificate": "us-east-1",
    "aws:acm/certificateValidation:CertificateValidation": "us-east-1",
    "aws:wafv2/webAcl:WebAcl": "us-east-1",
}
"""CloudFront's certificates and firewalls must be there."""


def _wrong_region(resource: Resource, context: Context) -> Iterator[str]:
    if not context.regions or resource.type.split(":", 1)[0] not in ("aws", "azure-native", "gcp"):
        return
    for path in ("region", "location"):
        found = resource.get(path)
        if found in (None, UNKNOWN) or found in GLOBAL or found == CDN_HOME.get(resource.type):
            continue
        if not any(_inside(str(found), each) for each in context.regions):
            yield f"{path} is {found!r}; the stack may be in {', '.join(context.regions)}"


def _inside(place: str, region: str) -> bool:
    """Whether a location is the region, or on Google one of its zones (`us-central1-a`)."""
    return place == region or (place.startswith(f"{region}-") and len(place) == len(region) + 2)


REGIONS = ResourcePolicy(
    name="chosen-regions-only",
    sentence="Nothing is created outside of the stack's region, except where a model or the CDN must be elsewhere.",
    remedy="Use the region of the stack's settings; models may have another in `llm.region`",
    judge=_wrong_region,
)


def _spot(resource: Resource, context: Context) -> Iterator[str]:
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
        yield f"nodes of role {role!r} are on spot capacity, which can be withdrawn at two minutes' notice"


SPOT = ResourcePolicy(
    name="spot-for-workers-only",
    sentence="Services run on permanent capacity; only background workers may use spot capacity.",
    remedy="Set spot in `cluster.workers` only",
    judge=_spot,
)

POLICIES = (REGIONS, SPOT)
