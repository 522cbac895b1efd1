"""DNS, Cloud Armor, load balancers, content delivery, and traffic to the internet."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, used
from caseplane_costs.meters.common import MILLION
from caseplane_costs.meters.inputs import length, lookup
from caseplane_costs.quantities import HOURS, NOTHING
from caseplane_costs.stacks import Resource


def zone(each: Resource, context: Context) -> Iterator[Charge]:
    yield fixed("dns.zone", 1, "a zone")
    public = lookup(each, "visibility") != "private"
    queries = context.usage.traffic.sessions / MILLION if public else NOTHING
    yield used(
        "dns.queries", queries, "about one query per conversation; queries of private zones are cached"
    )


def armor(policy: Resource, context: Context) -> Iterator[Charge]:
    yield fixed("armor.policy", 1, "a policy, all month")
    yield fixed("armor.rule", length(policy, "rules", 0), "its rules, all month")
    yield used("armor.requests", context.usage.traffic.api_requests / MILLION, "requests at the edge")


def balancer(_: Resource, context: Context) -> Iterator[Charge]:
    """The API's load balancer, which GKE creates from a Gateway; the stack has only its TLS policy."""
    yield fixed("lb.rule", HOURS, "the rule of the load balancer that GKE creates from the Gateway")
    yield used("lb.gb", context.usage.data.egress_gb, "answers through the load balancer")
    yield used("egress.gb", context.usage.data.egress_gb, "answers to the internet over Google's own network")


def delivery(_: Resource, context: Context) -> Iterator[Charge]:
    yield used("cdn.gb", context.usage.data.cdn_gb, "the console's files")
    yield used(
        "cdn.requests",
        context.usage.traffic.sessions * 20 / 10_000,
        "about twenty files per conversation",
    )


METERED: Mapping[str, Meter] = {
    "gcp:dns/managedZone:ManagedZone": zone,
    "gcp:compute/securityPolicy:SecurityPolicy": armor,
    "gcp:compute/sSLPolicy:SSLPolicy": balancer,
    "gcp:compute/backendBucket:BackendBucket": delivery,
}
