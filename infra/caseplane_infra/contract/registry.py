from collections.abc import Mapping
from typing import Annotated

import pulumi
from pydantic import Field

from caseplane_infra.contract.part import Part, Section


class RegistryNeeds(Section):
    """The image registry."""

    keep_images: Annotated[int, Field(ge=1, le=1_000)] = 30
    """How many of the newest images are kept per repository. About 0.10 USD per GB and month."""


class Registry(Part):
    """A private registry whose tags cannot be overwritten, scanned on push."""

    url: pulumi.Output[str]
    """Prefix of image names: `<url>/services:<tag>`."""
    mirrors: Mapping[str, pulumi.Output[str]]
    """Without NAT, another registry's host to the prefix of its mirror here; with NAT, empty."""
