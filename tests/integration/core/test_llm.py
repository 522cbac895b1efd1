"""The model client against a strict server, in good and bad weather."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, Field
from tests.integration.core.fake_openai import KEY, Answer, FakeOpenAI, completion, error, stream

from caseplane.core.llm import (
    Budget,
    CallAccount,
    CallOutcome,
    EndpointSettings,
    Llm,
    LlmBadOutputError,
    LlmBudgetExceededError,
    LlmCircuitOpenError,
    LlmError,
    LlmMisconfiguredError,
    LlmPromptTooLongError,
    LlmRateLimitedError,
    LlmRefusedError,
    LlmRole,
    LlmSettings,
    LlmTimeoutError,
    LlmUnavailableError,
    Message,
    UsageRecord,
)

TENANT = uuid4()
ACCOUNT = CallAccount(TENANT, uuid4())
ASK = [Message("system", "Answer in JSON."), Message("user", "What is the capital of France?")]


class Place(BaseModel):
    name: str = Field(min_length=1, description="as its inhabitants call it")
    kind: Literal["city", "village"] = "city"


class Verdict(BaseModel):
    supported: bool
    confidence: float | None = Field(default=None, ge=0, le=1)
    places: list[Place] = []


class MemoryRecorder:
    def __init__(self) -> None:
        self.records: list[UsageRecord] = []
        self.fails = False

    async def record(self, usage: UsageRecord) -> None:
        if self.fails:
            raise ConnectionError("database is gone")
        self.records.append(usage)

    async def spent(self, tenant_id: UUID, *, since: Any) -> Decimal:
        mine = (r.cost_usd for r in self.records if r.tenant_id == tenant_id)
        return sum(mine, Decimal(0))


@pytest.fixture(autouse=True)
def quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseplane.core.llm.endpoint._FIRST_BACKOFF", 0.001)


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def recorder() -> MemoryRecorder:
    return MemoryRecorder()


def endpoint(server: FakeOpenAI, **changes: Any) -> EndpointSettings:
    values: dict[str, Any] = {
        "model": "test-model",
        "base_url": server.url,
        "api_key": KEY,
        "input_price": "1.00",
        "cached_input_price": "0.50",
        "output_price": "4.00",
        "timeout": timedelta(seconds=5),
        "attempt_timeout": timedelta(seconds=5),
    }
    return EndpointSettings(**{**values, **changes})


@pytest.fixture
async def make_llm(server: FakeOpenAI, recorder: MemoryRecorder) -> AsyncIterator[Any]:
    made: list[Llm] = []

    def make(*, budget: Budget | None = None, limits: Any = None, **changes: Any) -> Llm:
        settings = LlmSettings(answer=endpoint(server, **changes), **(limits or {}))
        made.append(Llm(settings, recorder=recorder, budget=budget))
        return made[-1]

    yield make
    for llm in made:
        await llm.aclose()


async def text(llm: Llm) -> str:
    return await llm.complete_text(LlmRole.answer, ASK, account=ACCOUNT)


async def verdict(llm: Llm) -> Verdict:
    return await llm.complete_json(LlmRole.answer, ASK, Verdict, account=ACCOUNT)


class TestCompleteText:
    async def test_given_healthy_server_when_asked_then_text_and_exact_account(
        self, make_llm: Any, recorder: MemoryRecorder
    ) -> None:
        assert await text(make_llm()) == "ok"

        (record,) = recorder.records
        assert (record.tenant_id, record.session_id) == (TENANT, ACCOUNT.session_id)
        assert (record.input_tokens, record.output_tokens, record.cached_tokens) == (100, 10, 40)
        assert record.cost_usd == Decimal("0.00012")  # 60 x 1.00 + 40 x 0.50 + 10 x 4.00, per million
        assert (record.outcome, record.estimated) == (CallOutcome.ok, False)

    async def test_given_no_usage_in_reply_when_asked_then_estimated_and_marked(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        server.default = completion("four words are here", usage=None)

        await text(make_llm())

        assert recorder.records[0].estimated
        assert recorder.records[0].input_tokens > 5
        assert recorder.records[0].output_tokens == 5

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (error(401), LlmMisconfiguredError),
            (error(403), LlmMisconfiguredError),
            (error(404), LlmMisconfiguredError),
            (error(400, code="context_length_exceeded"), LlmPromptTooLongError),
            (error(400, code="content_filter"), LlmRefusedError),
            (error(429, code="insufficient_quota"), LlmMisconfiguredError),
            (completion("", finish="content_filter"), LlmRefusedError),
            (completion(None, refusal="I cannot."), LlmRefusedError),
            (completion("cut of", finish="length"), LlmBadOutputError),
            (completion(None), LlmBadOutputError),
        ],
    )
    async def test_given_final_failure_when_asked_then_our_error_after_one_attempt(
        self, make_llm: Any, server: FakeOpenAI, answer: Answer, expected: type[LlmError]
    ) -> None:
        server.default = answer

        with pytest.raises(LlmError) as caught:
            await text(make_llm())

        assert type(caught.value) is expected
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            error(500),
            error(503, headers={"retry-after": "0"}),
            error(408),
            Answer(body=b"<html>not json</html>"),
            Answer(body=b"<html>not json</html>", headers={"content-type": "text/html"}),
            Answer(body=b'{"choices": []}'),
            Answer(body=b'{"error": {"message": "hidden in a 200"}}'),
            Answer(body=b"[1, 2]"),
            Answer(body=completion().body, cut_to=40),
            Answer(reset=True),
        ],
        ids=range(10),
    )
    async def test_given_passing_failure_when_asked_then_tried_again_and_answered(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder, answer: Answer
    ) -> None:
        server.queue = [answer]

        assert await text(make_llm()) == "ok"

        outcomes = [r.outcome for r in recorder.records]
        assert outcomes == [CallOutcome.unavailable, CallOutcome.ok]

    async def test_given_lasting_failure_when_asked_then_unavailable_after_all_attempts(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = error(500)

        with pytest.raises(LlmUnavailableError):
            await text(make_llm(max_attempts=4))

        assert len(server.requests) == 4

    async def test_given_rate_limit_when_asked_then_waits_as_told(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.queue = [error(429, headers={"retry-after": "0.3"})]
        began = time.monotonic()

        assert await text(make_llm()) == "ok"

        assert time.monotonic() - began >= 0.3

    async def test_given_retry_after_beyond_deadline_when_asked_then_fails_at_once(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = error(429, headers={"retry-after": "60"})
        began = time.monotonic()

        with pytest.raises(LlmRateLimitedError) as caught:
            await text(make_llm())

        assert caught.value.retry_after == 60
        assert time.monotonic() - began < 2

    async def test_given_hung_reply_when_asked_then_second_attempt_answers_and_first_is_billed(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        server.queue = [Answer(delay=30)]

        assert await text(make_llm(attempt_timeout=timedelta(seconds=0.2))) == "ok"

        hung = recorder.records[0]
        assert (hung.outcome, hung.estimated) == (CallOutcome.timeout, True)
        assert hung.input_tokens > 0

    async def test_given_server_that_hangs_when_asked_then_timeout_within_overall_limit(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = Answer(delay=30)
        llm = make_llm(timeout=timedelta(seconds=0.4), attempt_timeout=timedelta(seconds=0.3), max_attempts=9)
        began = time.monotonic()

        with pytest.raises(LlmTimeoutError):
            await text(llm)

        assert time.monotonic() - began < 1.5

    async def test_given_nobody_listening_when_asked_then_unavailable_and_nothing_billed(
        self, make_llm: Any, recorder: MemoryRecorder
    ) -> None:
        with pytest.raises(LlmUnavailableError):
            await text(make_llm(base_url="http://127.0.0.1:9/v1"))

        assert {r.cost_usd for r in recorder.records} == {Decimal(0)}

    async def test_given_error_that_quotes_the_prompt_when_raised_then_no_word_of_it_is_kept(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = error(400, "Bad prompt: What is the capital of France?")

        with pytest.raises(LlmMisconfiguredError) as caught:
            await text(make_llm())

        assert "France" not in f"{caught.value} {caught.value.members}"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__


class TestDialect:
    async def test_given_server_of_old_parameter_names_when_asked_then_learned_once(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.refused_parameters = {"max_completion_tokens": "Unknown: max_completion_tokens"}
        llm = make_llm()

        await text(llm)
        await text(llm)

        sent = ["max_tokens" in r.body for r in server.requests]
        assert sent == [False, True, True]

    async def test_given_model_without_temperature_when_asked_then_left_out(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.refused_parameters = {"temperature": "Unsupported value: 'temperature'"}

        await text(make_llm(temperature=0.2))

        assert ["temperature" in r.body for r in server.requests] == [True, False]

    @pytest.mark.parametrize("refused", [{"json_schema"}, {"json_schema", "json_object"}])
    async def test_given_server_without_structured_output_when_asked_for_json_then_plainer_form(
        self, make_llm: Any, server: FakeOpenAI, refused: set[str]
    ) -> None:
        server.refused_formats = refused
        server.default = completion('```json\n{"supported": true}\n```')
        llm = make_llm()

        assert (await verdict(llm)).supported
        await verdict(llm)

        assert len(server.requests) == len(refused) + 2
        last = server.requests[-1].body
        assert "JSON Schema" in last["messages"][-1]["content"]
        assert last.get("response_format", {}).get("type") not in refused


class TestCompleteJson:
    async def test_given_fitting_reply_when_asked_then_model_and_strict_schema_sent(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = completion('{"supported": true, "confidence": 0.5, "places": []}')

        assert await verdict(make_llm()) == Verdict(supported=True, confidence=0.5)

        assert server.requests[0].body["response_format"]["json_schema"]["strict"] is True

    @pytest.mark.parametrize("junk", ['{"supported": "perhaps"}', "{", "Sure! Here it is:", "[]"])
    async def test_given_unfit_reply_when_asked_then_shown_its_faults_and_repaired(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder, junk: str
    ) -> None:
        server.queue = [completion(junk), completion('{"supported": false}')]

        assert not (await verdict(make_llm())).supported

        repair = server.requests[1].body["messages"]
        assert repair[-2] == {"role": "assistant", "content": junk}
        assert "does not satisfy" in repair[-1]["content"]
        assert [r.outcome for r in recorder.records] == [CallOutcome.bad_output, CallOutcome.ok]

    async def test_given_reply_unfit_twice_when_asked_then_bad_output_without_its_words(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = completion('{"supported": "customer said hunter2"}')

        with pytest.raises(LlmBadOutputError) as caught:
            await verdict(make_llm())

        assert len(server.requests) == 2
        assert "hunter2" not in str(caught.value)

    async def test_given_cut_off_json_when_asked_then_bad_output_without_repair(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = completion('{"supported": tr', finish="length")

        with pytest.raises(LlmBadOutputError):
            await verdict(make_llm())

        assert len(server.requests) == 1


class TestStreamText:
    async def test_given_stream_when_read_then_pieces_in_order_and_reported_usage(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        server.default = stream("Pa", "ris", ".")

        pieces = [p async for p in make_llm().stream_text(LlmRole.answer, ASK, account=ACCOUNT)]

        assert pieces == ["Pa", "ris", "."]
        assert (recorder.records[0].input_tokens, recorder.records[0].estimated) == (7, False)

    async def test_given_stream_that_breaks_when_read_then_error_after_the_pieces(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        server.default = stream("Pa", "ris", cut=True)
        pieces: list[str] = []

        async def read() -> None:
            async for piece in make_llm().stream_text(LlmRole.answer, ASK, account=ACCOUNT):
                pieces.append(piece)

        with pytest.raises(LlmUnavailableError):
            await read()

        assert pieces == ["Pa", "ris"]
        assert len(server.requests) == 1
        assert recorder.records[0].estimated

    @pytest.mark.parametrize(
        ("finish", "expected"),
        [("length", LlmBadOutputError), ("content_filter", LlmRefusedError)],
    )
    async def test_given_stream_cut_by_the_model_when_read_then_error(
        self, make_llm: Any, server: FakeOpenAI, finish: str, expected: type[LlmError]
    ) -> None:
        server.default = stream("Pa", finish=finish)

        with pytest.raises(expected):
            _ = [p async for p in make_llm().stream_text(LlmRole.answer, ASK, account=ACCOUNT)]

    async def test_given_stream_left_early_when_closed_then_place_is_free_and_cost_kept(
        self, make_llm: Any, server: FakeOpenAI, recorder: MemoryRecorder
    ) -> None:
        server.default = stream("a", "b", "c")
        llm = make_llm(max_concurrency=1)

        left = llm.stream_text(LlmRole.answer, ASK, account=ACCOUNT)
        assert await anext(left) == "a"
        await left.aclose()
        whole = [p async for p in llm.stream_text(LlmRole.answer, ASK, account=ACCOUNT)]
        await llm.aclose()

        assert whole == ["a", "b", "c"]
        assert {r.outcome for r in recorder.records} == {CallOutcome.cancelled, CallOutcome.ok}


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
