"""NAT, the private endpoint of Google's services, and addresses."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from caseplane_costs.meters.charges import Charge, Context, Meter, hourly, used
from caseplane_costs.meters.common import is_workers
from caseplane_costs.meters.gcp.compute import POOL
from caseplane_costs.meters.inputs import lookup, number
from caseplane_costs.quantities import HOURS
from caseplane_costs.stacks import Resource

MOST_BILLED = 32
"""NAT is billed per machine behind it, up to this number."""


def nat(_: Resource, context: Context) -> Iterator[Charge]:
    core = [each for each in context.of_type(POOL) if not is_workers(each)]
    machines = sum((number(each, "initialNodeCount") * context.stack.zones for each in core), Decimal(0))
    workers = context.usage.compute.worker_hours
    hours = workers.map(lambda each: min(machines + each / HOURS, Decimal(MOST_BILLED)) * HOURS)
    yield used("nat.vm-hour", hours, f"{machines} nodes and the workers behind the gateway")
    yield used("nat.gb", context.usage.data.nat_gb, "the traffic through NAT")


def address(each: Resource, _: Context) -> Iterator[Charge]:
    if lookup(each, "addressType") != "EXTERNAL":
        yield hourly("ipv4.private", "a private address: free")
    elif each.type.endswith("GlobalAddress"):
        yield hourly("ipv4.forwarding", "an address of a load balancer: free while it is in use")
    else:
        yield hourly("ipv4.hour", "a public address of NAT, all month")


def forwarding_rule(rule: Resource, context: Context) -> Iterator[Charge]:
    """A load balancer's rule, or the private endpoint of Google's APIs, which is a rule too."""
    if lookup(rule, "target") == "all-apis":
        yield hourly("psc.hour", "the private endpoint of Google's APIs, all month")
        yield used("psc.gb", context.usage.data.endpoints_gb, "the traffic through it")
        return
    yield hourly("lb.rule", "a rule of a load balancer; one fee covers up to five of a project")


METERED: Mapping[str, Meter] = {
    "gcp:compute/routerNat:RouterNat": nat,
    "gcp:compute/address:Address": address,
    "gcp:compute/globalAddress:GlobalAddress": address,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": forwarding_rule,
}
