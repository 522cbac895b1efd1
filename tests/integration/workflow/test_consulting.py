"""With a language model the workflow asks where rules are unsure, checks what it is told, and does without it otherwise."""

from dataclasses import replace
from typing import Any, cast

import pytest

from caseplane.core.llm import (
    LlmBadOutputError,
    LlmError,
    LlmRateLimitedError,
    LlmRole,
    LlmTimeoutError,
    Message,
)
from caseplane.triage.configuration import Configuration
from caseplane.triage.loading import shipped
from caseplane.workflow.configurations.active import Active
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.asking import judge

VAGUE = ("Something about my thing", "It is not as it should be since Tuesday, mail me at ada@example.org.")


class FakeModel:
    """Says what a test gave it, and keeps what it was asked."""

    def __init__(self, says: dict[str, Any] | LlmError) -> None:
        self.says, self.asked = says, list[str]()

    def model(self, role: LlmRole) -> str:
        return "small-1"

    async def complete_json(self, role: LlmRole, messages: list[Message], schema: Any, **_: Any) -> Any:
        self.asked.append("\n".join(message.content for message in messages))
        if isinstance(self.says, LlmError):
            raise self.says
        return schema.model_validate(self.says)


def judgement(**more: Any) -> dict[str, Any]:
    return {
        "category": "bug_report", "severity": "medium", "confidence": 0.95, "unknown": False, "reason": "It says so.",
    } | more  # fmt: skip


async def classified(
    workflow: Workflow, model: FakeModel, tenant: Any, *text: str, configuration: Configuration | None = None
) -> Any:
    context = replace(workflow, llm=cast("Any", model))
    active = Active(configuration or shipped(), "test", 1)
    state, _ = await judge(context, context.principal(tenant), *(text or VAGUE), active=active)
    return state


class TestSecondOpinion:
    async def test_given_unsure_rules_when_a_model_is_surer_then_it_decides_and_never_sees_personal_data(
        self, workflow: Workflow, tenant_id: Any
    ) -> None:
        model = FakeModel(judgement())

        state = await classified(workflow, model, tenant_id)

        found = state.results["classify"]
        assert (found.category, found.by, found.model_version) == ("bug_report", "llm", "small-1")
        assert found.category_confidence == 0.9
        assert "ada@example.org" not in model.asked[0]

    async def test_given_sure_rules_when_classified_then_no_model_is_asked(
        self, workflow: Workflow, tenant_id: Any
    ) -> None:
        model = FakeModel(judgement())

        state = await classified(
            workflow, model, tenant_id, "Refund", "Please refund the charge on my invoice, I was overcharged."
        )

        assert (state.results["classify"].category, model.asked) == ("billing", [])

    @pytest.mark.parametrize(
        "says",
        [
            judgement(category="made_up"), judgement(confidence=0.01),
            LlmTimeoutError("slow"), LlmBadOutputError("junk"), LlmRateLimitedError("busy"),
        ],
        ids=["unknown category", "unsure", "slow", "junk", "rate limited"],
    )  # fmt: skip
    async def test_given_a_model_that_is_of_no_use_when_classified_then_rules_decide(
        self, workflow: Workflow, tenant_id: Any, says: Any
    ) -> None:
        state = await classified(workflow, FakeModel(says), tenant_id)

        assert state.results["classify"].by == "keywords"
        assert state.results["route"].team
        assert [each.split(":")[0] for each in state.degraded] == (
            ["classify"] if isinstance(says, LlmError) else []
        )

    async def test_given_the_flag_is_off_when_classified_then_no_model_is_asked(
        self, workflow: Workflow, tenant_id: Any
    ) -> None:
        data = shipped().model_dump(mode="json")
        data["flags"]["ai_classification"] = False
        model = FakeModel(judgement())

        await classified(workflow, model, tenant_id, configuration=Configuration.model_validate(data))

        assert model.asked == []


class TestReadByModel:
    async def test_given_values_of_a_model_when_read_then_only_those_that_stand_in_the_ticket_are_kept(
        self, workflow: Workflow, tenant_id: Any
    ) -> None:
        data = shipped().model_dump(mode="json")
        data["fields"] |= {"room": {"kind": "model", "description": "The room that is meant."}}
        data["categories"]["billing"]["required"] = ["room"]
        said = [{"field": "room", "value": "the blue one"}, {"field": "room", "value": "the red one"},
                {"field": "other", "value": "Refund"}]  # fmt: skip

        state = await classified(
            workflow, FakeModel({"values": said}), tenant_id, "Refund", "Refund my invoice for the blue one.",
            configuration=Configuration.model_validate(data),
        )  # fmt: skip

        found = state.results["extract"]
        (field,) = [each for each in found.fields if each.name == "room"]
        assert (field.value, state.text.whole[slice(*field.span)]) == ("the blue one", "the blue one")
        assert found.missing_required == ()
