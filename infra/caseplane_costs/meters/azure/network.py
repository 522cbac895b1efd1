"""Ways out, private ways in, addresses and names."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, hourly, used
from caseplane_costs.meters.common import MILLION, address, nat
from caseplane_costs.stacks import Resource


def endpoint(each: Resource, context: Context) -> Iterator[Charge]:
    """A private endpoint is in all zones, at one price."""
    yield hourly("endpoint.hour", "a private endpoint, all month")
    part = context.share(context.usage.data.endpoints_gb, each.type)
    yield used("endpoint.gb", part, "an even part of what goes through private endpoints")


def private_zone(_: Resource, __: Context) -> Iterator[Charge]:
    """Names inside the network, asked through caches."""
    yield fixed("dns.zone", 1, "a zone of private names")


def zone(_: Resource, context: Context) -> Iterator[Charge]:
    """The public zone, asked about once a conversation."""
    yield fixed("dns.zone", 1, "a zone of public names")
    yield used(
        "dns.queries",
        context.usage.traffic.sessions / MILLION,
        "about a question for each conversation",
    )


METERED: Mapping[str, Meter] = {
    "azure-native:network:NatGateway": nat,
    "azure-native:network:PublicIPAddress": address,
    "azure-native:network:PrivateEndpoint": endpoint,
    "azure-native:privatedns:PrivateZone": private_zone,
    "azure-native:dns:Zone": zone,
}
