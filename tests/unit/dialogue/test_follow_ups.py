import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.dialogue.follow_ups import stands_alone, wordings
from caseplane.dialogue.matters import is_new_matter

DELETE = "How do I delete a workspace?"
LOESCHEN = "Wie lösche ich einen Arbeitsbereich?"


class TestWordings:
    @pytest.mark.parametrize(
        ("asked", "text", "full"),
        [
            (DELETE, "and how do I create one?", "how do I create workspace?"),
            (DELETE, "who can see it?", "who can see workspace?"),
            (DELETE, "Can guests export it?", "Can guests export workspace?"),
            (DELETE, "how long does that take?", "how long does workspace take?"),
            ("What is the Pro plan?", "how much is it?", "how much is Pro plan?"),
            ("How do I install the agent on Linux?", "and on Windows?", "How do I install the agent on Windows?"),
            ("How much does the Pro plan cost?", "and the Business plan?", "How much does the Business plan cost?"),
            (DELETE, "what about guests?", "How do I delete a workspace guests?"),
            (DELETE, "and if I am not an admin?", "How do I delete a workspace if I am not an admin?"),
            (LOESCHEN, "und wie erstelle ich einen?", "wie erstelle ich Arbeitsbereich?"),
            (LOESCHEN, "und unter Windows?", "Wie lösche ich einen Arbeitsbereich unter Windows?"),
            ("Comment créer un projet ?", "et comment le supprimer ?", "comment le supprimer projet?"),
            ("¿Cómo elimino un espacio de trabajo?", "¿y cómo lo creo?", "cómo espacio de trabajo creo?"),
            ("Come elimino uno spazio di lavoro?", "e come ne creo uno?", "come ne creo spazio di lavoro?"),
            ("Como excluo um espaço?", "e como crio um?", "como crio um espaço?"),
            ("Hoe verwijder ik een werkruimte?", "en hoe maak ik er een?", "hoe maak ik er een werkruimte?"),
        ],
    )  # fmt: skip
    def test_given_a_follow_up_when_filled_then_it_has_the_topic(
        self, asked: str, text: str, full: str
    ) -> None:
        def plain(words: str) -> list[str]:
            return sorted(words.casefold().replace("¿", "").replace("?", " ").split())

        assert plain(full) == plain(wordings(text, asked)[0])

    @pytest.mark.parametrize(
        "text",
        [
            "How do I export a project?",
            "and how do I export a project?",
            "Which file formats can be ingested into a knowledge base?",
            "Is it possible to export a report?",
            "My backup fails, how do I fix it?",
            "How do I get the data that I uploaded?",
            "does this workspace have a trash?",
            "I want to cancel my subscription",
            "Wie exportiere ich meine Daten?",
        ],
    )
    def test_given_a_clear_question_when_filled_then_it_starts_anew(self, text: str) -> None:
        assert stands_alone(text)
        assert wordings(text, "How do I delete a tag?") == (text.removeprefix("and "),)

    def test_given_background_before_the_question_when_followed_up_then_the_question_has_the_topic(
        self,
    ) -> None:
        asked = "We are a school with 300 pupils. How do I delete a workspace?"

        assert wordings("and how do I create one?", asked)[0] == "how do I create workspace?"

    @given(st.text(max_size=80), st.text(max_size=80))
    def test_given_any_texts_when_filled_then_there_is_something_to_search_for(
        self, text: str, asked: str
    ) -> None:
        assert len(wordings(text, asked)) >= 1


class TestIsNewMatter:
    CASE = ("Why was I charged twice in March?",)

    @pytest.mark.parametrize(
        "text",
        ["How do I export a workspace?", "Where do I find the API keys?", "Wie lösche ich einen Ordner?"],
    )
    def test_given_another_question_when_read_then_new(self, text: str) -> None:
        assert is_new_matter(text, self.CASE)

    @pytest.mark.parametrize(
        "text",
        [
            "It happened again",
            "still broken",
            "Why was I charged again in April?",
            "When will I get it?",
            "The charge of March is still there",
            "and what about April?",
            "Es ist schon wieder passiert",
        ],
    )
    def test_given_more_of_the_same_when_read_then_not_new(self, text: str) -> None:
        assert not is_new_matter(text, self.CASE)


@pytest.mark.parametrize(
    ("text", "asked", "alone"),
    [
        ("And when will I be refunded?", "How do I return an item?", "when will I be refunded?"),
        ("Et quand suis-je remboursé ?", "Comment renvoyer un article ?", "quand suis-je remboursé ?"),
    ],
)
def test_given_a_clause_that_may_be_a_question_of_its_own_when_joined_then_it_is_also_searched_for_alone(
    text: str, asked: str, alone: str
) -> None:
    assert wordings(text, asked)[-1] == alone
