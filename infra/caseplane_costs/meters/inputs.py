"""Reads a resource's inputs, some of which a preview may not know yet."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from caseplane_costs.meters.charges import MeterError
from caseplane_costs.stacks import Resource


def lookup(resource: Resource, path: str, default: Any = None) -> Any:
    """An input by its path, such as `scalingConfig.desiredSize` or `blockDeviceMappings.0.ebs.volumeSize`."""
    value: Any = resource.inputs
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return default
    return default if value is None else value


def text(resource: Resource, path: str) -> str:
    """An input that must be text, because a SKU is named after it.

    Raises:
        MeterError: it is missing.
    """
    value = lookup(resource, path)
    if not isinstance(value, str) or not value:
        raise MeterError(f"{resource.name}: has no {path}, which its price depends on.")
    return value


def number(resource: Resource, path: str, default: int | None = None) -> Decimal:
    """An input that must be a number.

    Raises:
        MeterError: it is missing, or not a number.
    """
    value = lookup(resource, path, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MeterError(f"{resource.name}: {path} is {value!r}; its price needs a number.")
    return Decimal(str(value))


def length(resource: Resource, path: str, otherwise: int) -> int:
    """The length of a list; `otherwise` if it is empty or the preview does not know it yet."""
    value = lookup(resource, path)
    return len(value) if isinstance(value, list | tuple) and value else otherwise
