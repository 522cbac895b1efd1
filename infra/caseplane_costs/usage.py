"""How much of a stack is used in a month: a strict YAML file per stack, merged over the baseline.

A quantity is a number, or `{low: …, expected: …, high: …}`. The baseline is R000-162: some of its numbers do not
follow from each other (100,000 messages, 10,000 model turns), so each is an input of its own (C000-10).
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from caseplane_costs import files
from caseplane_costs.files import Strict
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Stack

BASELINE = Path(__file__).with_name("baseline.yaml")
MOST = Decimal(10) ** 12
"""A larger quantity is a mistake in the unit."""


def _range(value: Any) -> Range:
    if isinstance(value, Range):
        return value
    if not isinstance(value, dict):
        return Range.exactly(_number(value))
    if set(value) != {"low", "expected", "high"}:
        raise ValueError("must be a number, or low, expected and high")
    return Range(**{name: _number(each) for name, each in value.items()})


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"{value!r} is not a number")
    number = Decimal(str(value))
    if not number.is_finite() or not 0 <= number <= MOST:
        raise ValueError(f"{value} is below 0 or far too high; check the unit")
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
    """What is stored and transferred."""

    objects_gb: Quantity
    """Documents, attachments and audit records stored, GB."""
    object_writes: Quantity
    """Objects written or listed."""
    object_reads: Quantity
    """Objects read."""
    backup_gb: Quantity
    """Database backups beyond the free share, GB."""
    logs_gb: Quantity
    """Logs written, GB."""
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
    """How long temporary capacity runs."""

    worker_hours: Quantity
    """Hours of one spot node, summed over all: 730 is one node all month."""


class Tokens(Strict):
    """Calls and tokens of one model role."""

    calls: Quantity
    """Calls, retries included."""
    input_per_call: Quantity
    """Tokens read by one call."""
    output_per_call: Quantity = Range.exactly(0)
    """Tokens written by one call."""


class People(Strict):
    """An optional line: the cost of the people who take over cases."""

    escalated_cases: Quantity
    """Cases that a person works on."""
    minutes_per_case: Quantity
    """Working time per case, minutes."""
    hourly_rate: Quantity
    """Cost per hour, in the catalog's currency."""


class Usage(Strict):
    """A month of one stack."""

    traffic: Traffic
    data: Data
    compute: Compute
    llm: dict[str, Tokens]
    """By role: `answer`, `small`, `rerank`, `embedding`."""
    people: People | None = None


def of(stack: Stack, path: Path | None = None) -> Usage:
    """The expected use of a stack: from a file, else from its stack file's `usage`.

    Raises:
        FileError: the file cannot be read, a key is unknown, or a value is invalid.
    """
    if path:
        return parse(files.read(path) or {}, path.name)
    return parse(stack.section("usage"), "caseplane:usage")


def parse(given: Any, where: str = "usage") -> Usage:
    """Validate a usage file's content, merged over the baseline.

    Raises:
        FileError: as for `of`.
    """
    content = _merged(files.read(BASELINE), given) if isinstance(given, dict) else given
    return files.check(Usage, content, where)


def _merged(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Sections merge; a quantity replaces the baseline's as a whole."""
    merged = dict(base)
    for key, value in given.items():
        old = base.get(key)
        section = isinstance(old, dict) and isinstance(value, dict) and "expected" not in value
        merged[key] = _merged(base[key], value) if section else value
    return merged
