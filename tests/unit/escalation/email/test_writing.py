"""Mails that go out, and the addresses to which answers come."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.escalation.email.mails import KEY, OWN, SUPPORT, settings

from caseplane.core.ids import new_id
from caseplane.escalation.connectors.email.addresses import OwnAddress
from caseplane.escalation.connectors.email.writing import subject_of, write_mail
from caseplane.escalation.connectors.mail import Mailbox, OutgoingMail, human_size

THREAD = new_id()


def outgoing(**more: object) -> OutgoingMail:
    values: dict[str, object] = {
        "mail_id": new_id(),
        "thread_id": THREAD,
        "message_id": "m1@acme.example",
        "references": ["a@x", "b@x"],
        "to": Mailbox("kim@customer.example", "Kim Lee"),
        "cc": [Mailbox("ann@customer.example", "Lee, Ann")],
        "subject": "Drucker größer",
        "text": "Pay by card.\n.\nÜber uns",
        "automatic": False,
        "created_at": datetime(2026, 12, 1, 9, tzinfo=UTC),
    }
    return OutgoingMail(**(values | more))  # type: ignore[arg-type]


def written(mail: OutgoingMail, **more: object) -> EmailMessage:
    raw = write_mail(mail, settings=settings(**more), own=OWN).as_bytes()
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


class TestHeads:
    def test_given_an_answer_of_a_person_then_mail_programs_thread_it_and_answers_come_to_the_thread(
        self,
    ) -> None:
        mail = written(outgoing(), from_name="Acme Support", signature="Acme Ltd")

        assert mail["From"] == "Acme Support <support@acme.example>"
        assert mail["To"] == "Kim Lee <kim@customer.example>"
        assert mail["Cc"] == '"Lee, Ann" <ann@customer.example>'
        assert mail["Reply-To"].addresses[0].addr_spec == OWN.reply_address(THREAD)
        assert mail["Subject"] == "Re: Drucker größer"
        assert (mail["Message-ID"], mail["In-Reply-To"]) == ("<m1@acme.example>", "<b@x>")
        assert mail["References"] == "<a@x> <b@x>"
        assert mail["Auto-Submitted"] is None
        assert mail.get_content().replace("\r\n", "\n") == "Pay by card.\n.\nÜber uns\n\n-- \nAcme Ltd\n"

    def test_given_an_answer_of_a_program_then_it_says_so(self) -> None:
        mail = written(outgoing(automatic=True))

        assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")

    def test_given_a_server_without_reply_addresses_then_the_plain_one_is_used(self) -> None:
        own = OwnAddress(SUPPORT, KEY, "")

        mail = write_mail(outgoing(), settings=settings(reply_separator=""), own=own)

        assert mail["Reply-To"] is None
        assert own.thread_of(SUPPORT) is None

    def test_given_line_breaks_in_names_and_subjects_then_no_header_is_added(self) -> None:
        mail = written(
            outgoing(
                subject="Hi\r\nBcc: eve@evil.example", to=Mailbox("kim@customer.example", "Kim\nBcc: eve")
            )
        )

        assert mail["Bcc"] is None
        assert mail["Subject"] == "Re: Hi Bcc: eve@evil.example"

    def test_given_a_long_thread_then_the_first_and_the_newest_are_named(self) -> None:
        named = [f"{n}@x" for n in range(60)]

        found = written(outgoing(references=named))["References"].split()

        assert (found[0], found[-1], len(found)) == ("<0@x>", "<59@x>", 20)

    @pytest.mark.parametrize(
        ("subject", "answer"),
        [("Hi", "Re: Hi"), ("RE: Hi", "RE: Hi"), ("AW: Hi", "AW: Hi"), ("", "Re: Your message")],
    )
    def test_given_a_subject_then_one_re_stands_before_it(self, subject: str, answer: str) -> None:
        assert subject_of(subject) == answer


class TestReplyAddresses:
    def test_given_a_reply_address_then_its_thread_is_known_whatever_the_case(self) -> None:
        address = OWN.reply_address(THREAD)

        assert OWN.thread_of(address) == THREAD
        assert OWN.is_own(address)
        assert address == address.lower()

    def test_given_another_key_or_a_changed_token_then_it_is_no_thread(self) -> None:
        address = OWN.reply_address(THREAD)
        changed = address.replace(address[8], "a" if address[8] != "a" else "b", 1)

        assert OwnAddress(SUPPORT, b"other" * 8).thread_of(address) is None
        assert OWN.thread_of(address[:10] + ("b" if address[10] != "b" else "c") + address[11:]) is None
        assert OWN.thread_of(changed) is None

    @given(st.text(max_size=60))
    def test_given_any_text_then_it_is_no_thread(self, token: str) -> None:
        assert OWN.thread_of(f"support+{token}@acme.example") is None

    def test_given_an_address_that_is_too_long_for_tokens_then_refused_with_what_to_do(self) -> None:
        long = f"{'a' * 25}@acme.example"

        with pytest.raises(ValidationError, match="reply_separator"):
            settings(address=long)
        assert settings(address=long, reply_separator="").address == long


@pytest.mark.parametrize(
    ("size", "shown"), [(12, "12 bytes"), (1_400, "1.4 KB"), (120_000, "120 KB"), (31_300_000, "31.3 MB")]
)
def test_given_a_size_then_people_can_read_it(size: int, shown: str) -> None:
    assert human_size(size) == shown
