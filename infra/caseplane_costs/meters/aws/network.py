"""NAT, private endpoints and addresses."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, hourly, used
from caseplane_costs.meters.common import address, nat
from caseplane_costs.meters.inputs import length, lookup
from caseplane_costs.stacks import Resource

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def endpoint(each: Resource, context: Context) -> Iterator[Charge]:
    if lookup(each, "vpcEndpointType") != "Interface":
        yield hourly(
            "vpce.gateway", "a gateway endpoint: free, and the object store's traffic does not go through NAT"
        )
        return
    zones = length(each, "subnetIds", context.stack.zones)
    yield hourly(
        "vpce.hour", f"an endpoint in {zones} zone{'s' if zones > 1 else ''}, all month", count=zones
    )
    interfaces = [one for one in context.of_type(ENDPOINT) if lookup(one, "vpcEndpointType") == "Interface"]
    part = context.usage.data.endpoints_gb / len(interfaces)
    yield used("vpce.gb", part, "the traffic through private endpoints, split evenly")


METERED: Mapping[str, Meter] = {
    "aws:ec2/natGateway:NatGateway": nat,
    "aws:ec2/eip:Eip": address,
    ENDPOINT: endpoint,
}
