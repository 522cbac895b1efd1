"""A ticket in a file is read as a mail, as JSON or as text."""

import pytest

from caseplane.cli.exits import CommandError, Exit
from caseplane.cli.processing import read_body

MAIL = """\
From: Ada <ada@example.com>
Subject: =?utf-8?q?R=C3=BCckgabe?=
Content-Type: text/plain; charset=utf-8

Order ORD-123456 is broken.
"""


class TestReadBody:
    def test_given_a_mail_when_read_then_subject_text_and_sender_are_the_tickets(self) -> None:
        body = read_body(MAIL, suffix=".eml")

        assert body == {
            "subject": "Rückgabe", "body": "Order ORD-123456 is broken.\n", "customer_email": "ada@example.com",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "suffix"),
        [
            ('{"subject": "Help", "body": "Please."}', ".json"),
            ('{"subject": "Help", "body": "Please."}', ""),
            ("Help\n\nPlease.\n", ".txt"),
        ],
    )
    def test_given_a_ticket_in_any_form_when_read_then_it_is_the_same(self, text: str, suffix: str) -> None:
        assert read_body(text, suffix=suffix) == {"subject": "Help", "body": "Please."}

    @pytest.mark.parametrize(
        "text", ["", " \n", "{", "[1]", '{"body": "x"}', '{"subject": "x", "boddy": "y"}']
    )
    def test_given_no_ticket_when_read_then_refused_with_what_is_wrong(self, text: str) -> None:
        with pytest.raises(CommandError) as raised:
            read_body(text, suffix=".json")

        assert raised.value.code is Exit.usage
