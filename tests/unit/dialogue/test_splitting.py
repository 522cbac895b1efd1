import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.dialogue.splitting import split_questions

TASKS = ("delete a workspace", "export invoices", "invite a guest", "rotate the signing secret")


def asked(text: str) -> list[str]:
    return [part.asks for part in split_questions(text)]


class TestSeveral:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            (
                "How do I delete a workspace? And how do I export a workspace?",
                ["How do I delete a workspace?", "How do I export a workspace?"],
            ),
            (
                "how do I delete a workspace and also how do I export a workspace",
                ["how do I delete a workspace", "how do I export a workspace"],
            ),
            (
                "how do I delete a workspace and also export a workspace",
                ["how do I delete a workspace", "How do I export a workspace"],
            ),
            (
                "1. How do I delete a workspace?\n2. How do I export it?",
                ["How do I delete a workspace?", "How do I export it?"],
            ),
            (
                "Two things: how do I delete a workspace and how do I export it?",
                ["how do I delete a workspace", "how do I export it?"],
            ),
            (
                "I have two questions: 1) how to delete a page 2) how to export it",
                ["how to delete a page", "how to export it"],
            ),
            (
                "How do I:\n- delete a workspace\n- export invoices",
                ["How do I delete a workspace", "How do I export invoices"],
            ),
            (
                "First, how do I invite a guest? Second, what does a seat cost?",
                ["how do I invite a guest?", "what does a seat cost?"],
            ),
            (
                "How long are those links good for, and can I send one once more?",
                ["How long are those links good for", "can I send one once more?"],
            ),
            (
                "tell me how to delete a workspace, how to export it and what a seat costs",
                ["tell me how to delete a workspace", "how to export it", "what a seat costs"],
            ),
            (
                "My export fails with error 500. Also, the invitation mail never arrives.",
                ["My export fails with error 500.", "The invitation mail never arrives."],
            ),
            (
                "Wie lösche ich einen Bereich und wie exportiere ich Rechnungen?",
                ["Wie lösche ich einen Bereich", "wie exportiere ich Rechnungen?"],
            ),
            (
                "Ich habe zwei Fragen: Wie kündige ich? Was kostet Pro?",
                ["Wie kündige ich?", "Was kostet Pro?"],
            ),
            (
                "Comment supprimer un espace et comment exporter les factures ?",
                ["Comment supprimer un espace", "comment exporter les factures ?"],
            ),
            (
                "¿Cómo elimino un espacio? ¿Y cómo exporto las facturas?",
                ["¿Cómo elimino un espacio?", "¿Y cómo exporto las facturas?"],
            ),
            (
                "Come elimino uno spazio? E come esporto le fatture?",
                ["Come elimino uno spazio?", "Come esporto le fatture?"],
            ),
        ],
    )
    def test_given_several_questions_when_split_then_each_stands_alone(
        self, text: str, parts: list[str]
    ) -> None:
        assert asked(text) == parts

    def test_given_background_when_split_then_every_question_has_it(self) -> None:
        parts = split_questions(
            "I use the Pro plan on Windows. How do I delete a workspace? What does a seat cost?"
        )

        assert [part.context for part in parts] == ["I use the Pro plan on Windows."] * 2

    def test_given_a_question_that_refers_back_when_split_then_it_has_the_one_before(self) -> None:
        first, second = split_questions("How do I delete a workspace? And how do I undo that?")

        assert first.topic == ""
        assert second.topic == "How do I delete a workspace?"

    @given(
        st.lists(st.sampled_from(TASKS), min_size=2, max_size=4, unique=True),
        st.sampled_from(["? ", "?\n", "?\n\n"]),
    )
    def test_given_questions_in_a_row_when_split_then_none_is_lost(
        self, tasks: list[str], between: str
    ) -> None:
        text = between.join(f"How do I {task}" for task in tasks) + "?"

        assert asked(text) == [f"How do I {task}?" for task in tasks]

    @given(st.lists(st.sampled_from(TASKS), min_size=1, max_size=4))
    def test_given_a_repeated_question_when_split_then_it_is_asked_once(self, tasks: list[str]) -> None:
        text = " ".join(f"How do I {task}?" for task in tasks)

        parts = split_questions(text)

        assert len(parts) == len(set(tasks))


class TestOne:
    @pytest.mark.parametrize(
        "text",
        [
            "I use the Pro plan. The app was installed yesterday. How do I delete a workspace?",
            "Can you help me? How do I delete a workspace?",
            "My export fails with error 500. Why? What can I do?",
            "How do I create a token and use it in a script?",
            "How do I open settings and change my password?",
            "I tried these steps:\n- restart\n- reinstall\nHow do I fix error 12?",
            'Where do I change the text "Do you need help?" in the widget?',
            "What is the difference between Pro and Enterprise?",
            "Do I need a licence or can I use the trial?",
            "When I log in, how do I switch the workspace?",
            "Where is the invoice? I looked in billing. I also looked in settings.",
            "Version 2.9 fails. 3.0 too. What now?",
            "How are you? How do I delete a workspace?",
            "I would like to delete a workspace and all of its files",
        ],
    )
    def test_given_one_question_when_split_then_the_message_stays_whole(self, text: str) -> None:
        (part,) = split_questions(text)

        assert part.asks == text

    @given(st.text(max_size=300))
    def test_given_any_text_when_split_then_its_parts_are_its_own_words(self, text: str) -> None:
        parts = split_questions(text)

        assert parts
        said = " ".join(text.split()).casefold()
        assert all(part.words.casefold() in said for part in parts if len(parts) > 1)


def test_given_codes_when_split_then_each_question_stands_alone() -> None:
    parts = split_questions("Was bedeutet E7 und was bedeutet E9?")

    assert [(part.asks, part.topic) for part in parts] == [("Was bedeutet E7", ""), ("was bedeutet E9?", "")]
