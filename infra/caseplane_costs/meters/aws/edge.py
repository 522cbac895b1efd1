"""DNS, firewall, load balancer, content delivery, and what leaves for the internet."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, hourly, used
from caseplane_costs.meters.common import MILLION
from caseplane_costs.meters.inputs import length, lookup
from caseplane_costs.quantities import HOURS, Range
from caseplane_costs.stacks import Resource

CONTROLLER = "aws-load-balancer-controller"
ZONES_OF_BALANCER = 2
"""Public addresses of a load balancer: one in each zone that it stands in, at least two."""
UNITS = Range(Decimal("0.2"), Decimal(1), Decimal(3))
"""Capacity units on average: new connections, open ones and volume of a middling platform stay near one."""


def zone(_: Resource, context: Context) -> Iterator[Charge]:
    """A hosted zone, asked about once a conversation."""
    yield fixed("route53.zone", 1, "a hosted zone")
    yield used(
        "route53.queries",
        context.usage.traffic.sessions / MILLION,
        "about a question for each conversation",
    )


def firewall(acl: Resource, context: Context) -> Iterator[Charge]:
    """A list of rules, each rule and set of rules in it, and what it inspects."""
    yield fixed("waf.acl", 1, "a web access list")
    yield fixed("waf.rule", length(acl, "rules", 0), "its rules and managed sets of rules")
    requests = context.share(context.usage.traffic.api_requests, acl.type)
    yield used("waf.requests", requests / MILLION, "an even part of requests at the edge")


def balancer(association: Resource, context: Context) -> Iterator[Charge]:
    """The load balancer that its controller makes of the chart's Ingress, seen by the controller's identity."""
    if lookup(association, "serviceAccount") != CONTROLLER:
        yield fixed("eks.identity", 1, "an identity of a workload: free")
        return
    yield hourly("alb.hour", "the load balancer that the controller makes of the Ingress")
    yield hourly(
        "ipv4.hour", "its public addresses, one a zone", count=max(ZONES_OF_BALANCER, context.stack.zones)
    )
    yield used("alb.lcu", UNITS * HOURS, "about one capacity unit on average")
    yield used(
        "egress.gb",
        context.usage.data.egress_gb,
        "answers to the internet; the account's first 100 GB are free",
    )


def distribution(_: Resource, context: Context) -> Iterator[Charge]:
    """The console's files at the edge."""
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
