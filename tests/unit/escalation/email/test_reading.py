"""What is read of mails in the shapes in which they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.escalation.email.mails import (
    OWN,
    SUPPORT,
    attached,
    mail,
    names,
    part,
    parts,
    read,
    settings,
    unread,
)

from caseplane.escalation.connectors.email.bodies import ENCRYPTED
from caseplane.escalation.connectors.email.reading import read_mail
from caseplane.escalation.connectors.mail import IncomingMail, Unread
from caseplane.text.cleaning.history import without_history

ALTERNATIVE = 'multipart/alternative; boundary="b1"'
MIXED = 'multipart/mixed; boundary="b1"'


class TestReplies:
    """What is new in an answer."""

    def test_given_outlook_that_writes_on_top_then_only_the_top_is_new(self) -> None:
        body = (
            "It still does not print.\n\nFrom: Support <support@acme.example>\nSent: Tuesday, 1 December 2026 10:00\n"
            "To: Kim Lee <kim@customer.example>\nSubject: Re: Printer\n\nPlease turn it off and on again.\n"
        )

        found = read(mail(body, Content_Type="text/plain; charset=utf-8"))

        assert without_history(found.text) == "It still does not print."

    def test_given_gmail_that_quotes_in_html_then_only_the_top_is_new(self) -> None:
        html = (
            '<div dir="ltr">It still does not print.</div><br><div class="gmail_quote"><div dir="ltr">On Tue, 1 Dec 2026'
            ' at 10:00, Support &lt;<a href="mailto:support@acme.example">support@acme.example</a>&gt; wrote:<br></div>'
            "<blockquote>Please turn it off and on again.</blockquote></div>"
        )

        found = read(mail(html, Content_Type="text/html; charset=utf-8"))

        assert without_history(found.text) == "It still does not print."

    def test_given_a_german_mail_program_then_only_the_top_is_new(self) -> None:
        body = (
            "Geht immer noch nicht.\n\nAm 01.12.26 um 10:00 schrieb Support:\n> Bitte aus- und einschalten.\n"
        )

        assert without_history(read(mail(body)).text) == "Geht immer noch nicht."

    def test_given_a_forwarded_mail_then_what_is_forwarded_is_the_text(self) -> None:
        body = (
            "FYI\n\n---------- Forwarded message ---------\nFrom: Ann <ann@customer.example>\n"
            "Date: Mon, 30 Nov 2026 at 09:00\nSubject: Printer\nTo: Kim <kim@customer.example>\n\n"
            "The printer on floor two is out of ink, can somebody refill it?\n"
        )

        found = read(mail(body, Subject="Fwd: Printer"))

        assert "out of ink" in found.text
        assert found.sender.address == "kim@customer.example"


class TestText:
    def test_given_format_flowed_then_paragraphs_are_whole_and_quotes_and_signatures_stay_lines(self) -> None:
        body = "This paragraph \nwas broken \ninto lines.\n\nNext one.\n> quoted \n> text\n-- \nKim\n"

        found = read(mail(body, Content_Type="text/plain; charset=us-ascii; format=flowed"))

        assert found.text == ("This paragraph was broken into lines.\n\nNext one.\n> quoted text\n-- \nKim")

    def test_given_delsp_then_the_spaces_at_line_ends_are_dropped(self) -> None:
        found = read(
            mail("日本 \n語です\n", Content_Type="text/plain; charset=utf-8; format=flowed; delsp=yes")
        )

        assert found.text == "日本語です"

    def test_given_quoted_printable_that_splits_a_character_then_it_is_whole(self) -> None:
        body = "Stra=C3=\n=9Fe"

        found = read(
            mail(body, Content_Type="text/plain; charset=utf-8", Content_Transfer_Encoding="quoted-printable")
        )

        assert found.text == "Straße"

    def test_given_koi8_then_cyrillic_is_read(self) -> None:
        body = "Принтер не печатает".encode("koi8-r")

        found = read(
            mail(body, Content_Type="text/plain; charset=koi8-r", Subject="=?koi8-r?B?8NLJztTF0g==?=")
        )

        assert (found.text, found.subject) == ("Принтер не печатает", "Принтер")

    @pytest.mark.parametrize("charset", ["", "; charset=us-ascii", "; charset=utf-8", "; charset=x-unknown"])
    def test_given_a_charset_that_is_wrong_or_missing_then_the_words_are_read_all_the_same(
        self, charset: str
    ) -> None:
        body = "Über den Preis müssen wir noch sprechen, schöne Grüße aus Köln".encode("cp1252")

        assert "müssen" in read(mail(body, Content_Type=f"text/plain{charset}")).text

    def test_given_latin_1_that_windows_wrote_then_its_quotes_are_read(self) -> None:
        found = read(mail(b"\x93Hello\x94 \x80 5", Content_Type="text/plain; charset=iso-8859-1"))

        assert found.text == "“Hello” € 5"

    def test_given_headers_in_bytes_without_any_encoding_then_they_are_read(self) -> None:
        found = read(mail("Hi", Subject="Größe", From="Jürgen <j@customer.example>"))

        assert (found.subject, found.sender.name) == ("Größe", "Jürgen")

    def test_given_a_plain_part_that_only_says_that_there_is_html_then_the_html_is_read(self) -> None:
        body = parts(
            part("text/plain", "Your mail client does not support HTML messages."),
            part("text/html; charset=utf-8", "<p>The <b>printer</b> is dead.</p>"),
        )

        assert read(mail(body, Content_Type=ALTERNATIVE)).text == "The printer is dead."

    def test_given_both_forms_then_the_plain_one_is_read_once(self) -> None:
        body = parts(part("text/plain", "Dead."), part("text/html", "<p>Dead.</p>"))

        found = read(mail(body, Content_Type=ALTERNATIVE))

        assert (found.text, list(found.files)) == ("Dead.", [])

    def test_given_a_huge_html_mail_then_it_is_read_up_to_a_limit(self) -> None:
        rows = "<tr><td>cell</td><td>other</td></tr>" * 30_000

        found = read(mail(f"<table>{rows}</table>", Content_Type="text/html"))

        assert 1_000 < len(found.text) <= 500_000

    def test_given_nul_and_control_characters_then_they_are_left_out(self) -> None:
        assert read(mail(b"a\x00b\x07c", Content_Type="text/plain")).text == "abc"

    def test_given_a_mail_that_is_encrypted_then_it_says_so(self) -> None:
        body = parts(
            part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream", "-----BEGIN")
        )

        found = read(mail(body, Content_Type='multipart/encrypted; protocol="x"; boundary="b1"'))

        assert found.text == ENCRYPTED

    def test_given_a_signed_mail_then_the_text_is_read_and_the_signature_is_no_file(self) -> None:
        body = parts(
            part("text/plain", "Signed."), part("application/pgp-signature; name=s.asc", "-----BEGIN")
        )

        found = read(mail(body, Content_Type='multipart/signed; protocol="x"; boundary="b1"'))

        assert (found.text, list(found.files)) == ("Signed.", [])


class TestFiles:
    def test_given_attachments_and_an_inline_picture_then_all_are_named_with_their_size(self) -> None:
        related = parts(
            part("text/html", '<p>See <img src="cid:p1"> here.</p>'),
            part(
                "image/png; name=shot.png",
                "iVBORw0KGgo=",
                Content_ID="<p1>",
                Content_Transfer_Encoding="base64",
            ),
            boundary="b2",
        )
        body = parts(
            part('multipart/related; boundary="b2"', related),
            attached("application/pdf", "=?utf-8?Q?Rechnung_M=C3=A4rz=2Epdf?=", b"x" * 1500),
        )

        found = read(mail(body, Content_Type=MIXED))

        assert found.text == "See here."
        assert [(each.name, each.size_bytes) for each in found.files] == [
            ("shot.png", 8),
            ("Rechnung März.pdf", 1500),
        ]

    def test_given_outlooks_winmail_dat_then_it_is_a_file_and_the_text_is_read(self) -> None:
        body = parts(part("text/plain", "See attached."), part("application/ms-tnef", "x"))

        found = read(mail(body, Content_Type=MIXED))

        assert (found.text, names(found)) == ("See attached.", ["winmail.dat"])

    def test_given_a_mail_in_a_mail_then_it_is_a_file_and_its_text_is_not_the_sender_s(self) -> None:
        inner = mail("Secret of another.", Subject="Inner subject").replace(b"\r\n", b"\n")
        body = parts(part("text/plain", "Please look at this."), part("message/rfc822", inner))

        found = read(mail(body, Content_Type=MIXED))

        assert (found.text, names(found)) == ("Please look at this.", ["Inner subject.eml"])

    def test_given_nothing_but_a_file_then_the_text_is_empty(self) -> None:
        found = read(mail(parts(attached("image/jpeg", "photo.jpg", b"\xff\xd8")), Content_Type=MIXED))

        assert (found.text, names(found)) == ("", ["photo.jpg"])

    def test_given_an_invitation_then_it_is_a_file_and_may_be_answered(self) -> None:
        calendar = part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\nEND:VCALENDAR")
        body = parts(part("text/plain", "Can we talk?"), calendar)

        found = read(mail(body, Content_Type=ALTERNATIVE))

        assert (found.text, names(found), found.automatic) == ("Can we talk?", ["invite.ics"], None)

    def test_given_a_name_that_leads_elsewhere_then_it_is_only_a_name(self) -> None:
        found = read(mail(parts(attached("text/x", "../../etc/passwd", b"x")), Content_Type=MIXED))

        assert names(found) == [".._.._etc_passwd"]


class TestHeads:
    def test_given_no_message_id_then_the_same_bytes_have_the_same_one(self) -> None:
        one, same, other = (read(mail(text, Message_ID=None)).message_id for text in ("Hi", "Hi", "Hello"))

        assert one == same != other

    def test_given_references_then_the_nearest_is_last_and_each_there_once(self) -> None:
        found = read(mail("x", References="<a@x>\r\n <b@x> <c@x>", In_Reply_To="<b@x> (mail of Tuesday)"))

        assert list(found.references) == ["a@x", "c@x", "b@x"]

    def test_given_several_recipients_then_all_but_ours_and_the_sender_are_kept(self) -> None:
        found = read(
            mail(
                "x",
                To=f'"Lee, Ann" <ANN@customer.example>, {SUPPORT}',
                Cc="kim@customer.example, bob@partner.example, undisclosed-recipients:;",
            )
        )

        assert [(each.name, each.address) for each in found.others] == [
            ("Lee, Ann", "ann@customer.example"),
            ("", "bob@partner.example"),
        ]

    def test_given_a_form_that_sends_in_a_customers_name_then_the_customer_is_answered(self) -> None:
        found = read(mail("x", From="web@acme-shop.example", Reply_To="Kim <kim@customer.example>"))

        assert found.sender.address == "kim@customer.example"

    def test_given_a_domain_in_another_script_then_it_is_written_as_servers_do(self) -> None:
        assert read(mail("x", From="kim@bücher.example")).sender.address == "kim@xn--bcher-kva.example"

    def test_given_no_sender_then_set_aside_with_the_reason(self) -> None:
        assert unread(mail("x", From="Kim Lee")).reason == "The mail names no sender's address."

    @given(st.binary(max_size=400))
    def test_given_any_bytes_then_a_mail_or_the_reason_why_not(self, raw: bytes) -> None:
        found = read_mail(b"From: a@b.example\r\n" + raw, settings=settings(), own=OWN, size_bytes=len(raw))

        assert isinstance(found, IncomingMail | Unread)


class TestForgery:
    FAILS = "mx.acme.example; dmarc=fail (p=reject) header.from=customer.example; spf=pass"

    @pytest.mark.parametrize(
        ("results", "server", "forged"),
        [
            (FAILS, "mx.acme.example", True),
            (FAILS, None, False),
            (FAILS, "mx.other.example", False),
            ("mx.acme.example; dmarc=pass (was dmarc=fail)", "mx.acme.example", False),
            ("mx.acme.example; spf=fail smtp.mailfrom=x; dkim=none", "mx.acme.example", True),
            ("mx.acme.example 1; spf=fail; dkim=pass", "MX.acme.example", False),
        ],
    )
    def test_given_what_servers_found_then_only_the_trusted_one_is_believed(
        self, results: str, server: str | None, forged: bool
    ) -> None:
        found = read(mail("x", Authentication_Results=results), trusted_server=server)

        assert (found.forged is not None) is forged

    def test_given_a_second_header_that_the_sender_made_up_then_the_topmost_decides(self) -> None:
        raw = b"Authentication-Results: mx.acme.example; dmarc=fail\r\n" + mail(
            "x", Authentication_Results="mx.acme.example; dmarc=pass"
        )

        assert read(raw, trusted_server="mx.acme.example").forged
