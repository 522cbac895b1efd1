from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class Subnets(StrEnum):
    """The three rings of subnets: only ingress is public, pods run in `app`, managed data services are in `data`."""

    public = "public"
    app = "app"
    data = "data"


class NetworkNeeds(Section):
    """Addresses, zones and NAT."""

    cidr: IPv4Network = IPv4Network("10.20.0.0/16")
    """IPv4 range of the network, /16 to /20; all subnets are inside it. No cost."""
    pods_cidr: IPv4Network = IPv4Network("10.60.0.0/16")
    """Range of pods where the cloud has a separate one for them (Google, Azure overlay). No cost."""
    services_cidr: IPv4Network = IPv4Network("10.70.0.0/20")
    """Range of cluster-internal service addresses. No cost."""
    zones: Annotated[int, Field(ge=1, le=3)] = 2
    """Availability zones. One is enough for dev; each further one costs a NAT gateway if `nat` is `per_zone`."""
    nat: Literal["none", "single", "per_zone"] = "per_zone"
    """Outbound access of the private subnets. `none`: only private endpoints, so external desks and sites cannot be
    reached; saves about 32 USD a month per gateway plus 0.045 USD per GB."""
    endpoints: bool = True
    """Private endpoints of managed services. About 7 USD a month for each in each zone; saves NAT traffic."""
    flow_logs: bool = False
    """Records of connections, kept as long as logs. About 0.50 USD per GB."""

    @property
    def closed(self) -> bool:
        """Whether private endpoints are the only outbound access."""
        return self.nat == "none"

    @property
    def gateways(self) -> int:
        """The number of NAT gateways; on Google, the number of addresses of the one gateway."""
        return {"none": 0, "single": 1, "per_zone": self.zones}[self.nat]


class Network(Part):
    """An isolated network with three rings of subnets."""

    id: pulumi.Output[str]
    cidr: str
    subnets: Mapping[Subnets, pulumi.Output[list[str]]]
    """Subnet ids per ring: one per zone if the cloud's subnets are zonal, otherwise one."""
    egress_addresses: pulumi.Output[list[str]]
    """Public addresses of the platform's outbound calls, for allow-lists of desks; empty without NAT."""
