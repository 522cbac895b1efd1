"""Usage and cost of calls, and the ports that store and query them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from caseplane.core.llm.messages import Message
from caseplane.core.llm.settings import EndpointSettings, LlmProvider, LlmRole

_MILLION = Decimal(1_000_000)
# CJK and neighbouring scripts begin here, with about one token per character. Other text has about four
# characters per token, as providers publish for English.
_DENSE_FROM = "\u2e80"
_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 4


class CallOutcome(StrEnum):
    ok = "ok"
    bad_output = "bad_output"
    refused = "refused"
    rate_limited = "rate_limited"
    timeout = "timeout"
    unavailable = "unavailable"
    misconfigured = "misconfigured"
    cancelled = "cancelled"


@dataclass(frozen=True)
class Tokens:
    """Tokens of one attempt; `cached` are part of `input`."""

    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False


@dataclass(frozen=True)
class UsageRecord:
    """One HTTP attempt, as billed; `estimated` if the provider reported no tokens."""

    id: UUID
    tenant_id: UUID
    session_id: UUID | None
    role: LlmRole
    provider: LlmProvider
    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Decimal
    latency_ms: int
    outcome: CallOutcome
    estimated: bool
    created_at: datetime


class UsageRecorder(Protocol):
    """Keeps usage records."""

    async def record(self, usage: UsageRecord) -> None:
        """Store one record; an exception does not fail the recorded call."""


class SpendLedger(Protocol):
    """Knows what a tenant has spent."""

    async def spent(self, tenant_id: UUID, *, since: datetime) -> Decimal:
        """USD since a time."""


def cost_usd(endpoint: EndpointSettings, tokens: Tokens) -> Decimal:
    """The price of an attempt in USD, exact."""
    cached_price = endpoint.cached_input_price
    if cached_price is None:
        cached_price = endpoint.input_price
    total = (
        (tokens.input - tokens.cached) * endpoint.input_price
        + tokens.cached * cached_price
        + tokens.output * endpoint.output_price
    )
    return total / _MILLION


def estimate_tokens(text: str) -> int:
    """Approximate number of tokens, for when the provider does not report it."""
    dense = sum(1 for character in text if character >= _DENSE_FROM)
    return dense + -(-(len(text) - dense) // _CHARACTERS_PER_TOKEN)


def estimate(messages: Iterable[Message], reply: str = "") -> Tokens:
    """Approximate tokens of an attempt whose reply is missing or does not report them."""
    sent = sum(estimate_tokens(m.content) + _TOKENS_PER_MESSAGE for m in messages)
    return Tokens(input=sent, output=estimate_tokens(reply), estimated=True)


def reported(usage: Any) -> Tokens | None:
    """Tokens as a reply reports them; None if they are missing or invalid."""
    sent, made = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(sent, int) or not isinstance(made, int) or min(sent, made) < 0:
        return None
    details = getattr(usage, "prompt_tokens_details", None)
    cached = getattr(details, "cached_tokens", None)
    cached = cached if isinstance(cached, int) and 0 <= cached <= sent else 0
    return Tokens(input=sent, output=made, cached=cached)
