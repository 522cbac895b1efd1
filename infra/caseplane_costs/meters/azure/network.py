"""Ways out, private ways in, addresses and names."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters import Charge, Context, Meter, fixed, hourly, per, used
from caseplane_costs.resources import Resource

NAT, ENDPOINT = "azure-native:network:NatGateway", "azure-native:network:PrivateEndpoint"


def nat(_: Resource, context: Context) -> Iterator[Charge]:
    """A gateway, and an even part of what goes through all of them."""
    yield hourly("nat.hour", "a gateway, all month")
    yield used(
        "nat.gb", context.share(context.usage.data.nat_gb, NAT), "an even part of what goes through NAT"
    )


def address(_: Resource, __: Context) -> Iterator[Charge]:
    """A public address."""
    yield hourly("ipv4.hour", "a public address, all month")


def endpoint(_: Resource, context: Context) -> Iterator[Charge]:
    """A private endpoint is in all zones, at one price."""
    yield hourly("endpoint.hour", "a private endpoint, all month")
    part = context.share(context.usage.data.endpoints_gb, ENDPOINT)
    yield used("endpoint.gb", part, "an even part of what goes through private endpoints")


def private_zone(_: Resource, __: Context) -> Iterator[Charge]:
    """Names inside the network, asked through caches."""
    yield fixed("dns.zone", 1, "a zone of private names")


def zone(_: Resource, context: Context) -> Iterator[Charge]:
    """The public zone, asked about once a conversation."""
    yield fixed("dns.zone", 1, "a zone of public names")
    yield used(
        "dns.queries",
        per(context.usage.traffic.sessions, 1_000_000),
        "about a question for each conversation",
    )


METERED: Mapping[str, Meter] = {
    NAT: nat,
    "azure-native:network:PublicIPAddress": address,
    ENDPOINT: endpoint,
    "azure-native:privatedns:PrivateZone": private_zone,
    "azure-native:dns:Zone": zone,
}
