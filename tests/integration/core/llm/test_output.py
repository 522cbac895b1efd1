"""Replies in other forms: validated JSON, streams, and servers that support less of the API."""

from typing import Any

import pytest
from tests.integration.core.fake_openai import FakeOpenAI, completion, stream
from tests.integration.core.llm.asking import ACCOUNT, ASK, MemoryRecorder, Verdict, text, verdict

from caseplane.core.llm import (
    CallOutcome,
    LlmBadOutputError,
    LlmError,
    LlmRefusedError,
    LlmRole,
    LlmUnavailableError,
)


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
    async def test_given_unfit_reply_when_asked_then_repaired_after_its_faults_are_sent_back(
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
