from uuid import uuid4

import pytest

from caseplane.answering import (
    AnswerProblem,
    AnswerSentence,
    Citation,
    DraftAnswer,
    Evidence,
    ProblemKind,
)
from caseplane.gate import (
    SHIPPED_POLICY,
    GateSignals,
    ReasonCode,
    Verdict,
    decide,
    find_conflict,
    measure,
)
from caseplane.gate.measure import covers

BASE = GateSignals(unsafe_input=False, customer_request=False, llm_error=False)


def chunk(text: str, *, title: str = "Refunds", heading: str = "") -> Evidence:
    return Evidence(
        chunk_id=uuid4(),
        document_id=uuid4(),
        title=title,
        uri="a.md",
        heading=heading,
        text=text,
        start=0,
        end=len(text),
        score=0.5,
    )


def drafted(source: Evidence, *, problems: tuple[AnswerProblem, ...] = ()) -> DraftAnswer:
    citation = Citation.of(source, 0, len(source.text), score=source.score)
    sentence = AnswerSentence(text=source.text, citations=(citation,))
    return DraftAnswer(
        content=source.text,
        sentences=(sentence,),
        confidence=0.8,
        relevance=(0.7,),
        problems=problems,
        origin="test",
    )


def measured(draft: DraftAnswer | None, evidence: list[Evidence], withheld: int = 0) -> GateSignals:
    return measure(
        BASE, draft=draft, evidence=evidence, relevance=[], withheld=withheld, policy=SHIPPED_POLICY
    )


class TestMeasure:
    def test_given_good_draft_when_measured_then_the_shipped_policy_passes_it(self) -> None:
        source = chunk("Refunds take 14 days after the parcel arrives.")

        signals = measured(drafted(source), [source])

        assert decide(signals, SHIPPED_POLICY).verdict is Verdict.passed

    def test_given_nothing_found_when_measured_then_no_evidence(self) -> None:
        assert decide(measured(None, []), SHIPPED_POLICY).reason is ReasonCode.no_evidence

    def test_given_only_withheld_evidence_when_measured_then_missing_entitlement(self) -> None:
        decision = decide(measured(None, [], withheld=2), SHIPPED_POLICY)

        assert decision.reason is ReasonCode.missing_entitlement

    def test_given_evidence_and_no_draft_when_measured_then_closed(self) -> None:
        decision = decide(measured(None, [chunk("Some text.")]), SHIPPED_POLICY)

        assert decision.reason is ReasonCode.evaluator_error

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            (ProblemKind.llm_error, ReasonCode.llm_error),
            (ProblemKind.missing_citations, ReasonCode.missing_citations),
        ],
    )
    def test_given_problem_when_measured_then_its_reason(self, kind: ProblemKind, reason: ReasonCode) -> None:
        source = chunk("Refunds take 14 days.")
        draft = drafted(source, problems=(AnswerProblem(kind=kind, detail="x"),))

        assert decide(measured(draft, [source]), SHIPPED_POLICY).reason is reason


class TestFindConflict:
    def test_given_same_statement_with_another_number_when_compared_then_conflict(self) -> None:
        one = chunk("Refunds take 14 days after the parcel arrives.")
        other = chunk("Refunds take 30 days after the parcel arrives.", title="Old policy")

        found = find_conflict(drafted(one).citations, [one, other])

        assert found is not None
        assert "Old policy" in found

    def test_given_same_statement_negated_when_compared_then_conflict(self) -> None:
        one = chunk("Customers can cancel the annual subscription online.")
        other = chunk("Customers cannot cancel the annual subscription online.")

        assert find_conflict(drafted(one).citations, [one, other])

    @pytest.mark.parametrize(
        "text",
        [
            "Refunds take 14 days after the parcel arrives.",
            "Deliveries take 3 days after the order is placed.",
            "Refunds take some days after the parcel arrives.",
        ],
    )
    def test_given_no_contradiction_when_compared_then_none(self, text: str) -> None:
        one = chunk("Refunds take 14 days after the parcel arrives.")

        assert find_conflict(drafted(one).citations, [one, chunk(text)]) is None


class TestCovers:
    @pytest.mark.parametrize(
        ("content", "slot", "expected"),
        [
            ("1. Open it.\n2. Close it.", "steps", True),
            ("Open it.", "steps", False),
            ("It costs ten euros.", "number", True),
            ("Since 2024.", "date", True),
            ("You are eligible.", "eligible", True),
            ("No.", "eligible", False),
        ],
    )
    def test_given_slot_when_checked_then_found_or_not(self, content: str, slot: str, expected: bool) -> None:
        assert covers(content, slot) is expected
