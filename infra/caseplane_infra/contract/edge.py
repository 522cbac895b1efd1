from collections.abc import Mapping
from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class EdgeNeeds(Section):
    """Public access to the platform."""

    domain: Annotated[str, Field(pattern=r"^$|^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")] = ""
    """DNS name of the platform, such as `support.example.com`; its API is under `api.`. Empty: no public edge."""
    zone: str = ""
    """Existing DNS zone to use; empty: a zone for `domain` is created, and the domain's owner must delegate to it."""
    waf: bool = True
    """Managed rules against common attacks, and throttling. About 20 to 40 USD a month."""
    requests_per_5_minutes: Annotated[int, Field(ge=100, le=2_000_000)] = 2_000
    """Requests of one address in five minutes before it is blocked. No cost."""
    cdn: bool = True
    """Serve the console's files from a content delivery network. Billed per GB."""


class Edge(Part):
    """DNS, TLS, web application firewall, load balancer, and the console's content delivery."""

    api_host: pulumi.Output[str]
    console_url: pulumi.Output[str]
    ingress: Mapping[str, pulumi.Output[str]]
    """Annotations of the chart's Ingress, and its `class`."""
    name_servers: pulumi.Output[list[str]]
    """Name servers to delegate the domain to; empty with an existing zone."""
