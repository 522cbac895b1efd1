import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.dialogue.picking import Pick, PickKind, picked

LABELS = ("Workspaces: Delete a workspace", "Keys of the webhook endpoint", "API keys: Rotate")
NOT_OFFERED = "How do I change the colour of the login page?"
WORDS = st.lists(
    st.sampled_from("billing export guests roles webhooks tokens themes backups audit seats".split()),
    min_size=2,
    max_size=3,
    unique=True,
).map(" ".join)


def chosen(text: str, labels: tuple[str, ...] = LABELS) -> list[int] | None:
    """The places picked, counted from 1; empty for none of them, None for another subject."""
    found = picked(text, labels)
    if found is None:
        return None
    return [place + 1 for place in found.places]


class TestByPlace:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            *((text, 1) for text in ("1", "1.", "(1)", "#1", "No. 1", "1️⃣", "①", "A", "a)", "one", "the 1st")),
            *((text, 1) for text in ("first", "The first one, please", "the former", "I mean the first")),
            *(
                (text, 2)
                for text in ("2", "second", "the second one", "option 2", "number two", "no, the second one")
            ),
            *(
                (text, 3)
                for text in ("last", "the latter", "the third option sounds right", "let's go with 3")
            ),
            *((text, 2) for text in ("die zweite", "das zweite bitte", "Nummer 2", "la deuxième", "le 2")),
            *(
                (text, 2)
                for text in (
                    "la segunda",
                    "el segundo por favor",
                    "il secondo, grazie",
                    "a segunda",
                    "de tweede",
                )
            ),
            *(
                (text, 3)
                for text in ("letzteres", "die letzte", "le dernier", "ce dernier", "el último", "l'ultima")
            ),
        ],
    )
    def test_given_a_number_or_a_place_when_read_then_it_is_picked(self, text: str, place: int) -> None:
        assert chosen(text) == [place]

    @pytest.mark.parametrize(
        ("text", "places"),
        [
            ("1 and 3", [1, 3]),
            ("the second and the third", [2, 3]),
            ("the first two", [1, 2]),
            ("les deux premiers", [1, 2]),
            ("not the first one", [2, 3]),
            ("the first, not the second", [1]),
            ("primera y tercera", [1, 3]),
            *(
                (text, [1, 2, 3])
                for text in ("both", "all of them", "all three", "alle drei", "toutes", "los dos")
            ),
            *(
                (text, [1, 2, 3])
                for text in ("beide", "tutti e due", "either", "les deux", "entrambi", "allebei")
            ),
        ],
    )
    def test_given_several_when_read_then_all_of_them_are_picked(self, text: str, places: list[int]) -> None:
        assert chosen(text) == places

    @pytest.mark.parametrize(
        "text",
        "none of them|neither|None|no|nope|something else|neither of the two|I don't know|keine davon|etwas anderes"
        "|weiß nicht|aucune|autre chose|ninguna de ellas|otra cosa|nessuno dei due|qualcos'altro|nenhum|geen van beide".split(
            "|"
        ),
    )
    def test_given_a_refusal_when_read_then_none_is_picked(self, text: str) -> None:
        assert picked(text, LABELS) == Pick(PickKind.none)

    @pytest.mark.parametrize("text", ["yes", "ok", "4", "0", "ja"])
    def test_given_a_reply_that_names_none_when_read_then_it_is_unclear(self, text: str) -> None:
        assert picked(text, LABELS) == Pick(PickKind.unclear)

    @pytest.mark.parametrize(
        "text",
        [
            "2 users cannot log in",
            "last week it worked",
            "I want to talk to a human",
            "thanks",
            "First, how do I delete? Second, how do I export?",
            "1. How do I invite a guest?\n2. How do I remove one?",
            NOT_OFFERED,
        ],
    )
    def test_given_another_subject_when_read_then_nothing_is_picked(self, text: str) -> None:
        assert picked(text, LABELS) is None

    @pytest.mark.parametrize(
        ("text", "place", "rest"),
        [
            ("the second one, and how do I undo it?", 2, "and how do I undo it?"),
            ("2 - on Windows", 2, "on Windows"),
            ("second one on Windows", 2, "on Windows"),
        ],
    )
    def test_given_more_beside_the_place_when_read_then_it_is_kept(
        self, text: str, place: int, rest: str
    ) -> None:
        assert picked(text, LABELS) == Pick(PickKind.chosen, (place - 1,), rest)

    def test_given_a_refusal_and_a_question_when_read_then_the_question_is_kept(self) -> None:
        found = picked("none of these, how do I export invoices?", LABELS)

        assert found == Pick(PickKind.none, rest="how do I export invoices?")

    @given(
        st.integers(1, 5),
        st.integers(1, 5),
        st.sampled_from(["{}", "#{}", "{}.", "({})", "no. {}", "option {} please"]),
    )
    def test_given_any_number_when_read_then_only_one_that_was_offered_is_picked(
        self, count: int, number: int, form: str
    ) -> None:
        labels = tuple(f"Subject {'abcde'[place]}" for place in range(count))

        found = picked(form.format(number), labels)

        assert found == (Pick(PickKind.chosen, (number - 1,)) if number <= count else Pick(PickKind.unclear))


class TestByName:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("workspaces: delete a workspace", 1),
            ("1. Workspaces: Delete a workspace", 1),
            ("Delete workspace", 1),
            ("keys of the w", 2),
            ("the one about webhooks", 2),
            ("webhok endpont", 2),
            ("webhooks please", 2),
            ("it's about rotating the API keys", 3),
        ],
    )
    def test_given_words_that_one_label_has_when_read_then_it_is_picked(self, text: str, place: int) -> None:
        assert chosen(text) == [place]

    def test_given_a_word_that_several_labels_have_when_read_then_nothing_is_picked(self) -> None:
        assert picked("keys", LABELS) is None

    def test_given_words_of_two_labels_when_joined_then_both_are_picked(self) -> None:
        assert chosen("webhooks and workspaces") == [1, 2]

    def test_given_a_question_that_shares_a_word_when_read_then_it_is_a_question(self) -> None:
        assert picked("How much does a workspace cost?", LABELS) is None

    @given(st.lists(WORDS, min_size=1, max_size=4, unique=True), st.data())
    def test_given_any_label_when_it_is_the_reply_then_it_is_picked_whatever_its_case_and_spaces(
        self, labels: list[str], data: st.DataObject
    ) -> None:
        place = data.draw(st.integers(0, len(labels) - 1))
        text = data.draw(st.sampled_from([str.upper, str.title, "  {} ".format, "“{}”.".format]))(
            labels[place]
        )

        found = picked(text, labels)

        assert found is not None
        assert [labels[each] for each in found.places] == [labels[place]]


@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=5))
def test_given_any_texts_when_read_then_only_what_was_offered_is_picked(text: str, labels: list[str]) -> None:
    found = picked(text, labels)

    if found is not None:
        assert all(0 <= place < len(labels) for place in found.places)
        assert bool(found.places) == (found.kind is PickKind.chosen)
        assert found.rest in text
