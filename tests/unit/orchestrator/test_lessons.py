import pytest
from tests.unit.orchestrator.transcripts import said

from caseplane.orchestrator.cases.lessons import Lesson, lesson_of
from caseplane.orchestrator.cases.likeness import alike, fingerprint
from caseplane.orchestrator.cases.schemas import Why
from caseplane.orchestrator.conversations.states import Resolution

FLAG = "How do I reset the flag?"
ANSWER = "Run `flags reset NAME` as an admin, then restart the worker."


def lesson(*messages: tuple[str, str] | tuple[str, str, str], by: Resolution = Resolution.agent) -> Lesson:
    made = said(*messages)
    for seq, message in enumerate(made, 1):
        message.seq = seq
        message.citations = [{}] if message.meta["kind"] == "answer" else []
    found = lesson_of(made, by)
    assert found is not None
    return found


class TestTeaches:
    def test_given_a_question_and_an_agents_answer_when_solved_then_these_are_taught(self) -> None:
        found = lesson(
            ("customer", "hi"),
            ("customer", FLAG),
            ("customer", "I want to talk to a human"),
            ("agent", f"Hi Ada, {ANSWER} Let me know if it helps."),
            ("customer", "thanks!"),
        )

        assert found == Lesson(FLAG, ANSWER)

    def test_given_two_answers_of_which_one_was_turned_away_when_solved_then_the_other_is_taught(
        self,
    ) -> None:
        found = lesson(
            ("customer", FLAG),
            ("agent", "Press the red button on the back of the machine."),
            ("customer", "that did not work"),
            ("agent", ANSWER),
        )

        assert found == Lesson(FLAG, ANSWER)

    def test_given_the_assistants_answer_when_the_customer_confirms_then_it_is_taught(self) -> None:
        found = lesson(("customer", FLAG), ("assistant", ANSWER, "answer"), by=Resolution.confirmed)

        assert found == Lesson(FLAG, ANSWER)

    def test_given_an_agents_mail_when_solved_then_its_signature_and_history_are_not_taught(self) -> None:
        mail = f"{ANSWER}\n\nBest regards,\nKim Lee\nAcme Support\n\nOn 3 Mar 2026 at 10:12, Ada wrote:\n> {FLAG}"

        assert lesson(("customer", FLAG), ("agent", mail)) == Lesson(FLAG, ANSWER)


@pytest.mark.parametrize(
    ("why", "messages"),
    [
        (Why.no_question, [("customer", "I want to talk to a human"), ("agent", "Fixed by resetting the flag.")]),
        (Why.no_question, [("customer", "hello"), ("agent", ANSWER)]),
        (Why.no_answer, [("customer", FLAG)]),
        (Why.no_answer, [("customer", FLAG), ("assistant", ANSWER, "answer")]),
        (Why.turned_away, [("customer", FLAG), ("agent", ANSWER), ("customer", "that did not work")]),
        (Why.turned_away, [("customer", FLAG), ("agent", ANSWER), ("customer", "das hat nicht geholfen")]),
        (Why.only_done, [("customer", FLAG), ("agent", "Fixed by resetting the flag.")]),
        (Why.only_done, [("customer", FLAG), ("agent", "Done. Let me know if you need more.")]),
        (Why.only_done, [("customer", FLAG), ("agent", "We are looking into it.")]),
        (Why.only_done, [("customer", "Wie setze ich es zurück?"), ("agent", "Das Problem ist behoben.")]),
        (Why.person_bound, [("customer", "How do refunds work?"), ("agent", "I have refunded you 20 €.")]),
        (Why.person_bound, [("customer", "I cannot log in."), ("agent", f"I reset your password. {ANSWER}")]),
        (Why.person_bound, [("customer", "Where is my order?"), ("agent", "The parcel arrives on Friday by truck.")]),
    ],
)  # fmt: skip
def test_given_a_case_that_helps_nobody_else_when_solved_then_it_teaches_nothing_and_says_why(
    why: Why, messages: list[tuple[str, str]]
) -> None:
    assert lesson(*messages).why_not is why


class TestLikeness:
    def test_given_the_same_question_in_other_words_of_grammar_when_compared_then_equal(self) -> None:
        assert fingerprint("How do I reset the flag?", []) == fingerprint("how can I reset flags", [])

    def test_given_the_same_question_for_another_group_when_compared_then_different(self) -> None:
        assert fingerprint(FLAG, ["board"]) != fingerprint(FLAG, [])

    def test_given_resolutions_when_compared_then_alike_only_with_nearly_the_same_words(self) -> None:
        assert alike(ANSWER, ANSWER + " Thanks")
        assert not alike(ANSWER, "Delete the flag and create it again.")
