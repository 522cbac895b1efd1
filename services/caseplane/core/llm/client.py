"""The platform's only client of language models.

`Llm` adds to the client library: roles instead of model names, an overall time limit, retries, a breaker
and a concurrency limit per endpoint, a fallback, output checked against a schema with one repair, and
accounting of every attempt. It neither stores nor logs prompts.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from caseplane.core.llm import observe
from caseplane.core.llm.accounting import Accountant, Attempt, Call
from caseplane.core.llm.budget import Budget
from caseplane.core.llm.endpoint import Endpoint, backoff
from caseplane.core.llm.errors import (
    LlmBadOutputError,
    LlmBudgetExceededError,
    LlmCircuitOpenError,
    LlmError,
    LlmMisconfiguredError,
    LlmRefusedError,
    LlmTransientError,
    LlmUnavailableError,
)
from caseplane.core.llm.messages import CallAccount, Message
from caseplane.core.llm.schema import faults, parse_reply
from caseplane.core.llm.settings import EndpointSettings, LlmRole, LlmSettings
from caseplane.core.llm.usage import UsageRecorder, estimate, reported
from caseplane.core.telemetry import get_logger

log = get_logger(__name__)
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class _DialectRefusedError(LlmMisconfiguredError):
    """A parameter was refused and an older form is known; the call is repeated at once."""


class _InvalidReplyError(LlmBadOutputError):
    """A complete reply that does not satisfy the schema, with the data for a repair."""

    def __init__(self, reply: str, found: str) -> None:
        super().__init__("The model's reply does not satisfy its schema.")
        self.reply, self.found = reply, found


class Llm:
    """Models by role.

    Args:
        settings: endpoints and limits, with at least one role configured.
        recorder: stores a usage record of every attempt.
        budget: checked before every call.
    """

    def __init__(
        self,
        settings: LlmSettings,
        *,
        recorder: UsageRecorder | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._accountant = Accountant(recorder, budget)
        known: dict[EndpointSettings, Endpoint] = {}
        self._chains: dict[LlmRole, list[Endpoint]] = {}
        for role in LlmRole:
            chain = list(_chain(settings.endpoint(role)))
            known |= {each: Endpoint(each, settings) for each in chain if each not in known}
            if chain:
                self._chains[role] = [known[each] for each in chain]
        self._endpoints = list(known.values())

    def model(self, role: LlmRole) -> str | None:
        """The configured model of a role, to be stored with its output; None if there is none."""
        chain = self._chains.get(role)
        return chain[0].settings.model if chain else None

    async def complete_text(
        self,
        role: LlmRole,
        messages: Sequence[Message],
        *,
        account: CallAccount,
        max_output_tokens: int | None = None,
    ) -> str:
        """A complete reply as text; a truncated one is an error.

        Raises:
            LlmError: by subclass, see `errors.py`.
        """
        call = Call(role, account, messages, max_output_tokens=max_output_tokens)
        return await self._over_chain(call, lambda e: self._retried(e, call, str, _deadline(e)))

    async def complete_json(
        self,
        role: LlmRole,
        messages: Sequence[Message],
        schema: type[M],
        *,
        account: CallAccount,
        max_output_tokens: int | None = None,
    ) -> M:
        """A reply that satisfies `schema`; the model gets one chance to repair an invalid one.

        Raises:
            LlmBadOutputError: the repair is invalid too, or a reply was truncated.
            LlmError: by subclass, see `errors.py`.
        """
        call = Call(role, account, messages, schema, max_output_tokens)
        return await self._over_chain(call, lambda e: self._checked(e, call, schema))

    async def stream_text(
        self,
        role: LlmRole,
        messages: Sequence[Message],
        *,
        account: CallAccount,
        max_output_tokens: int | None = None,
    ) -> AsyncGenerator[str, None]:
        """A streamed reply. Each endpoint is tried once, and none after the first piece.

        Raises:
            LlmError: also after the first piece, if the stream breaks or is truncated.
        """
        call = Call(role, account, messages, max_output_tokens=max_output_tokens)
        chain = await self._admitted(call)
        for endpoint in chain:
            begun = False
            try:
                # Closed with the consumer; an abandoned stream would keep its slot.
                async with aclosing(self._stream(endpoint, call)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
            except (LlmTransientError, LlmMisconfiguredError) as exc:
                if begun or endpoint is chain[-1]:
                    raise
                _record_fallback(call, endpoint, exc)
            else:
                return

    async def aclose(self) -> None:
        """Finish writing records and close connections."""
        await self._accountant.drain()
        for endpoint in self._endpoints:
            await endpoint.client.close()

    async def _admitted(self, call: Call) -> list[Endpoint]:
        chain = self._chains.get(call.role)
        if not chain:
            raise LlmMisconfiguredError(
                f"No model has the role {call.role}; set CASEPLANE_LLM_{call.role.upper()}__MODEL."
            )
        if self._accountant.budget is not None:
            try:
                await self._accountant.budget.check(call.account.tenant_id)
            except LlmBudgetExceededError:
                observe.BLOCKED.labels(call.role.value, "budget").inc()
                raise
        return chain

    async def _over_chain(self, call: Call, use: Callable[[Endpoint], Awaitable[T]]) -> T:
        chain = await self._admitted(call)
        for endpoint in chain[:-1]:
            try:
                return await use(endpoint)
            except (LlmTransientError, LlmMisconfiguredError) as exc:
                _record_fallback(call, endpoint, exc)
        return await use(chain[-1])

    async def _checked(self, endpoint: Endpoint, call: Call, schema: type[M]) -> M:
        deadline = _deadline(endpoint)

        def accept(reply: str) -> M:
            try:
                return parse_reply(schema, reply)
            except ValidationError as exc:
                raise _InvalidReplyError(reply, faults(exc)) from None

        try:
            return await self._retried(endpoint, call, accept, deadline)
        except _InvalidReplyError as exc:
            repair = Call(
                call.role,
                call.account,
                [*call.messages, Message("assistant", exc.reply), _repair_request(exc.found)],
                schema,
                call.max_output_tokens,
            )
        try:
            return await self._retried(endpoint, repair, accept, deadline)
        except _InvalidReplyError:
            raise LlmBadOutputError(
                f"The model's reply does not satisfy {schema.__name__}, even when repaired."
            ) from None

    async def _retried(
        self, endpoint: Endpoint, call: Call, accept: Callable[[str], T], deadline: float
    ) -> T:
        failed = 0
        while True:
            try:
                return await self._exchange(endpoint, call, accept, deadline)
            except _DialectRefusedError:
                continue  # each refusal steps the dialect down, so this ends
            except LlmCircuitOpenError:
                raise
            except LlmTransientError as exc:
                failed += 1
                wait = backoff(failed, retry_after=exc.retry_after)
                out_of_time = asyncio.get_running_loop().time() + wait >= deadline
                if failed >= endpoint.settings.max_attempts or out_of_time:
                    raise
            await asyncio.sleep(wait)

    async def _exchange(
        self, endpoint: Endpoint, call: Call, accept: Callable[[str], T], deadline: float
    ) -> T:
        async with endpoint.slot(deadline), self._accountant.attempt(endpoint, call) as attempt:
            async with asyncio.timeout_at(_attempt_deadline(endpoint, deadline)):
                completion = await _send(endpoint, call, stream=False)
            return accept(_read(completion, call, attempt))

    async def _stream(self, endpoint: Endpoint, call: Call) -> AsyncGenerator[str, None]:
        deadline = _deadline(endpoint)
        while True:
            try:
                async with aclosing(self._stream_once(endpoint, call, deadline)) as pieces:
                    async for piece in pieces:
                        yield piece
            except _DialectRefusedError:
                continue
            return

    async def _stream_once(
        self, endpoint: Endpoint, call: Call, deadline: float
    ) -> AsyncGenerator[str, None]:
        async with endpoint.slot(deadline), self._accountant.attempt(endpoint, call) as attempt:
            async with asyncio.timeout_at(_attempt_deadline(endpoint, deadline)):
                chunks = await _send(endpoint, call, stream=True)
            pieces: list[str] = []
            finish = None
            try:
                while True:
                    # Per chunk, not around the loop, to exclude the consumer's time.
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        break
                    attempt.served_by = chunk.model or attempt.served_by
                    attempt.tokens = reported(chunk.usage) or attempt.tokens
                    for choice in chunk.choices or ():
                        finish = choice.finish_reason or finish
                        if choice.delta.content:
                            pieces.append(choice.delta.content)
                            yield choice.delta.content
            finally:
                attempt.tokens = attempt.tokens or estimate(call.messages, "".join(pieces))
                await chunks.close()
            _judge(finish, refusal=None, content="".join(pieces))


def build_llm(
    settings: LlmSettings,
    *,
    recorder: UsageRecorder | None = None,
    budget: Budget | None = None,
) -> Llm | None:
    """The configured models; None if no role is configured, as the platform works without one.

    Raises:
        LlmMisconfiguredError: a provider's extra is not installed, or its settings contradict each other.
    """
    if all(settings.endpoint(role) is None for role in LlmRole):
        return None
    return Llm(settings, recorder=recorder, budget=budget)


def _chain(first: EndpointSettings | None) -> Iterator[EndpointSettings]:
    endpoint = first
    while endpoint is not None:
        yield endpoint
        endpoint = endpoint.fallback


def _deadline(endpoint: Endpoint) -> float:
    return asyncio.get_running_loop().time() + endpoint.settings.timeout.total_seconds()


def _attempt_deadline(endpoint: Endpoint, deadline: float) -> float:
    own = endpoint.settings.attempt_timeout.total_seconds()
    return min(deadline, asyncio.get_running_loop().time() + own)


async def _send(endpoint: Endpoint, call: Call, *, stream: bool) -> Any:
    dialect = endpoint.dialect(call.schema)
    body = dialect.request(
        endpoint.settings,
        list(call.messages),
        schema=call.schema,
        max_output_tokens=call.max_output_tokens or endpoint.settings.max_output_tokens,
        stream=stream,
    )
    try:
        return await endpoint.client.chat.completions.create(**body)
    except openai.BadRequestError as exc:
        better = dialect.after_refusal(exc)
        if better is None:
            raise
        endpoint.learn(call.schema, used=dialect, better=better)
    raise _DialectRefusedError("The endpoint refuses a parameter.")


def _read(completion: Any, call: Call, attempt: Attempt) -> str:
    """The text of a completion; adds its usage to the attempt."""
    choices = getattr(completion, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    if choice is None or message is None:
        raise LlmUnavailableError("The model's endpoint sent a reply that is not its protocol.")
    content = message.content if isinstance(message.content, str) else ""
    attempt.served_by = completion.model if isinstance(completion.model, str) else None
    attempt.tokens = reported(completion.usage) or estimate(call.messages, content)
    _judge(choice.finish_reason, refusal=message.refusal, content=content)
    return content


def _judge(finish: str | None, *, refusal: str | None, content: str) -> None:
    if finish == "content_filter" or refusal:
        raise LlmRefusedError("The model, or its content filter, declined to answer.")
    if finish == "length":
        raise LlmBadOutputError("The model's reply was cut off at its token limit.")
    if finish is None:
        raise LlmUnavailableError("The model's reply ended without a finish reason.")
    if not content.strip():
        raise LlmBadOutputError("The model's reply is empty.")


def _repair_request(found: str) -> Message:
    return Message(
        "user",
        "That reply does not satisfy the schema:\n"
        f"{found}\nSend the whole reply again, corrected, as one JSON object and nothing else.",
    )


def _record_fallback(call: Call, endpoint: Endpoint, exc: LlmError) -> None:
    observe.FALLBACKS.labels(call.role.value, endpoint.settings.model).inc()
    log.warning("llm_fallback", role=call.role.value, model=endpoint.settings.model, error=exc.slug)
