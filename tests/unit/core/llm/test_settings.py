from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from caseplane.core.llm import EndpointSettings, LlmRole, LlmSettings, Message, build_llm


class TestLlmSettings:
    def test_given_nothing_configured_when_built_then_no_llm(self) -> None:
        assert build_llm(LlmSettings()) is None

    def test_given_environment_when_read_then_nested_by_role(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CASEPLANE_LLM_ANSWER__MODEL", "big")
        monkeypatch.setenv("CASEPLANE_LLM_ANSWER__API_KEY", "sk-1")
        monkeypatch.setenv("CASEPLANE_LLM_ANSWER__TIMEOUT", "PT40S")
        monkeypatch.setenv("CASEPLANE_LLM_ANSWER__INPUT_PRICE", "2.50")
        monkeypatch.setenv("CASEPLANE_LLM_ANSWER__FALLBACK__MODEL", "spare")
        monkeypatch.setenv("CASEPLANE_LLM_ANSWER__FALLBACK__BASE_URL", "http://localhost:11434/v1")
        monkeypatch.setenv("CASEPLANE_LLM_MONTHLY_BUDGET_USD", "20")

        settings = LlmSettings()

        assert settings.answer is not None
        assert settings.answer.timeout == timedelta(seconds=40)
        assert settings.answer.input_price == Decimal("2.50")
        assert settings.answer.fallback is not None
        assert settings.answer.fallback.model == "spare"

    def test_given_only_an_answer_model_when_asked_by_role_then_it_is_used(self) -> None:
        answer = EndpointSettings(model="big", api_key="sk-1")
        small = EndpointSettings(model="little", api_key="sk-1")

        assert LlmSettings(answer=answer).endpoint(LlmRole.rerank) == answer
        assert LlmSettings(answer=answer, small=small).endpoint(LlmRole.rerank) == small
        assert LlmSettings(small=small).endpoint(LlmRole.answer) is None

    def test_given_secrets_when_shown_then_masked(self) -> None:
        settings = LlmSettings(answer=EndpointSettings(model="m", api_key="sk-very-secret"))

        shown = f"{settings!r} {settings} {settings.model_dump_json()}"

        assert "very-secret" not in shown

    def test_given_message_when_shown_then_its_words_are_not(self) -> None:
        assert "secret" not in repr([Message("user", "secret words")])


class TestEndpointSettings:
    @pytest.mark.parametrize(
        ("values", "complaint"),
        [
            ({}, "needs an api_key"),
            ({"provider": "azure", "api_key": "k"}, "needs a base_url"),
            ({"provider": "bedrock"}, "needs a region"),
            ({"provider": "vertex", "project": "p"}, "needs a project and a region"),
            ({"api_key": "k", "timeout": "PT1S", "attempt_timeout": "PT2S"}, "longer than timeout"),
            ({"api_key": "k", "timeout": "PT0S"}, "greater than"),
            ({"api_key": "k", "base_url": "ftp://x"}, "URL scheme"),
            ({"api_key": "k", "input_price": "-1"}, "greater than"),
            ({"api_key": "k", "modell": "x"}, "Extra inputs"),
        ],
    )
    def test_given_invalid_values_when_read_then_refused_with_a_message(
        self, values: dict[str, str], complaint: str
    ) -> None:
        with pytest.raises(ValidationError, match=complaint):
            EndpointSettings.model_validate({"model": "m", **values})
