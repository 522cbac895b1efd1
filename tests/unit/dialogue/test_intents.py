# ruff: noqa: RUF001 - disguises and other scripts are the subject here
import pytest

from caseplane.dialogue.intents import is_confirmation, is_thanks, wants_person


class TestWantsPerson:
    @pytest.mark.parametrize(
        "text",
        [
            "I want to talk to a human",
            "can I speak with a real person please?",
            "connect me to an agent",
            "Transfer me to customer support",
            "human",
            "Agent please!",
            "I need a representative.",
            "Get me your manager now",
            "Is there someone I can talk to?",
            "This bot is useless. Let me talk to someone",
            "Ich möchte mit einem Menschen sprechen",
            "Verbinden Sie mich bitte mit einem Mitarbeiter",
            "Je voudrais parler à un conseiller",
            "Quiero hablar con una persona",
            "Vorrei parlare con un operatore",
            "Quero falar com um atendente",
            "Ik wil met een medewerker spreken",
            "Хочу поговорить с оператором",
            "转人工",
            "担当者に話したい",
        ],
    )
    def test_given_the_wish_when_read_then_seen(self, text: str) -> None:
        assert wants_person(text)

    @pytest.mark.parametrize(
        "text",
        [
            "How do I install the agent?",
            "The agent failed to connect to the server",
            "I don't want to talk to a person",
            "Someone stole my card",
            "Do I need to speak to a representative to change my PIN?",
            "How do I transfer money to someone?",
            "Which role lets a person approve deployments?",
            "the operator pod is crashing",
            "",
        ],
    )
    def test_given_a_question_about_the_subject_when_read_then_not_seen(self, text: str) -> None:
        assert not wants_person(text)


class TestIsConfirmation:
    @pytest.mark.parametrize(
        "text",
        [
            "That worked, thanks!",
            "It works now",
            "Problem solved.",
            "yes, that helped",
            "All good now, no more questions",
            "you can close this ticket",
            "Fixed it!",
            "Danke, es funktioniert jetzt",
            "Ça marche, merci",
            "Ya funciona, gracias",
            "Problema risolto",
            "解决了，谢谢",
        ],
    )
    def test_given_it_is_over_when_read_then_confirmed(self, text: str) -> None:
        assert is_confirmation(text)

    @pytest.mark.parametrize(
        "text",
        [
            "thanks",
            "That didn't work",
            "It works but slowly",
            "Is it fixed?",
            "Still not solved",
            "How does it work?",
            "Danke, aber es funktioniert nicht",
            "Thanks, will it be fixed soon?",
            "It worked until yesterday",
            "I want it solved",
            "",
        ],
    )
    def test_given_doubt_when_read_then_not_confirmed(self, text: str) -> None:
        assert not is_confirmation(text)


class TestIsThanks:
    @pytest.mark.parametrize(
        "text", ["Thanks!", "thank you so much", "Merci beaucoup", "vielen Dank", "ありがとう", "thx"]
    )
    def test_given_thanks_alone_when_read_then_seen(self, text: str) -> None:
        assert is_thanks(text)

    @pytest.mark.parametrize(
        "text",
        ["Thanks, but it still fails", "thanks in advance", "Thanks. How do I log in?", "hello", ""],
    )
    def test_given_more_than_thanks_when_read_then_not_seen(self, text: str) -> None:
        assert not is_thanks(text)
