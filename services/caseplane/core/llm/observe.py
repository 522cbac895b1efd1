"""Metrics and spans of model calls: numbers and names, never text of a prompt or reply.

Span attributes follow OpenTelemetry's semantic conventions for generative AI.
"""

from decimal import Decimal

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Counter, Gauge, Histogram

from caseplane.core.llm.errors import (
    LlmBadOutputError,
    LlmError,
    LlmMisconfiguredError,
    LlmRateLimitedError,
    LlmRefusedError,
    LlmTimeoutError,
)
from caseplane.core.llm.messages import CallAccount
from caseplane.core.llm.settings import EndpointSettings, LlmProvider, LlmRole
from caseplane.core.llm.usage import CallOutcome, Tokens

_LABELS = ("role", "provider", "model")
CALLS = Counter("caseplane_llm_calls", "HTTP attempts, by outcome", (*_LABELS, "outcome"))
TOKENS = Counter("caseplane_llm_tokens", "Tokens, by kind", (*_LABELS, "kind"))
COST = Counter("caseplane_llm_cost_usd", "Cost in USD, at the configured prices", _LABELS)
LATENCY = Histogram(
    "caseplane_llm_latency_seconds",
    "Time of one HTTP attempt",
    _LABELS,
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60),
)
BLOCKED = Counter("caseplane_llm_blocked", "Calls that were not sent", ("role", "reason"))
FALLBACKS = Counter("caseplane_llm_fallbacks", "Calls passed on to a fallback", ("role", "model"))
BREAKER_OPEN = Gauge(
    "caseplane_llm_breaker_open", "1 while nothing is sent to a model", ("provider", "model")
)
UNRECORDED = Counter("caseplane_llm_usage_unrecorded", "Usage records that could not be stored")

_tracer = trace.get_tracer("caseplane.llm")
_PROVIDER_NAMES = {
    LlmProvider.openai: "openai",
    LlmProvider.azure: "azure.ai.openai",
    LlmProvider.bedrock: "aws.bedrock",
    LlmProvider.vertex: "gcp.vertex_ai",
}
_OUTCOMES: tuple[tuple[type[LlmError], CallOutcome], ...] = (
    (LlmBadOutputError, CallOutcome.bad_output),
    (LlmRefusedError, CallOutcome.refused),
    (LlmRateLimitedError, CallOutcome.rate_limited),
    (LlmTimeoutError, CallOutcome.timeout),
    (LlmMisconfiguredError, CallOutcome.misconfigured),
)


def outcome_of(error: LlmError) -> CallOutcome:
    found = (outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))
    return next(found, CallOutcome.unavailable)


def begin_span(endpoint: EndpointSettings, account: CallAccount, *, max_tokens: int, as_json: bool) -> Span:
    """A client span that is not current, since a stream's consumer runs between its chunks."""
    attributes: dict[str, str | int] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDER_NAMES[endpoint.provider],
        "gen_ai.request.model": endpoint.model,
        "gen_ai.request.max_tokens": max_tokens,
        "gen_ai.output.type": "json" if as_json else "text",
        "caseplane.tenant_id": str(account.tenant_id),
    }
    if account.session_id is not None:
        attributes["gen_ai.conversation.id"] = str(account.session_id)
    return _tracer.start_span(f"chat {endpoint.model}", kind=SpanKind.CLIENT, attributes=attributes)


def end_span(span: Span, tokens: Tokens, outcome: CallOutcome, *, model: str | None) -> None:
    span.set_attribute("gen_ai.usage.input_tokens", tokens.input)
    span.set_attribute("gen_ai.usage.output_tokens", tokens.output)
    span.set_attribute("gen_ai.usage.cache_read.input_tokens", tokens.cached)
    if model is not None:
        span.set_attribute("gen_ai.response.model", model)
    if outcome is not CallOutcome.ok:
        span.set_attribute("error.type", outcome.value)
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def count(
    role: LlmRole,
    endpoint: EndpointSettings,
    tokens: Tokens,
    *,
    cost: Decimal,
    seconds: float,
    outcome: CallOutcome,
) -> None:
    """Add one attempt to the metrics; usage records have the tenant, labels do not."""
    labels = (role.value, endpoint.provider.value, endpoint.model)
    CALLS.labels(*labels, outcome.value).inc()
    TOKENS.labels(*labels, "input").inc(tokens.input - tokens.cached)
    TOKENS.labels(*labels, "cached").inc(tokens.cached)
    TOKENS.labels(*labels, "output").inc(tokens.output)
    COST.labels(*labels).inc(float(cost))
    LATENCY.labels(*labels).observe(seconds)
