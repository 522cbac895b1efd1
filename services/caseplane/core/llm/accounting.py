"""Admits, times, bills and counts every attempt, however it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import BaseModel

from caseplane.core.clock import utcnow
from caseplane.core.ids import new_id
from caseplane.core.llm import observe
from caseplane.core.llm.breaker import BreakerState, Verdict
from caseplane.core.llm.budget import Budget
from caseplane.core.llm.endpoint import Endpoint
from caseplane.core.llm.errors import LlmCircuitOpenError, LlmError, LlmTransientError
from caseplane.core.llm.messages import CallAccount, Message
from caseplane.core.llm.settings import LlmRole
from caseplane.core.llm.translate import translate
from caseplane.core.llm.usage import (
    CallOutcome,
    Tokens,
    UsageRecord,
    UsageRecorder,
    cost_usd,
    estimate,
)
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)
_RECORDING_LIMIT = timedelta(seconds=2)


@dataclass(frozen=True)
class Call:
    """What one caller asked for."""

    role: LlmRole
    account: CallAccount
    messages: Sequence[Message]
    schema: type[BaseModel] | None = None
    max_output_tokens: int | None = None


@dataclass
class Attempt:
    """One HTTP exchange; the code that reads the reply fills it in."""

    tokens: Tokens | None = None
    served_by: str | None = None
    """The model in the reply, which may be more precise than the requested one."""
    _started: float = field(default_factory=time.perf_counter)

    def seconds(self) -> float:
        return time.perf_counter() - self._started


class Accountant:
    """Wraps attempts and records their usage.

    Args:
        recorder: stores records; None stores none.
        budget: gets every cost; None means unlimited.
    """

    def __init__(self, recorder: UsageRecorder | None, budget: Budget | None) -> None:
        self._recorder, self.budget = recorder, budget
        self._pending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def attempt(self, endpoint: Endpoint, call: Call) -> AsyncIterator[Attempt]:
        """One attempt; its exceptions are translated.

        Raises:
            LlmCircuitOpenError: the breaker is open; nothing was sent or recorded.
        """
        permit = endpoint.breaker.admit()
        if permit is None:
            observe.BLOCKED.labels(call.role.value, "circuit_open").inc()
            raise LlmCircuitOpenError(
                f"The model {endpoint.settings.model} failed repeatedly and is left alone for now.",
                retry_after=endpoint.breaker.retry_after(),
            )
        attempt = Attempt()
        outcome, verdict = CallOutcome.cancelled, Verdict.unknown
        span = observe.begin_span(
            endpoint.settings,
            call.account,
            max_tokens=call.max_output_tokens or endpoint.settings.max_output_tokens,
            as_json=call.schema is not None,
        )
        try:
            with translating():
                yield attempt
            outcome, verdict = CallOutcome.ok, Verdict.healthy
        except LlmError as exc:
            outcome, verdict = observe.outcome_of(exc), _verdict(exc)
            raise
        finally:
            endpoint.breaker.record(permit, verdict)
            _show_breaker(endpoint)
            tokens = attempt.tokens or _unreported(call, outcome)
            observe.end_span(span, tokens, outcome, model=attempt.served_by)
            await self._account(endpoint, call, attempt.seconds(), tokens, outcome)

    async def _account(
        self, endpoint: Endpoint, call: Call, seconds: float, tokens: Tokens, outcome: CallOutcome
    ) -> None:
        cost = cost_usd(endpoint.settings, tokens)
        observe.count(call.role, endpoint.settings, tokens, cost=cost, seconds=seconds, outcome=outcome)
        usage = UsageRecord(
            id=new_id(),
            tenant_id=call.account.tenant_id,
            session_id=call.account.session_id,
            role=call.role,
            provider=endpoint.settings.provider,
            model=endpoint.settings.model,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cached_tokens=tokens.cached,
            cost_usd=cost,
            latency_ms=round(seconds * 1000),
            outcome=outcome,
            estimated=tokens.estimated,
            created_at=utcnow(),
        )
        # In its own task, so that a cancelled caller does not cancel the record.
        task = asyncio.create_task(self._keep(usage))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        if outcome is not CallOutcome.cancelled:
            await asyncio.shield(task)

    async def _keep(self, usage: UsageRecord) -> None:
        try:
            if self._recorder is not None:
                async with asyncio.timeout(_RECORDING_LIMIT.total_seconds()):
                    await self._recorder.record(usage)
        except Exception as exc:  # noqa: BLE001 - an answer never fails for its bill
            observe.UNRECORDED.inc()
            log.error(
                "llm_usage_unrecorded",
                call_id=str(usage.id),
                tenant_id=str(usage.tenant_id),
                cost_usd=str(usage.cost_usd),
                error=type(exc).__name__,
            )
        # After the row, so that a budget refresh in between counts the cost twice rather than not at all.
        if self.budget is not None:
            self.budget.add(usage.tenant_id, usage.cost_usd)

    async def drain(self) -> None:
        """Wait for records that are still being written."""
        await asyncio.gather(*self._pending)


class translating:  # noqa: N801 - reads as a verb, like contextlib's own
    """Turn every exception of the block into an `LlmError`, except cancellation."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, exc: BaseException | None, __: object) -> None:
        if isinstance(exc, Exception) and not isinstance(exc, LlmError):
            # No cause: providers quote the prompt in their messages, and a traceback in a log
            # would print it. Class, status and code are in our own message.
            raise translate(exc) from None


def _verdict(exc: LlmError) -> Verdict:
    if exc.endpoint_failed:
        return Verdict.failed
    return Verdict.unknown if isinstance(exc, LlmTransientError) else Verdict.healthy


def _unreported(call: Call, outcome: CallOutcome) -> Tokens:
    """Estimated tokens: providers bill the prompt even if the caller did not wait for the reply."""
    billed = (CallOutcome.timeout, CallOutcome.cancelled)
    return estimate(call.messages) if outcome in billed else Tokens()


def _show_breaker(endpoint: Endpoint) -> None:
    labels = (endpoint.settings.provider.value, endpoint.settings.model)
    opened = endpoint.breaker.state is BreakerState.open
    observe.BREAKER_OPEN.labels(*labels).set(int(opened))
