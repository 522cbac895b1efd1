"""Kubernetes' minor versions as each cloud offers them."""

from collections.abc import Mapping
from datetime import date

from caseplane_infra.facts.files import read

DEFAULT = "1.35"
"""The version that our tests run, and one step above the default before it: clouds raise one step at a time."""


def checked_on() -> date:
    """The day on which the clouds' calendars were read."""
    found: date = read("kubernetes")["checked"]
    return found


def versions(cloud: str) -> Mapping[str, date]:
    """Minor version to the last day of support at the ordinary price; empty for `local`."""
    found: Mapping[str, date] = read("kubernetes")["ends"].get(cloud, {})
    return found


def ends_on(cloud: str, version: str) -> date | None:
    """The last day of support; None for a version that the data does not have."""
    return versions(cloud).get(version)


def afterwards(cloud: str) -> str:
    """What the cloud does after that day."""
    return str(read("kubernetes")["after"][cloud])
