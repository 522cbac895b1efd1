"""How much of a stack is used in a month: one strict YAML file per stack, with the baseline for what it leaves out.

A quantity is a number, or `{low: …, expected: …, high: …}`. The baseline is R000-162: some of its numbers do not
follow from one another (100,000 messages, 10,000 model turns), so each is an input of its own (C000-10).
"""

import difflib
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from caseplane_costs.lines import Range
from caseplane_costs.resources import Stack

MOST = Decimal(10) ** 12
"""Nothing here is used a million million times a month; more is a slip of the unit."""


class UsageError(Exception):
    """The usage file is wrong; the message lists every fault with its key."""


def _range(value: Any) -> Range:
    if isinstance(value, Range):
        return value
    parts = value if isinstance(value, dict) else {"low": value, "expected": value, "high": value}
    if set(parts) != {"low", "expected", "high"}:
        raise ValueError("a number, or low, expected and high")
    low, expected, high = (_number(parts[each]) for each in ("low", "expected", "high"))
    return Range(low, expected, high)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{value!r} is no number")
    number = Decimal(str(value))
    if not number.is_finite() or not 0 <= number <= MOST:
        raise ValueError(f"{value} is below 0 or absurdly high; check the unit")
    return number


Quantity = Annotated[Range, BeforeValidator(_range)]


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True
    )


class Traffic(_Section):
    """What customers and agents do."""

    messages: Quantity
    """Customer messages."""
    sessions: Quantity
    """Conversations."""
    resolved_cases: Quantity
    """Conversations that stay resolved through the re-contact window."""
    retrievals: Quantity
    """Searches of the knowledge base."""
    api_requests: Quantity
    """Requests at the edge, polls and pages included."""
    queue_messages: Quantity
    """Messages on the jobs queue; a send, a receive and a delete each count as a request."""
    queue_message_kb: Quantity
    """Size of one, KB: some providers bill the queue by volume."""


class Data(_Section):
    """What is moved and stored."""

    objects_gb: Quantity
    """Documents, attachments and audit records stored, GB."""
    object_writes: Quantity
    """Objects written or listed."""
    object_reads: Quantity
    """Objects read."""
    backup_gb: Quantity
    """Database backups beyond the free share, GB."""
    logs_gb: Quantity
    """Logs taken in, GB."""
    nat_gb: Quantity
    """Through NAT gateways, both ways, GB."""
    endpoints_gb: Quantity
    """Through private endpoints, GB."""
    egress_gb: Quantity
    """To the internet from the load balancer, GB."""
    cdn_gb: Quantity
    """To the internet from the content delivery network, GB."""
    images_gb: Quantity
    """Images in the registry, GB."""


class Compute(_Section):
    """How long capacity runs that comes and goes."""

    worker_hours: Quantity
    """Hours of one spot node, summed over all: 730 is one node all month."""


class Tokens(_Section):
    """Of one model role."""

    calls: Quantity
    """Calls, retries included."""
    input_per_call: Quantity
    """Tokens read by one call."""
    output_per_call: Quantity = Range.exactly(0)
    """Tokens written by one call."""


class People(_Section):
    """An optional line: what people cost whom cases are handed to."""

    escalated_cases: Quantity
    """Cases that a person works on."""
    minutes_per_case: Quantity
    """Minutes of one case."""
    hourly_rate: Quantity
    """Cost of an hour, in the catalog's currency."""


class Usage(_Section):
    """A month of one stack."""

    traffic: Traffic
    data: Data
    compute: Compute
    llm: dict[str, Tokens]
    """By role: `answer`, `small`, `rerank`, `embedding`."""
    people: People | None = None

    @classmethod
    def baseline(cls) -> Self:
        """R000-162, as it ships."""
        return cls.model_validate(_baseline())


def read(path: Path | None) -> Usage:
    """A usage file over the baseline; the baseline alone without one.

    Raises:
        UsageError: a key is unknown or a value is no sensible number.
    """
    if path is None:
        return Usage.baseline()
    try:
        given = yaml.safe_load(path.read_text()) or {}
    except (OSError, yaml.YAMLError) as exc:
        raise UsageError(f"{path}: cannot be read: {exc}") from exc
    if not isinstance(given, dict):
        raise UsageError(f"{path}: needs sections such as `traffic:`, found {type(given).__name__}")
    return parse(given, path.name)


def of(stack: Stack, path: Path | None = None) -> Usage:
    """What a stack is expected to use: a file's words, else its stack file's `usage`, over the baseline.

    Raises:
        UsageError: as for `read`.
    """
    return read(path) if path else parse(stack.section("usage"), "caseplane:usage")


def parse(given: dict[str, Any], where: str = "usage") -> Usage:
    """Check a usage file's content, laid over the baseline.

    Raises:
        UsageError: as for `read`.
    """
    try:
        return Usage.model_validate(_laid_over(_baseline(), given))
    except ValidationError as exc:
        raise UsageError(f"{where} needs mending:\n" + "\n".join(_faults(exc))) from exc


def _baseline() -> dict[str, Any]:
    text = files("caseplane_costs").joinpath("baseline.yaml").read_text()
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def _laid_over(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Sections merge; a quantity replaces the baseline's whole."""
    merged = dict(base)
    for key, value in given.items():
        old = base.get(key)
        nested = isinstance(value, dict) and isinstance(old, dict) and "expected" not in value
        merged[key] = _laid_over(old, value) if nested and isinstance(old, dict) else value
    return merged


def _faults(exc: ValidationError) -> list[str]:
    lines = []
    for error in exc.errors():
        path = [str(each) for each in error["loc"]]
        what = (
            _nearest(path)
            if error["type"] == "extra_forbidden"
            else error["msg"].removeprefix("Value error, ")
        )
        lines.append(f"  - {'.'.join(path)}: {what}")
    return lines


def _nearest(path: list[str]) -> str:
    section: Any = Usage
    for each in path[:-1]:
        field = section.model_fields.get(each)
        section = field.annotation if field else Tokens  # below `llm`, roles are free
        if not hasattr(section, "model_fields"):
            section = People if each == "people" else Tokens
    near = difflib.get_close_matches(path[-1], list(section.model_fields), n=1)
    return (
        f"no such key; did you mean `{near[0]}`?"
        if near
        else f"no such key; known: {', '.join(section.model_fields)}"
    )
