"""NAT, private endpoints, addresses and DNS."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, constant, fixed, hourly, used
from caseplane_costs.meters.common import MILLION, address, nat
from caseplane_costs.stacks import Resource


def endpoint(each: Resource, context: Context) -> Iterator[Charge]:
    yield hourly("endpoint.hour", "a private endpoint, all month")
    part = context.share(context.usage.data.endpoints_gb, each.type)
    yield used("endpoint.gb", part, "the traffic through private endpoints, split evenly")


def zone(_: Resource, context: Context) -> Iterator[Charge]:
    yield fixed("dns.zone", 1, "a public zone")
    yield used(
        "dns.queries",
        context.usage.traffic.sessions / MILLION,
        "about one query per conversation",
    )


METERED: Mapping[str, Meter] = {
    "azure-native:network:NatGateway": nat,
    "azure-native:network:PublicIPAddress": address,
    "azure-native:network:PrivateEndpoint": endpoint,
    "azure-native:privatedns:PrivateZone": constant(fixed("dns.zone", 1, "a private zone")),
    "azure-native:dns:Zone": zone,
}
