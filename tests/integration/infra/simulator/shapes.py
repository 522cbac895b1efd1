"""The inputs and outputs of each resource type, read from the SDK's own classes.

The wheels of `pulumi_aws` and the other SDKs have an argument class per resource, generated from the providers'
schemas: names, types, nesting, required properties, closed sets. Nothing here is specific to a type.
"""

import importlib
import inspect
import re
import types
import typing
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

import pulumi

# The SDK's own reflection; it has no public form.
from pulumi import _types as reflection
from pulumi.runtime import rpc
from tests.integration.infra.simulator.values import UNKNOWN

MODULES = {
    "aws": "pulumi_aws",
    "azure-native": "pulumi_azure_native",
    "gcp": "pulumi_gcp",
    "random": "pulumi_random",
}
FORCES_NEW = re.compile(
    r"forc(e|es|ing) (a )?(new|replacement|recreation)|changing (this|it) (will )?(create|force)s?",
    re.IGNORECASE,
)
"""The phrases of the bridged SDKs' documentation for a property that cannot be changed in place."""


@dataclass(frozen=True)
class Field:
    """One property: its annotated type, and whether it is required."""

    hint: Any
    required: bool
    immutable: bool


@dataclass(frozen=True)
class Fault:
    """Something the SDK's classes do not allow: where, and what is expected there."""

    path: str
    reason: str
    closed: bool = False
    """Whether the only fault is a value outside a closed set."""


class NoSuchTypeError(LookupError):
    """The SDK has no resource of this type."""


@cache
def resource_class(token: str) -> Any:
    """Find the SDK's class of a resource type.

    Raises:
        NoSuchTypeError: there is none.
    """
    package, module, _ = token.split(":")
    importlib.import_module(MODULES[package])
    for known in rpc._RESOURCE_MODULES.get(f"{package}:{module}", []):
        info = known.mod_info  # type: ignore[attr-defined]  # every generated SDK's Module has it
        if token in info["classes"]:
            return getattr(importlib.import_module(info["fqn"]), info["classes"][token])
    raise NoSuchTypeError(f"{MODULES[package]} has no resource type {token}")


@cache
def inputs_of(token: str) -> Mapping[str, Field]:
    """A resource type's inputs, by property name."""
    cls = resource_class(token)
    module = inspect.getmodule(cls)
    args = getattr(module, f"{cls.__name__}InitArgs", None) or getattr(module, f"{cls.__name__}Args")
    return fields_of(args)


@cache
def outputs_of(token: str) -> Mapping[str, Field]:
    """A resource type's outputs, by property name."""
    return fields_of(resource_class(token))


@cache
def fields_of(cls: Any) -> Mapping[str, Field]:
    """The properties of an argument, output or resource class."""
    scope = reflection._globals_for_cls(cls)
    local = {"Output": pulumi.Output, "T": type(None)}
    fields = {}
    for _, name, prop in reflection._py_properties(cls):
        hint = typing.get_type_hints(prop.fget, globalns=scope, localns=local).get("return", Any)
        if typing.get_origin(hint) is pulumi.Output:
            (hint,) = typing.get_args(hint)
        documented = FORCES_NEW.search(" ".join((prop.fget.__doc__ or "").split()))
        fields[name] = Field(hint, not _optional(hint), documented is not None)
    return fields


def _optional(hint: Any) -> bool:
    return hint is Any or type(None) in typing.get_args(hint)


@cache
def alternatives(hint: Any) -> tuple[Any, ...]:
    """The plain types that a hint allows, without `None`, outputs, awaitables and the typed-dict twins."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return (hint,)
    members = []
    for each in typing.get_args(hint):
        if (
            each is type(None)
            or typing.get_origin(each) in (pulumi.Output, Awaitable)
            or typing.is_typeddict(each)
        ):
            continue
        members.append(each)
    return tuple(members)


def check(fields: Mapping[str, Field], properties: Mapping[str, Any], trail: str = "") -> Iterator[Fault]:
    """Yield everything that a class does not allow in these properties."""
    for name in properties.keys() - fields.keys():
        yield Fault(_join(trail, name), f"no such property; known here: {', '.join(sorted(fields))}")
    for name, field in fields.items():
        value = properties.get(name)
        if value is not None:
            yield from _check_value(field.hint, value, _join(trail, name))
        elif field.required:
            yield Fault(_join(trail, name), "required, but missing")


def _join(trail: str, name: str) -> str:
    return f"{trail}.{name}" if trail else name


def _check_value(hint: Any, value: Any, path: str) -> Iterator[Fault]:
    if value is UNKNOWN:
        return
    allowed = alternatives(hint)
    closed = [each for each in allowed if inspect.isclass(each) and issubclass(each, Enum)]
    if closed:
        # `Union[str, SomeEnum]` is how the SDKs write a closed set: the plain type only allows literals.
        values = [member.value for each in closed for member in each]
        if value not in values:
            yield Fault(
                path, f"{value!r} is not one of {', '.join(map(repr, values))}", closed=isinstance(value, str)
            )
        return
    tries = [list(_check_type(each, value, path)) for each in allowed]
    if tries:
        yield from min(tries, key=len)


PRIMITIVES: Mapping[Any, tuple[type, ...]] = {str: (str,), int: (int,), float: (int, float), bool: (bool,)}


def _check_type(hint: Any, value: Any, path: str) -> Iterator[Fault]:
    origin = typing.get_origin(hint)
    if hint is Any or _is_asset(value):
        return
    if hint in PRIMITIVES:
        if not isinstance(value, PRIMITIVES[hint]) or (isinstance(value, bool) and hint is not bool):
            yield Fault(path, f"expected {hint.__name__}, got {value!r}")
    elif origin in (list, Sequence):
        yield from _check_list(typing.get_args(hint)[0], value, path)
    elif origin in (dict, Mapping):
        yield from _check_map(typing.get_args(hint)[1], value, path)
    elif isinstance(value, Mapping):
        yield from check(fields_of(hint), value, path)
    else:
        yield Fault(path, f"expected {getattr(hint, '__name__', hint)}, got {value!r}")


def _check_list(hint: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(path, f"expected a list, got {value!r}")
        return
    for index, each in enumerate(value):
        yield from _check_value(hint, each, f"{path}[{index}]")


def _check_map(hint: Any, value: Any, path: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, f"expected a mapping, got {value!r}")
        return
    for key, each in value.items():
        yield from _check_value(hint, each, _join(path, key))


def _is_asset(value: Any) -> bool:
    return isinstance(value, Mapping) and rpc._special_sig_key in value


def complete(hint: Any, value: Any) -> Any:
    """Give a value the shape that the SDK promises: nested required properties exist, with an empty value."""
    kind: Any = (*alternatives(hint), Any)[0]
    origin = typing.get_origin(kind)
    if value is UNKNOWN or kind is Any:
        return value
    if origin is not None and isinstance(value, list):
        return [complete(typing.get_args(kind)[0], each) for each in value]
    if (
        origin is None
        and inspect.isclass(kind)
        and reflection.is_output_type(kind)
        and isinstance(value, Mapping)
    ):
        return _complete_class(fields_of(typing.cast(Any, kind)), value)
    return value


def _complete_class(fields: Mapping[str, Field], value: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: each for name, each in value.items() if name in fields}
    whole = {name: complete(fields[name].hint, each) for name, each in known.items()}
    for name, field in fields.items():
        if field.required and name not in whole:
            whole[name] = empty(field.hint)
    return whole


def empty(hint: Any) -> Any:
    """The emptiest value of a type."""
    kind: Any = (*alternatives(hint), Any)[0]
    origin = typing.get_origin(kind)
    if origin is not None:
        return {} if origin in (dict, Mapping) else []
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return next(iter(kind)).value
    if inspect.isclass(kind) and reflection.is_output_type(kind):
        return _complete_class(fields_of(typing.cast(Any, kind)), {})
    return {str: "", int: 0, float: 0.0, bool: False}.get(kind)


@cache
def provider_inputs(package: str) -> Mapping[str, Field]:
    """What a provider's own configuration takes, with the plugin's options."""
    module = importlib.import_module(MODULES[package])
    plain = Field(str, required=False, immutable=False)
    return {**fields_of(module.ProviderArgs), "version": plain, "pluginDownloadURL": plain}


@cache
def _function(token: str) -> Any:
    """The SDK's function of a token such as `aws:index/getRegion:getRegion`."""
    package, module, name = token.split(":")
    place = module.split("/")[0]
    fqn = MODULES[package] if place == "index" else f"{MODULES[package]}.{place}"
    snake = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name)
    return getattr(importlib.import_module(fqn), snake)


@cache
def arguments_of(token: str) -> Mapping[str, Field]:
    """A function's arguments."""
    function = _function(token)
    hints = typing.get_type_hints(function)
    names = [each for each in inspect.signature(function).parameters if each != "opts"]
    camel = {each: re.sub(r"_(\w)", lambda found: found[1].upper(), each) for each in names}
    return {camel[each]: Field(hints[each], not _optional(hints[each]), immutable=False) for each in names}


def complete_result(token: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check a function's result against the SDK's types, and add what the rulebook left out.

    Raises:
        TypeError: something in it is not of the promised type.
    """
    hint = typing.get_type_hints(_function(token))["return"]
    fields = fields_of(hint.__mro__[1])
    wrong = [
        f"{each.path}: {each.reason}"
        for name, value in given.items()
        for each in (
            [Fault(name, "no such result")]
            if name not in fields
            else _check_value(fields[name].hint, value, name)
        )
    ]
    if wrong:
        raise TypeError(f"{token} gives what the SDK does not promise: {'; '.join(wrong)}")
    return _complete_class(fields, given)
