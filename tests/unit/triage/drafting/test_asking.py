"""The parts that a language model writes."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.triage.drafting.tickets import configuration, document, ticket

from caseplane.answering import Estimate, Evidence, ProblemKind
from caseplane.core.llm import LlmRole, LlmUnavailableError, Message
from caseplane.triage.drafting import Origin, ReplyWriter, draft

TEXT = "Open Billing, and choose Invoices. Invoices are kept for 10 years."


class Estimator:
    async def estimate(self, question: str, evidence: Sequence[Evidence]) -> Estimate:
        return Estimate(confidence=0.7)


class Model:
    """Answers with one reply, and keeps what it was asked."""

    def __init__(self, reply: dict[str, Any] | Exception) -> None:
        self.reply = reply
        self.asked: list[tuple[LlmRole, Sequence[Message]]] = []

    async def __call__(self, role: LlmRole, messages: Sequence[Message], schema: type[Any]) -> Any:
        self.asked.append((role, messages))
        if isinstance(self.reply, Exception):
            raise self.reply
        return schema.model_validate(self.reply)


def reply(**more: Any) -> dict[str, Any]:
    cited = [{"evidence": 1, "quote": "Open Billing, and choose Invoices."}]
    given = {
        "answerable": True,
        "acknowledgment": "You are looking for an invoice.",
        "explanation": [{"text": "You find it under Billing.", "citations": cited}],
        "action_items": [{"text": "Choose Invoices.", "citations": cited}],
        "requires_escalation": False,
        "reason": "",
    }
    return given | more


async def written(model: Model, **known: Any) -> Any:
    writer = ReplyWriter(model, estimator=Estimator())
    return await writer.write(ticket(**known), [document(TEXT)], tone="formal", language="en")


async def test_given_good_reply_when_written_then_its_parts_make_the_draft() -> None:
    found = await written(Model(reply()))

    made = draft(
        ticket(customer_name="Ada Lovelace"), configuration=configuration(), tone="formal", answer=found
    )

    assert made.origin is Origin.model
    assert made.content.startswith(
        "Dear Ada Lovelace,\n\nYou are looking for an invoice.\n\nYou find it under Billing."
    )
    assert "- Choose Invoices." in made.content
    assert found.draft.problems == ()
    assert made.flags == ()


async def test_given_personal_data_in_a_ticket_when_asked_then_the_model_does_not_read_it() -> None:
    model = Model(reply())

    await written(model, body="I am bob.miller@web.de", customer_name="Bob Miller")

    prompt = model.asked[0][1][1].content
    assert "[email]" in prompt
    assert "miller" not in prompt.casefold()
    assert model.asked[0][0] is LlmRole.small


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"explanation": [{"text": "You get it by mail.", "citations": []}]}, ProblemKind.missing_citations),
        (
            {
                "explanation": [
                    {"text": "It is kept.", "citations": [{"evidence": 1, "quote": "kept for 99 years."}]}
                ]
            },
            ProblemKind.missing_citations,
        ),
        ({"answerable": False}, ProblemKind.insufficient_coverage),
    ],
)
async def test_given_more_than_the_evidence_says_when_written_then_it_cannot_pass(
    more: dict[str, Any], problem: ProblemKind
) -> None:
    found = await written(Model(reply(**more)))

    assert problem in {each.kind for each in found.draft.problems}


@pytest.mark.parametrize(
    "acknowledgment",
    [
        "We will refund you.",
        "Your order 4711 is lost.",
        "See https://evil.example for more.",
        "Ask bob.miller@web.de about it.",
        "x" * 400,
    ],
)
async def test_given_acknowledgment_that_says_more_than_the_ticket_when_written_then_ours_stands_in(
    acknowledgment: str,
) -> None:
    found = await written(Model(reply(acknowledgment=acknowledgment)))

    assert found.acknowledgment == ""


async def test_given_model_that_fails_when_written_then_the_problem_says_so() -> None:
    found = await written(Model(LlmUnavailableError("down")))

    assert [each.kind for each in found.draft.problems] == [ProblemKind.llm_error]


async def test_given_model_that_advises_to_escalate_when_drafted_then_its_reason_is_shown() -> None:
    found = await written(Model(reply(requires_escalation=True, reason="A lawyer  should look at it.")))

    made = draft(ticket(), configuration=configuration(), answer=found)

    assert made.escalation_reasons == ("A lawyer should look at it.",)
