from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.documents import Labelled, Verdict, judge, load_labelled, report

PRICE = Labelled(
    id="q", question="What is it?", answerable=True, kind="number", must=(("$20", "20 USD"), ("month",))
)
OPEN = Labelled(id="o", turns=("Hi", "What of it?"), answerable=False)
CITED = [{"uri": "a.md#x"}]


def outcome(
    content: str | None, *, cited: bool = True, escalated: bool = False, choices: Sequence[str] = ()
) -> dict[str, Any]:
    reply = {"content": content, "citations": CITED if cited else [], "confidence": 0.5, "choices": choices}
    return {
        "reply": reply if content is not None else None,
        "escalation": {"reason": "no_evidence"} if escalated else None,
    }


@pytest.mark.parametrize(
    ("labelled", "came", "verdict"),
    [
        (PRICE, outcome("It is $20 a MONTH."), Verdict.right),
        (PRICE, outcome("It is $20."), Verdict.wrong),
        (PRICE, outcome("Which one do you mean?", cited=False), Verdict.asked_back),
        (PRICE, outcome("One of:", cited=False, choices=["Pro", "Team"]), Verdict.asked_back),
        (PRICE, outcome("The documents do not say.", cited=False), Verdict.handed_over),
        (PRICE, outcome(None, escalated=True), Verdict.handed_over),
        (OPEN, outcome("It is blue."), Verdict.false_answer),
        (OPEN, outcome(None, escalated=True), Verdict.handed_over),
    ],
)
def test_given_a_label_when_a_reply_is_judged_then_it_has_the_verdict(
    labelled: Labelled, came: dict[str, Any], verdict: Verdict
) -> None:
    assert judge(labelled, came).verdict is verdict


def test_given_verdicts_when_reported_then_shares_are_of_what_they_are_named_for() -> None:
    judged = [judge(PRICE, outcome("$20 a month")), judge(PRICE, outcome("$9")), judge(OPEN, outcome("Blue"))]

    found = report(judged, [PRICE, PRICE, OPEN])

    assert (found.right, found.wrong, found.false_answers) == (1, 1, 1)
    assert found.right_of_answerable == 0.5
    assert found.wrong_of_answered == pytest.approx(2 / 3)
    assert found.unanswerable_answered == 1
    assert found.by_kind["number"]["right"] == 1


def test_given_a_line_that_asks_nothing_when_loaded_then_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"id": "a", "question": "What?", "answerable": true}\n\n{"id": "b", "answerable": true}\n'
    )

    with pytest.raises(InvalidInputError, match="line 3"):
        load_labelled(file)
