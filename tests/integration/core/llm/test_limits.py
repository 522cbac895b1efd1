"""The limits on calls: concurrency, breakers, fallbacks, accounts, budgets."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.core.fake_openai import Answer, FakeOpenAI, completion, error, stream
from tests.integration.core.llm.asking import (
    ACCOUNT,
    ASK,
    MemoryRecorder,
    endpoint,
    text,
)

from caseplane.core.llm import (
    Budget,
    CallAccount,
    CallOutcome,
    Llm,
    LlmBudgetExceededError,
    LlmCircuitOpenError,
    LlmError,
    LlmMisconfiguredError,
    LlmRefusedError,
    LlmRole,
    LlmSettings,
    LlmUnavailableError,
)


class TestLimits:
    async def test_given_one_place_when_three_ask_then_never_two_at_once(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = Answer(body=completion().body, delay=0.05)
        llm = make_llm(max_concurrency=1)

        await asyncio.gather(*(text(llm) for _ in range(3)))

        assert server.most_at_once == 1

    async def test_given_endpoint_that_keeps_failing_when_asked_then_left_alone_then_probed(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        limits = {"breaker_failures": 2, "breaker_cooldown": timedelta(seconds=0.3)}
        llm = make_llm(limits=limits, max_attempts=1)
        server.queue = [error(500), error(500)]
        for _ in range(2):
            with pytest.raises(LlmUnavailableError):
                await text(llm)

        with pytest.raises(LlmCircuitOpenError):
            await text(llm)
        assert len(server.requests) == 2
        await asyncio.sleep(0.35)

        assert await text(llm) == "ok"

    async def test_given_refusals_and_rate_limits_when_asked_then_circuit_stays_closed(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        llm = make_llm(limits={"breaker_failures": 1}, max_attempts=1)
        server.queue = [error(429), error(400, code="content_filter"), error(401)]
        for _ in range(3):
            with pytest.raises(LlmError):
                await text(llm)

        assert await text(llm) == "ok"

    async def test_given_cancelled_caller_when_gone_then_recorded_and_place_free(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        server.queue = [Answer(delay=30)]
        llm = make_llm(max_concurrency=1)
        task = asyncio.create_task(text(llm))
        while not server.requests:
            await asyncio.sleep(0.01)

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await text(llm) == "ok"
        await llm.aclose()
        assert {r.outcome for r in recorder.records} == {CallOutcome.cancelled, CallOutcome.ok}


class TestFallback:
    @pytest.mark.parametrize("answer", [error(500), error(401), Answer(reset=True)])
    async def test_given_failing_endpoint_when_asked_then_fallback_answers(
        self, make_llm: Any, server: FakeOpenAI, answer: Answer
    ) -> None:
        async with FakeOpenAI() as other:
            server.default, other.default = answer, completion("from the other")
            llm = make_llm(fallback=endpoint(other), max_attempts=1)

            assert await text(llm) == "from the other"
            other.default = stream("x")
            streamed = llm.stream_text(LlmRole.answer, ASK, account=ACCOUNT)
            assert [p async for p in streamed] == ["x"]

    async def test_given_refusal_when_asked_then_not_asked_elsewhere(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        async with FakeOpenAI() as other:
            server.default = completion(None, refusal="no")

            with pytest.raises(LlmRefusedError):
                await text(make_llm(fallback=endpoint(other)))

            assert other.requests == []


class TestAccounting:
    async def test_given_recorder_that_fails_when_asked_then_still_answered(
        self, make_llm: Any, recorder: MemoryRecorder
    ) -> None:
        recorder.fails = True

        assert await text(make_llm()) == "ok"

    async def test_given_budget_when_spent_then_refused_before_anything_is_sent(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        budget = Budget(recorder, default=Decimal("0.0002"))
        llm = make_llm(budget=budget)
        await text(llm)
        await text(llm)

        with pytest.raises(LlmBudgetExceededError):
            await text(llm)

        assert len(server.requests) == 2
        other = CallAccount(uuid4())
        assert await llm.complete_text(LlmRole.answer, ASK, account=other) == "ok"

    async def test_given_no_answer_model_when_asked_then_named_variable(self, server: FakeOpenAI) -> None:
        llm = Llm(LlmSettings(small=endpoint(server)))

        with pytest.raises(LlmMisconfiguredError, match="CASEPLANE_LLM_ANSWER__MODEL"):
            await text(llm)
        await llm.aclose()
