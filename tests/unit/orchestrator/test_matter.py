import pytest
from tests.unit.orchestrator.transcripts import said

from caseplane.orchestrator.conversations.matter import asked_in, question_of, subject_of


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("hi", ""),
        ("thanks!", ""),
        ("I want to talk to a human", ""),
        ("How do I reset the flag? I want to talk to a human.", "How do I reset the flag?"),
        ("Hi! How do I reset the flag?", "How do I reset the flag?"),
        ("Ich möchte mit einem Mitarbeiter sprechen. Wie setze ich das Flag zurück?", "Wie setze ich das Flag zurück?"),
    ],
)  # fmt: skip
def test_given_a_message_when_read_then_only_what_it_asks_is_its_question(text: str, asked: str) -> None:
    assert asked_in(text) == asked


class TestQuestionOf:
    def test_given_a_solved_question_and_one_that_failed_when_looked_for_then_the_one_that_failed(
        self,
    ) -> None:
        messages = said(
            ("customer", "hi"),
            ("customer", "How do I rotate keys?"),
            ("assistant", "With a command.", "answer"),
            ("customer", "Why is my invoice higher in March?"),
            ("customer", "can I talk to a person"),
        )

        found = question_of(messages)

        assert found is not None
        assert found.content == "Why is my invoice higher in March?"

    def test_given_a_reply_to_a_clarifying_question_when_looked_for_then_the_first_question(self) -> None:
        messages = said(
            ("customer", "How do I delete it all?"),
            ("assistant", "Which one?", "clarification"),
            ("customer", "The workspace of the old team"),
        )

        found = question_of(messages)

        assert found is not None
        assert found.content == "How do I delete it all?"

    def test_given_only_a_greeting_and_a_wish_for_a_person_when_looked_for_then_none(self) -> None:
        assert question_of(said(("customer", "hello"), ("customer", "I want to talk to a human"))) is None


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("**Export** fails\nsince `v2`", "Export fails since v2"),
        ("See [the page](https://x.example/a) for snake_case", "See the page for snake_case"),
        ("# Help", "Help"),
        ("***", "***"),
    ],
)
def test_given_markup_when_a_subject_is_made_then_it_is_one_plain_line(text: str, subject: str) -> None:
    assert subject_of(text) == subject


def test_given_a_long_question_when_a_subject_is_made_then_it_is_cut_at_a_word() -> None:
    subject = subject_of("word " * 100)

    assert len(subject) <= 120
    assert subject.endswith("word…")
