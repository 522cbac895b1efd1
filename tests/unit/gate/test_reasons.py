import pytest

from caseplane.gate import ReasonCode


class TestReasonCode:
    @pytest.mark.parametrize("reason", ReasonCode)
    def test_given_a_reason_when_read_then_it_has_texts_for_customer_and_agent(
        self, reason: ReasonCode
    ) -> None:
        assert ReasonCode.known(reason.value) is reason
        assert ReasonCode.explain(reason.value) == reason.explanation
        assert reason.explanation.endswith(".")
        assert reason.next_step.endswith(".")

    @pytest.mark.parametrize(
        "inside", [ReasonCode.llm_error, ReasonCode.evaluator_error, ReasonCode.unsafe_input]
    )
    def test_given_a_fault_inside_when_explained_then_the_customer_reads_nothing_of_it(
        self, inside: ReasonCode
    ) -> None:
        assert inside.explanation == "This needs a person."

    def test_given_a_code_of_a_newer_version_when_explained_then_a_person_is_needed(self) -> None:
        assert ReasonCode.known("out_of_hours") is None
        assert ReasonCode.explain("out_of_hours") == "This needs a person."
