import math
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.answering import Evidence
from caseplane.gate import find_choices, same_question

PAGE = UUID(int=1)


def chunk(
    text: str = "x",
    *,
    title: str = "Refunds",
    heading: str = "",
    score: float = 0.5,
    document: UUID | None = None,
    uri: str = "a.md",
) -> Evidence:
    return Evidence(
        chunk_id=uuid4(),
        document_id=document or uuid4(),
        title=title,
        uri=uri,
        heading=heading,
        text=text,
        start=0,
        end=len(text),
        score=score,
    )


def labels(question: str, found: list[Evidence], relevance: list[float]) -> list[str]:
    return [choice.label for choice in find_choices(question, found, relevance)]


class TestShortQuestion:
    def test_given_two_subjects_when_looked_for_then_both_are_offered(self) -> None:
        found = [
            chunk("Set a new one.", title="Reset password"),
            chunk("Twelve signs.", title="Password rules"),
        ]

        assert labels("password", found, [0.5, 0.48]) == ["Reset password", "Password rules"]

    def test_given_one_subject_when_looked_for_then_none(self) -> None:
        assert labels("password", [chunk(title="Reset password")], [0.5]) == []

    def test_given_sections_about_another_task_when_looked_for_then_only_those_of_this_task_are_offered(
        self,
    ) -> None:
        found = [
            chunk("Open Danger zone.", title="Delete a workspace"),
            chunk("Press Export.", title="Export a workspace"),
            chunk("Press New.", title="New workspaces"),
            chunk("Add one by mail.", title="Workspaces by mail"),
        ]
        near = [0.5, 0.5, 0.5, 0.5]

        assert labels("How do I create a workspace?", found, near) == ["New workspaces", "Workspaces by mail"]
        assert labels("How do I create a workspace?", found[:2], near[:2]) == []

    def test_given_subjects_that_share_no_word_when_looked_for_then_none(self) -> None:
        found = [chunk("one", title="Ingress"), chunk("two", title="Projects")]

        assert labels("capital of France", found, [0.1, 0.1]) == []

    def test_given_a_distant_runner_up_when_looked_for_then_none(self) -> None:
        found = [chunk("one", title="Reset password"), chunk("two", title="Password rules")]

        assert labels("password", found, [0.9, 0.2]) == []


class TestLongQuestion:
    QUESTION = "How long does it take until the first payout reaches my bank account?"

    def test_given_sections_that_stand_out_when_looked_for_then_they_are_offered(self) -> None:
        found = [chunk(f"Text {n}.", title=f"Page {n}", score=0.6 if n < 4 else 0.4) for n in range(8)]

        assert len(labels(self.QUESTION, found, [0.6] * 8)) == 4

    def test_given_many_sections_that_are_alike_when_looked_for_then_none_is_offered(self) -> None:
        found = [chunk(f"Text {n}.", title=f"Page {n}", score=0.5) for n in range(8)]

        assert labels(self.QUESTION, found, [0.6] * 8) == []

    def test_given_nothing_near_when_looked_for_then_none_is_offered(self) -> None:
        found = [chunk(f"Text {n}.", title=f"Page {n}", score=0.5 if n < 4 else 0.4) for n in range(8)]

        assert labels(self.QUESTION, found, [0.35] * 8) == []

    def test_given_a_section_that_repeats_another_when_looked_for_then_it_is_offered_once(self) -> None:
        same = "Payouts reach the bank within three working days of the review."
        found = [
            chunk(same, title="Payouts"),
            chunk(same, title="Payouts (old)"),
            chunk("Fees.", title="Fees"),
        ]

        assert labels(self.QUESTION, found, [0.6] * 3) == ["Payouts", "Fees"]


class TestLabels:
    def test_given_markup_when_labelled_then_only_the_words_are_left(self) -> None:
        found = [
            chunk(
                "one",
                title="**Reset** your `password`",
                heading="**Reset** your `password` > ## [Via mail](x.md) {#m}",
            ),
            chunk("two", title="Password rules &amp; limits"),
        ]

        assert labels("password", found, [0.5, 0.5]) == [
            "Reset your password: Via mail",
            "Password rules & limits",
        ]

    def test_given_sections_of_one_name_when_labelled_then_the_labels_differ(self) -> None:
        found = [
            chunk("In 2 it is 80.", title="Ports", heading="Ports > Version 2 > Change the port"),
            chunk("In 3 it is 443.", title="Ports", heading="Ports > Version 3 > Change the port"),
        ]

        assert labels("port", found, [0.5, 0.5]) == [
            "Ports: Change the port",
            "Ports: Version 3 – Change the port",  # noqa: RUF001
        ]

    def test_given_a_long_name_when_labelled_then_it_is_cut_at_a_word(self) -> None:
        found = [chunk("one", title="Password " + "somewhat " * 20), chunk("two", title="Password rules")]

        (first, _) = labels("password", found, [0.5, 0.5])

        assert len(first) <= 90
        assert first.endswith("somewhat…")

    @given(
        st.lists(
            st.tuples(
                st.text(max_size=120),
                st.text(max_size=150),
                st.floats(0, 1),
                st.floats(-1, 1) | st.just(math.nan),
            ),
            max_size=8,
        ),
        st.text(max_size=60),
    )
    def test_given_any_evidence_when_labelled_then_labels_are_short_and_unlike_each_other(
        self, rows: list[tuple[str, str, float, float]], question: str
    ) -> None:
        found = [chunk(f"text {n}", title=t, heading=h, score=s) for n, (t, h, s, _) in enumerate(rows)]

        offered = labels(question, found, [relevance for *_, relevance in rows])

        assert len({label.casefold() for label in offered}) == len(offered)
        assert all(0 < len(label) <= 90 and "\n" not in label for label in offered)
        assert len(offered) != 1


class TestSameQuestion:
    @pytest.mark.parametrize(
        ("asked", "heading"),
        [
            ("How do I reset the flag?", "How do I reset the flag?"),
            ("how do i reset the flag", "How can I reset the flag?"),
            (
                "Who may reset a flag of another team by hand?",
                "Who may reset a flag of another team by hand ?",
            ),
        ],
    )
    def test_given_a_section_with_the_same_question_when_looked_for_then_it_is_found(
        self, asked: str, heading: str
    ) -> None:
        found = [chunk("Other."), chunk("Do it so.", heading=f"Flags > {heading}", document=PAGE)]

        same = same_question(asked, found)

        assert same is not None
        assert same.document_id == PAGE

    @pytest.mark.parametrize(
        ("asked", "heading"),
        [
            ("How do I reset the flag?", "When is the flag reset?"),
            ("How do I reset the flag?", "How do I reset the password?"),
            ("Can I not reset the flag?", "Can I reset the flag?"),
            ("flag", "Flag"),
        ],
    )
    def test_given_another_question_when_looked_for_then_none(self, asked: str, heading: str) -> None:
        assert same_question(asked, [chunk("Do it so.", heading=heading)]) is None
