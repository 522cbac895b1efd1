"""Ways out, private ways in, and addresses."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters import Charge, Context, Meter, count, found, hourly, used
from caseplane_costs.resources import Resource

NAT, ENDPOINT = "aws:ec2/natGateway:NatGateway", "aws:ec2/vpcEndpoint:VpcEndpoint"


def nat(_: Resource, context: Context) -> Iterator[Charge]:
    """A gateway, and an even part of what goes through all of them."""
    yield hourly("nat.hour", "a gateway, all month")
    yield used(
        "nat.gb", context.share(context.usage.data.nat_gb, NAT), "an even part of what goes through NAT"
    )


def address(_: Resource, __: Context) -> Iterator[Charge]:
    """A public address."""
    yield hourly("ipv4.hour", "a public address, all month")


def endpoint(each: Resource, context: Context) -> Iterator[Charge]:
    """A gateway endpoint is free, an interface costs by zone and volume."""
    if found(each, "vpcEndpointType") != "Interface":
        yield hourly(
            "vpce.gateway", "a gateway endpoint: free, and it takes the object store's traffic off NAT"
        )
        return
    zones = count(each, "subnetIds", context.stack.zones)
    yield hourly(
        "vpce.hour", f"an endpoint in {zones} zone{'s' if zones > 1 else ''}, all month", count=zones
    )
    interfaces = [one for one in context.all(ENDPOINT) if found(one, "vpcEndpointType") == "Interface"]
    part = context.usage.data.endpoints_gb.map(lambda gb: gb / len(interfaces))
    yield used("vpce.gb", part, "an even part of what goes through private endpoints")


METERED: Mapping[str, Meter] = {NAT: nat, "aws:ec2/eip:Eip": address, ENDPOINT: endpoint}
