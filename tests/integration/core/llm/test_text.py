"""Replies as text: what is recorded, what is tried again, and what is final."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.core.fake_openai import Answer, FakeOpenAI, completion, error
from tests.integration.core.llm.asking import ACCOUNT, TENANT, MemoryRecorder, text

from caseplane.core.llm import (
    CallOutcome,
    LlmBadOutputError,
    LlmError,
    LlmMisconfiguredError,
    LlmPromptTooLongError,
    LlmRateLimitedError,
    LlmRefusedError,
    LlmTimeoutError,
    LlmUnavailableError,
)


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

    async def test_given_rate_limit_when_asked_then_waits_for_retry_after(
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

    async def test_given_no_server_when_asked_then_unavailable_and_nothing_billed(
        self, make_llm: Any, recorder: MemoryRecorder
    ) -> None:
        with pytest.raises(LlmUnavailableError):
            await text(make_llm(base_url="http://127.0.0.1:9/v1"))

        assert {r.cost_usd for r in recorder.records} == {Decimal(0)}

    async def test_given_error_that_quotes_the_prompt_when_raised_then_none_of_it_is_kept(
        self, make_llm: Any, server: FakeOpenAI
    ) -> None:
        server.default = error(400, "Bad prompt: What is the capital of France?")

        with pytest.raises(LlmMisconfiguredError) as caught:
            await text(make_llm())

        assert "France" not in f"{caught.value} {caught.value.members}"
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
