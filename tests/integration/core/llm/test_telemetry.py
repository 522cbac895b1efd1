"""What spans, metrics and logs hold of a model call, and what they must not hold."""

import json
from contextlib import suppress
from uuid import uuid4

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY
from tests.integration.core.fake_openai import KEY, FakeOpenAI, completion, error

from caseplane.core.llm import CallAccount, EndpointSettings, Llm, LlmError, LlmRole, LlmSettings
from caseplane.core.llm.messages import Message

PROMPT = "my diagnosis is private"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("caseplane.core.llm.observe._tracer", provider.get_tracer("test"))
    return exporter


async def ask(server: FakeOpenAI) -> None:
    settings = EndpointSettings(
        model="seen", base_url=server.url, api_key=KEY, max_attempts=1, output_price="4"
    )
    llm = Llm(LlmSettings(answer=settings))
    try:
        account = CallAccount(uuid4(), uuid4())
        await llm.complete_text(LlmRole.answer, [Message("user", PROMPT)], account=account)
    finally:
        await llm.aclose()


def metric(name: str, **labels: str) -> float:
    labels = {"role": "answer", "provider": "openai", "model": "seen", **labels}
    return REGISTRY.get_sample_value(name, labels) or 0.0


class TestTelemetry:
    async def test_given_a_call_when_made_then_span_and_metrics_name_what_it_used(
        self, spans: InMemorySpanExporter
    ) -> None:
        calls = metric("caseplane_llm_calls_total", outcome="ok")
        cost = metric("caseplane_llm_cost_usd_total")
        async with FakeOpenAI() as server:
            await ask(server)

        (span,) = spans.get_finished_spans()
        assert span.name == "chat seen"
        assert span.attributes is not None
        assert span.attributes["gen_ai.provider.name"] == "openai"
        assert span.attributes["gen_ai.usage.input_tokens"] == 100
        assert span.attributes["gen_ai.response.model"] == "test-model-2026-01-01"
        assert metric("caseplane_llm_calls_total", outcome="ok") == calls + 1
        assert metric("caseplane_llm_cost_usd_total") == pytest.approx(cost + 0.00004)

    @pytest.mark.parametrize("answer", [completion(), error(400, PROMPT), error(500, PROMPT)])
    async def test_given_any_outcome_when_seen_in_spans_and_logs_then_no_prompt_and_no_key(
        self, spans: InMemorySpanExporter, answer: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        with structlog.testing.capture_logs() as lines:
            async with FakeOpenAI() as server:
                server.default = answer  # type: ignore[assignment]
                with suppress(LlmError):
                    await ask(server)

        ours = [r.getMessage() for r in caplog.records if r.name.startswith("caseplane")]
        seen = json.dumps([s.to_json() for s in spans.get_finished_spans()]) + str(lines) + str(ours)
        assert "diagnosis" not in seen
        assert KEY not in seen
