import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.text.mails import MAILS, Mail

from caseplane.text.cleaning import clean


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.name)
def test_given_a_mail_as_people_send_it_when_cleaned_then_the_question_is_left(mail: Mail) -> None:
    cleaned = clean(mail.text)

    assert cleaned == mail.asked


PIECES = st.sampled_from(
    [
        *(mail.text for mail in MAILS),
        *(
            "-- ",
            "Best regards,",
            "Tom",
            "> quoted",
            "",
            "Sent from my iPhone",
            "<p>",
            "</p>",
            "<br>",
            "Thanks",
        ),
        *("From: a@b.example", "Sent: Tuesday", "To: c", "Subject: Fwd: x", "On 3 Mar 2026, Acme wrote:"),
        *(
            "---------- Forwarded message ---------",
            "  at a.b(c.java:1)",
            "12:00:01 INFO start",
            "why?",
            "É > <",
        ),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES | st.text(max_size=20), max_size=12).map("\n".join))


class TestAnyText:
    @settings(max_examples=300, deadline=None)
    @given(TEXTS)
    def test_given_any_text_when_cleaned_twice_then_nothing_changes(self, text: str) -> None:
        once = clean(text)

        assert clean(once) == once

    @settings(max_examples=300, deadline=None)
    @given(TEXTS)
    def test_given_any_text_when_cleaned_then_it_is_empty_only_if_it_was(self, text: str) -> None:
        assert bool(clean(text)) == bool(text.strip())

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from("how do I export my data to a file please today".split()), min_size=3))
    def test_given_a_sentence_without_marks_when_cleaned_then_it_stays(self, words: list[str]) -> None:
        sentence = " ".join(words) + "?"

        assert clean(sentence) == sentence


@pytest.mark.parametrize(
    "piece",
    [
        "a: b\n",
        "From: x\n",
        "On \n",
        ">",
        "> a\n",
        "- \n",
        "-- \n",
        "Thanks,\nTom\n",
        "<div>",
        "On 1 x ",
        "Am x schrieb ",
    ],
)
def test_given_a_long_message_made_to_be_slow_when_cleaned_then_the_time_grows_like_the_text(
    piece: str,
) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        began = time.thread_time()
        clean(text)
        return time.thread_time() - began

    short = min(seconds(5_000) for _ in range(3))
    long = min(seconds(20_000) for _ in range(3))

    assert long < 10 * short + 0.1  # four times the text; a quadratic step would make it sixteen
