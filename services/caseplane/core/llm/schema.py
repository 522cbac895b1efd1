"""Converts Pydantic models to the JSON Schema of structured output, and replies back to models."""

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)

# Strict structured output supports only part of JSON Schema. These keywords only narrow a value, which
# we validate again anyway, so dropping them only delays a refusal.
_UNSUPPORTED = frozenset(
    {"default", "title", "examples", "format", "pattern", "minLength", "maxLength", "minimum"}
    | {"maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"}
    | {"uniqueItems", "minProperties", "maxProperties"}
)
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


def schema_name(schema: type[BaseModel]) -> str:
    """The schema's name in the API's form: at most 64 letters, digits, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", schema.__name__)[:64]


def strict_schema(schema: type[BaseModel]) -> tuple[dict[str, Any], bool]:
    """The schema in strict form, and whether strict mode can be used.

    Strict mode requires every property and forbids others. A schema with open maps (`dict[str, X]`)
    cannot express that, so it is sent unchanged, without strict mode.
    """
    plain = schema.model_json_schema()
    if "$ref" in plain:  # a recursive model; the API requires an object at the root
        plain = {**plain["$defs"][plain["$ref"].rpartition("/")[2]], "$defs": plain["$defs"]}
    if _has_open_map(plain):
        return plain, False
    strict: dict[str, Any] = _tighten(plain)
    return strict, True


def _has_open_map(node: Any) -> bool:
    if isinstance(node, list):
        return any(_has_open_map(item) for item in node)
    if not isinstance(node, dict):
        return False
    open_map = node.get("type") == "object" and "properties" not in node
    return open_map or any(_has_open_map(value) for value in node.values())


def _tighten(node: Any) -> Any:
    if isinstance(node, list):
        return [_tighten(item) for item in node]
    if not isinstance(node, dict):
        return node
    tight = {key: _tighten(value) for key, value in node.items() if key not in _UNSUPPORTED}
    for holder in ("properties", "$defs"):  # their keys are names, which may equal a keyword
        if holder in node:
            tight[holder] = {name: _tighten(value) for name, value in node[holder].items()}
    if "oneOf" in tight:
        tight["anyOf"] = tight.pop("oneOf")
        tight.pop("discriminator", None)
    if "$ref" in tight:  # strict mode refuses other keys next to a reference
        return {"$ref": tight["$ref"]}
    if node.get("type") == "object":
        tight["additionalProperties"] = False
        tight["required"] = list(tight.get("properties", {}))
    return tight


def parse_reply(schema: type[M], text: str) -> M:
    """The reply as a model; a Markdown fence around it is removed.

    Raises:
        ValidationError: it is not JSON, or does not satisfy the schema.
    """
    fenced = _FENCE.match(text)
    return schema.model_validate_json(fenced.group(1) if fenced else text)


def faults(exc: ValidationError, *, limit: int = 10) -> str:
    """The validation errors of a reply, one per line, for the model."""
    lines = [
        f"- {'.'.join(map(str, error['loc'])) or 'reply'}: {error['msg']}"
        for error in exc.errors(include_url=False, include_input=False)[:limit]
    ]
    return "\n".join(lines)
