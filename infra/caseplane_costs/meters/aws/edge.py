"""DNS, firewall, load balancer, content delivery, and traffic to the internet."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, hourly, used
from caseplane_costs.meters.common import MILLION
from caseplane_costs.meters.inputs import length, lookup
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

CONTROLLER = "aws-load-balancer-controller"
LEAST_ZONES = 2
"""The fewest zones of a load balancer; it has a public address in each."""
UNITS = Range(Decimal("0.2"), Decimal(1), Decimal(3))
"""Average capacity units: new connections, open connections and volume of a medium platform need about one."""


def zone(_: Resource, context: Context) -> Iterator[Charge]:
    yield fixed("route53.zone", 1, "a hosted zone")
    yield used(
        "route53.queries",
        context.usage.traffic.sessions / MILLION,
        "about one query per conversation",
    )


def firewall(acl: Resource, context: Context) -> Iterator[Charge]:
    yield fixed("waf.acl", 1, "a web access list")
    yield fixed("waf.rule", length(acl, "rules", 0), "its rules and managed rule sets")
    requests = context.share(context.usage.traffic.api_requests, acl.type)
    yield used("waf.requests", requests / MILLION, "requests at the edge, split evenly")


def balancer(association: Resource, context: Context) -> Iterator[Charge]:
    """The load balancer that a controller creates from the chart's Ingress; the stack has only the controller's identity."""
    if lookup(association, "serviceAccount") != CONTROLLER:
        yield fixed("eks.identity", 1, "an identity of a workload: free")
        return
    yield hourly("alb.hour", "the load balancer that the controller creates from the Ingress")
    yield hourly(
        "ipv4.hour", "its public addresses, one per zone", count=max(LEAST_ZONES, context.stack.zones)
    )
    yield used("alb.lcu", UNITS * HOURS, "about one capacity unit on average")
    yield used(
        "egress.gb",
        context.usage.data.egress_gb,
        "answers to the internet; the account's first 100 GB are free",
    )


def distribution(_: Resource, context: Context) -> Iterator[Charge]:
    yield used(
        "cloudfront.gb", context.usage.data.cdn_gb, "the console's files; the account's first TB is free"
    )
    requests = context.usage.traffic.api_requests / MILLION
    yield used(
        "cloudfront.requests",
        requests,
        "pages and calls through the edge; the account's first ten million are free",
    )


METERED: Mapping[str, Meter] = {
    "aws:route53/zone:Zone": zone,
    "aws:wafv2/webAcl:WebAcl": firewall,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": balancer,
    "aws:cloudfront/distribution:Distribution": distribution,
}
