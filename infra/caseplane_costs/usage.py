"""How much of a stack is used in a month: one strict YAML file per stack, with the baseline for what it leaves out.

A quantity is a number, or `{low: …, expected: …, high: …}`. The baseline is R000-162: some of its numbers do not
follow from one another (100,000 messages, 10,000 model turns), so each is an input of its own (C000-10).
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BeforeValidator

from caseplane_costs import files
from caseplane_costs.files import Strict
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Stack

BASELINE = Path(__file__).with_name("baseline.yaml")
MOST = Decimal(10) ** 12
"""Nothing here is used a million million times a month; more is a slip of the unit."""


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


class Traffic(Strict):
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


class Data(Strict):
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


class Compute(Strict):
    """How long capacity runs that comes and goes."""

    worker_hours: Quantity
    """Hours of one spot node, summed over all: 730 is one node all month."""


class Tokens(Strict):
    """Of one model role."""

    calls: Quantity
    """Calls, retries included."""
    input_per_call: Quantity
    """Tokens read by one call."""
    output_per_call: Quantity = Range.exactly(0)
    """Tokens written by one call."""


class People(Strict):
    """An optional line: what people cost whom cases are handed to."""

    escalated_cases: Quantity
    """Cases that a person works on."""
    minutes_per_case: Quantity
    """Minutes of one case."""
    hourly_rate: Quantity
    """Cost of an hour, in the catalog's currency."""


class Usage(Strict):
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


def of(stack: Stack, path: Path | None = None) -> Usage:
    """What a stack is expected to use: a file's words, else its stack file's `usage`, over the baseline.

    Raises:
        FileError: the file cannot be read, a key is unknown, or a value is no sensible number.
    """
    return (
        parse(files.read(path) or {}, path.name) if path else parse(stack.section("usage"), "caseplane:usage")
    )


def parse(given: Any, where: str = "usage") -> Usage:
    """Check a usage file's content, laid over the baseline.

    Raises:
        FileError: as for `of`.
    """
    content = _laid_over(_baseline(), given) if isinstance(given, dict) else given
    return files.check(Usage, content, where)


def _baseline() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(BASELINE.read_text())
    return content


def _laid_over(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Sections merge; a quantity replaces the baseline's whole."""
    merged = dict(base)
    for key, value in given.items():
        old = base.get(key)
        nested = isinstance(value, dict) and isinstance(old, dict) and "expected" not in value
        merged[key] = _laid_over(old, value) if nested and isinstance(old, dict) else value
    return merged
