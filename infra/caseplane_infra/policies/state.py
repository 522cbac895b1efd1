"""A stack's resources in the form that policies use, read from `pulumi stack export`."""

from collections.abc import Iterator, Mapping
from typing import Any

from caseplane_infra.policies.model import UNKNOWN, Context, Resource
from caseplane_infra.settings import Settings

SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the mark of a value that is kept encrypted
STACK = "pulumi:pulumi:Stack"


def resources(deployment: Mapping[str, Any]) -> Iterator[Resource]:
    """Each resource with its inputs; the stack itself with its outputs."""
    for each in deployment.get("resources", ()):
        given = each.get("outputs" if each["type"] == STACK else "inputs") or {}
        links = each.get("propertyDependencies") or {}
        yield Resource(
            type=each["type"],
            name=_name(each["urn"]),
            props=_readable(given),
            protect=bool(each.get("protect")),
            links={path: [_name(urn) for urn in urns] for path, urns in links.items()},
        )


def context(settings: Settings) -> Context:
    """What policies may use of a stack in addition to its resources."""
    regions = tuple(each for each in (settings.region, settings.llm.region) if each)
    return Context(environment=settings.environment, regions=regions, teardown=settings.teardown)


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _readable(value: Any) -> Any:
    """The value, with encrypted parts as unknown."""
    if isinstance(value, Mapping):
        return UNKNOWN if SECRET in value else {key: _readable(each) for key, each in value.items()}
    return [_readable(each) for each in value] if isinstance(value, list) else value
