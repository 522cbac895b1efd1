"""Front Door: firewall, load balancing, content delivery and traffic to the internet."""

from collections.abc import Iterator, Mapping

from caseplane_costs.meters.charges import Charge, Context, Meter, fixed, used
from caseplane_costs.meters.common import MILLION
from caseplane_costs.meters.inputs import text
from caseplane_costs.stacks import Resource


def profile(front_door: Resource, context: Context) -> Iterator[Charge]:
    tier = text(front_door, "sku.name").removesuffix("_AzureFrontDoor").lower()
    usage = context.usage
    yield fixed(f"frontdoor.{tier}", 1, "the profile's fee; Premium includes the firewall's managed rules")
    yield used(f"frontdoor.requests.{tier}", usage.traffic.api_requests / MILLION, "requests at the edge")
    yield used("frontdoor.gb", usage.data.egress_gb + usage.data.cdn_gb, "answers and the console's files")


METERED: Mapping[str, Meter] = {"azure-native:cdn:Profile": profile}
