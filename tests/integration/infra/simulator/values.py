"""Property values between the engine's wire form and Python.

Unknown values (outputs that only exist after a real `up`) become `UNKNOWN`. Secrets never appear here: a provider
that does not ask for them gets plain values, and the engine marks the results by itself.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf.struct_pb2 import ListValue, Struct, Value

UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's form of an unknown value; it has others for numbers and so on, but does not send those here."""
UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

Properties = dict[str, Any]


class _Unknown:
    """The one value that is not known yet."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, _: object) -> "_Unknown":
        return self


UNKNOWN: Final = _Unknown()


def load(struct: Struct) -> Properties:
    """Read properties; nulls are left out, since a missing property and a null one are the same to a cloud."""
    loaded = {key: _load(value) for key, value in struct.fields.items()}
    return {key: value for key, value in loaded.items() if value is not None and not key.startswith("__")}


def _load(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return load(value.struct_value)
    if kind == "list_value":
        return [_load(each) for each in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    return value.bool_value if kind == "bool_value" else None


def dump(properties: Mapping[str, Any]) -> Struct:
    """Write properties."""
    return Struct(fields={key: _dump(value) for key, value in properties.items()})


def _dump(value: Any) -> Value:
    if value is UNKNOWN:
        return Value(string_value=UNKNOWN_TEXT)
    if value is None:
        return Value(null_value=0)
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, int | float):
        return Value(number_value=value)
    if isinstance(value, str):
        return Value(string_value=value)
    if isinstance(value, Mapping):
        return Value(struct_value=dump(value))
    return Value(list_value=ListValue(values=[_dump(each) for each in value]))


def has_unknown(value: Any) -> bool:
    """Whether anything inside a value is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN


def plain(path: str) -> str:
    """A path without its list indices: `rules[0].port` becomes `rules[].port`."""
    return re.sub(r"\[\d+\]", "[]", path)


def pick(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every value at a path such as `vpcConfig.subnetIds[]`, each with its own path (`….subnetIds[0]`)."""
    yield from _pick(value, [part for part in path.replace("[]", ".[]").split(".") if part], "")


def _pick(value: Any, parts: list[str], trail: str) -> Iterator[tuple[str, Any]]:
    if value is None:
        return
    if not parts or value is UNKNOWN:
        yield trail, value
    elif parts[0] == "[]":
        for index, each in enumerate(value):
            yield from _pick(each, parts[1:], f"{trail}[{index}]")
    else:
        step = f"{trail}.{parts[0]}" if trail else parts[0]
        yield from _pick(value.get(parts[0]), parts[1:], step)


def differences(old: Any, new: Any, trail: str = "") -> Iterator[tuple[str, str]]:
    """Yield the paths at which two values differ, each with `add`, `delete` or `update`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            step = f"{trail}.{key}" if trail else key
            yield from differences(old.get(key), new.get(key), step)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, f"{trail}[{index}]")
    elif old != new or new is UNKNOWN:
        yield trail, "add" if old is None else "delete" if new is None else "update"
