"""Mails that are never answered, and those that look like it and are."""

import pytest
from tests.unit.escalation.email.mails import OWN, SUPPORT, mail, part, parts, read

from caseplane.core.ids import new_id

REPORT = 'multipart/report; report-type=delivery-status; boundary="b1"'
STATUS = """Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; kim@customer.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <kim@customer.example>:
 Recipient address rejected: User unknown
"""


class TestNeverAnswered:
    @pytest.mark.parametrize(
        ("headers", "why"),
        [
            ({"Auto_Submitted": "auto-replied", "Subject": "Abwesenheitsnotiz: Printer"}, "auto-replied"),
            ({"Auto_Submitted": "auto-generated (monitor)"}, "program"),
            ({"X_Autoreply": "yes"}, "out-of-office"),
            ({"X_Autorespond": "Ich bin im Urlaub"}, "out-of-office"),
            ({"Precedence": "bulk"}, "bulk"),
            ({"Precedence": "auto_reply"}, "auto_reply"),
            ({"List_Id": "Printers <printers.lists.example>"}, "printers.lists.example"),
            ({"List_Unsubscribe": "<https://news.example/off>"}, "newsletter"),
            ({"Return_Path": "<>"}, "return path"),
            ({"From": "Mail Delivery System <MAILER-DAEMON@mx.example>"}, "Nobody reads"),
            ({"From": "no-reply@shop.example"}, "Nobody reads"),
            ({"From": SUPPORT}, "account itself"),
            ({"From": OWN.reply_address(new_id())}, "account itself"),
            ({"Content_Type": "text/calendar; method=REPLY"}, "invitation"),
        ],
    )
    def test_given_a_mail_of_a_program_then_it_is_known_by(self, headers: dict[str, str], why: str) -> None:
        automatic = read(mail("Ich bin bis 7. Januar nicht im Büro.", **headers)).automatic

        assert automatic is not None
        assert why in automatic

    def test_given_a_read_receipt_then_it_is_known(self) -> None:
        body = parts(
            part("text/plain", "Your message was read."), part("message/disposition-notification", "x")
        )

        found = read(
            mail(body, Content_Type='multipart/report; report-type=disposition-notification; boundary="b1"')
        )

        assert found.automatic == "It is a read receipt."

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Auto_Submitted": "no"},
            {"Precedence": "normal"},
            {"List_Id": "Our group <help.acme.example>"},
            {"X_Auto_Response_Suppress": "OOF"},
            {"Disposition_Notification_To": "kim@customer.example"},
        ],
    )
    def test_given_a_mail_of_a_person_then_it_is_answered(self, headers: dict[str, str]) -> None:
        assert read(mail("Hello", **headers), accepted_lists=["help.acme.example"]).automatic is None


class TestBounces:
    def report(self, action: str, *returned: bytes) -> bytes:
        return mail(
            parts(
                part("text/plain", "It could not be delivered."),
                part("message/delivery-status", STATUS.format(action=action)),
                *returned,
            ),
            Content_Type=REPORT,
            From="MAILER-DAEMON@mx.customer.example",
            Return_Path="<>",
        )

    @pytest.mark.parametrize(
        "returned",
        [
            part("message/rfc822", mail("Hi", Message_ID="<ours@acme.example>").replace(b"\r\n", b"\n")),
            part("text/rfc822-headers", "Subject: Re: Printer\nMessage-ID: <ours@acme.example>\n"),
        ],
    )
    def test_given_a_mail_of_ours_that_came_back_then_which_and_why(self, returned: bytes) -> None:
        bounce = read(self.report("failed", returned)).bounce

        assert bounce is not None
        assert (bounce.message_id, bounce.final, bounce.status) == ("ours@acme.example", True, "5.1.1")
        assert bounce.reason == ("550 5.1.1 <kim@customer.example>: Recipient address rejected: User unknown")

    def test_given_a_delay_then_it_is_not_final_and_a_delivery_is_no_bounce(self) -> None:
        returned = part("text/rfc822-headers", "Message-ID: <ours@acme.example>\n")

        delayed, relayed = (read(self.report(action, returned)).bounce for action in ("delayed", "relayed"))

        assert delayed is not None
        assert not delayed.final
        assert relayed is None

    def test_given_a_report_that_names_no_mail_then_it_is_only_automatic(self) -> None:
        found = read(self.report("failed"))

        assert found.bounce is None
        assert found.automatic == "It is a report of a mail server."
