"""DNS, Cloud Armor, the load balancers' volume, content delivery, and what leaves for the internet."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, used
from caseplane_costs.meters.common import MILLION
from caseplane_costs.meters.inputs import length, lookup
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource


def zone(each: Resource, context: Context) -> Iterator[Charge]:
    """A zone, public or private."""
    yield fixed("dns.zone", 1, "a zone of names")
    asked = (
        context.usage.traffic.sessions / MILLION
        if lookup(each, "visibility") != "private"
        else Range.exactly(0)
    )
    yield used(
        "dns.queries", asked, "about a question for each conversation; private zones are asked through caches"
    )


def armor(policy: Resource, context: Context) -> Iterator[Charge]:
    """A policy, its rules, and what it inspects."""
    yield fixed("armor.policy", 1, "a policy, all month")
    yield fixed("armor.rule", length(policy, "rules", 0), "its rules, all month")
    yield used("armor.requests", context.usage.traffic.api_requests / MILLION, "requests at the edge")


def balancer(_: Resource, context: Context) -> Iterator[Charge]:
    """The API's load balancer, which GKE makes of a Gateway: seen by the TLS policy that it is given."""
    yield fixed("lb.rule", HOURS, "the rule of the load balancer that GKE makes of the Gateway")
    yield used("lb.gb", context.usage.data.egress_gb, "answers through the load balancer")
    yield used("egress.gb", context.usage.data.egress_gb, "answers to the internet over Google's own network")


def delivery(_: Resource, context: Context) -> Iterator[Charge]:
    """The console's files at the edge."""
    yield used("cdn.gb", context.usage.data.cdn_gb, "the console's files")
    yield used(
        "cdn.requests",
        context.usage.traffic.sessions * 20 / 10_000,
        "about twenty files for each conversation",
    )


METERED: Mapping[str, Meter] = {
    "gcp:dns/managedZone:ManagedZone": zone,
    "gcp:compute/securityPolicy:SecurityPolicy": armor,
    "gcp:compute/sSLPolicy:SSLPolicy": balancer,
    "gcp:compute/backendBucket:BackendBucket": delivery,
}
