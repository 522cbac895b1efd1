import pytest

from caseplane.dialogue import Act, After, Said, understand
from caseplane.dialogue.segments import is_said_in

ANSWERED = After(Said.answer)
ASKED_BACK = After(Said.clarification)


class TestAlone:
    @pytest.mark.parametrize(
        ("text", "act"),
        [
            ("hi", Act.greeting),
            ("Hellooo!!", Act.greeting),
            ("👋", Act.greeting),
            ("Good morning, quick question", Act.announcement),
            ("Hi, I need help please", Act.announcement),
            ("are you a bot?", Act.asks_about_assistant),
            ("Hi! Who am I talking to?", Act.asks_about_assistant),
            ("thanks", Act.thanks),
            ("Thank you so much for your help!!", Act.thanks),
            ("have a nice day", Act.farewell),
            ("How do I delete a workspace?", Act.question),
            ("keys", Act.question),
            ("The export does not work", Act.question),
            ("I want to talk to a human", Act.wants_person),
        ],
    )
    def test_given_nothing_said_before_when_read_then_the_act(self, text: str, act: Act) -> None:
        assert understand(text).act is act


class TestAfterAnAnswer:
    @pytest.mark.parametrize(
        ("text", "act"),
        [
            ("ok", Act.acknowledgement),
            ("👍", Act.acknowledgement),
            ("alright, got it", Act.acknowledgement),
            ("?", Act.doubt),
            ("are you sure?", Act.doubt),
            ("Source?", Act.doubt),
            ("where does it say that", Act.doubt),
            ("that did not work", Act.failure),
            ("still the same", Act.failure),
            ("I already tried that", Act.failure),
            ("👎", Act.failure),
            ("That worked, thanks!", Act.confirmation),
            ("thanks, and how do I delete it?", Act.question),
        ],
    )
    def test_given_an_answer_before_when_read_then_the_act(self, text: str, act: Act) -> None:
        assert understand(text, after=ANSWERED).act is act


class TestQuestions:
    @pytest.mark.parametrize(
        ("text", "asked"),
        [
            ("good morning, quick question: how do I export?", "how do I export?"),
            ("Hi! Thanks for the help yesterday. My export fails", "My export fails"),
            ("ok, but what about guests?", "but what about guests?"),
            ("hi how do I export", "how do I export"),
            ("How do I export? Thanks in advance!", "How do I export?"),
        ],
    )
    def test_given_small_talk_around_when_read_then_left_out(self, text: str, asked: str) -> None:
        assert understand(text, after=ANSWERED).questions == (asked,)


def test_given_a_refusal_when_choices_were_offered_then_none_of_them_is_meant() -> None:
    assert understand("no", after=ASKED_BACK).act is Act.none_of_them
    assert understand("neither", after=ASKED_BACK).act is Act.none_of_them


@pytest.mark.parametrize(
    "text",
    [
        "non ha funzionato",
        "non ha risolto",
        "non ha funzionato, grazie",
        "purtroppo no",
        "nicht gelöst",
        "das Problem ist leider nicht gelöst",
        "it's not solved",
        "problem not fixed yet",
    ],
)
def test_given_a_success_that_is_denied_when_read_after_an_answer_then_it_failed(text: str) -> None:
    assert understand(text, after=ANSWERED).act is Act.failure


@pytest.mark.parametrize(("language", "also"), [("fr", True), ("de", True), ("es", False)])
def test_given_thanks_that_several_languages_know_when_asked_then_each_of_them_says_it(
    language: str, also: bool
) -> None:
    assert is_said_in(language, "Merci!") is also
