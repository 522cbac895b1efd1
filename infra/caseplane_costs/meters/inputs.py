"""Reads a resource's inputs, which a preview may not know yet."""

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
    """An input that must be text, for a SKU is named after it.

    Raises:
        MeterError: it is missing.
    """
    value = lookup(resource, path)
    if not isinstance(value, str) or not value:
        raise MeterError(f"{resource.name}: no {path}, by which it is priced.")
    return value


def number(resource: Resource, path: str, default: int | None = None) -> Decimal:
    """An input that must be a number.

    Raises:
        MeterError: it is missing, or something else.
    """
    value = lookup(resource, path, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MeterError(f"{resource.name}: {path} is {value!r}; a number is needed to price it.")
    return Decimal(str(value))


def length(resource: Resource, path: str, otherwise: int) -> int:
    """Length of a list; a preview that does not know the list yet takes what it is known to become."""
    value = lookup(resource, path)
    return len(value) if isinstance(value, list | tuple) and value else otherwise
