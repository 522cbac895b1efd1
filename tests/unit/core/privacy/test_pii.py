import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caseplane.core.privacy import PiiKind, detect_pii, redact
from caseplane.core.text import TextSource

DOCUMENT = TextSource.document
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 8 + "\n-----END RSA PRIVATE KEY-----"


class TestRedact:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("write to jane.doe+x@example.co.uk, please", "write to [email], please"),
            ("Jörg@müller.de.", "[email]."),
            ("call me on +49 30 12345678.", "call me on [phone]."),
            ("+1 (555) 010-9999 is mine", "[phone] is mine"),
            ("my number: (415) 555-2671", "my number: [phone]"),
            ("phone 0171 2345678", "phone [phone]"),
            ("card 4242 4242 4242 4242 exp 12/30", "card [card] exp 12/30"),
            ("amex 378282246310005", "amex [card]"),
            ("IBAN DE89 3704 0044 0532 0130 00 THANKS", "IBAN [iban] THANKS"),
            ("GB82WEST12345698765432", "[iban]"),
            ("SSN 123-45-6789", "SSN [ssn]"),
            ("from 203.0.113.9 and 2a00:1450:4001:81b::200e", "from [ip] and [ip]"),
            ("password: hunter2!", "password: [password]"),
            ("my password is Tr0ub4dor", "my password is [password]"),
            ("Passwort: geheim99", "Passwort: [password]"),
            ("postgres://app:s3cr3tpw@db/x", "postgres://app:[password]@db/x"),
            ("key sk-abcdefghij0123456789", "key [secret]"),
            ("ghp_" + "a1B2" * 9, "[secret]"),
            ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
            ('api_key = "9f8e7d6c5b4a39281706"', 'api_key = "[secret]"'),
            (f"Authorization: Bearer {JWT}", "Authorization: Bearer [jwt]"),
            (f"use {KEY} now", "use [secret] now"),
        ],
    )
    def test_given_personal_data_when_redacted_then_placeholder_of_its_kind(
        self, text: str, expected: str
    ) -> None:
        assert redact(text).text == expected

    @pytest.mark.parametrize(
        "text",
        [
            "upgrade to v1.2.3.4 or version 10.0.0.1",
            "kubernetes 1.31.2, chart 7.4.1, 2026-01-31 12:34:56, port 8080:80",
            "commit 3f786850e387550fdab836ed7e6dc881de23001b",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "uuid 123e4567-e89b-12d3-a456-426614174000",
            "listen on 127.0.0.1, 0.0.0.0, 10.0.0.0/8, 192.168.1.10 or ::1",
            "git clone git@github.com:org/repo.git",
            "4242 4242 4242 4241 fails the check digit",
            "DE89 3704 0044 0532 0130 01 fails the checksum",
            "order 1234567890123 of 2026, ticket 555-1234",
            "my password is incorrect, password: <your-password>, password: ${PASSWORD}",
            "std::vector<int> and a::b::c",
            "curl -H 'Authorization: Bearer $TOKEN'",
            "1 + 2345678901 = 2345678902",
        ],
    )
    @pytest.mark.parametrize("source", TextSource)
    def test_given_technical_text_when_redacted_then_unchanged(self, text: str, source: TextSource) -> None:
        assert redact(text, source=source).text == text

    @pytest.mark.parametrize(
        "text",
        [
            "Contact support@acme.io or call 1-800-555-0199.",
            "e.g. 192.0.2.10, 2001:db8::1, server: https://1.2.3.4",
            "set user@example.com as the owner",
            "password: admin",
        ],
    )
    def test_given_public_contacts_and_examples_when_in_a_document_then_kept(self, text: str) -> None:
        assert redact(text, source=DOCUMENT).text == text
        assert redact(text, source=TextSource.message).text != text or "user@" in text

    @given(st.text(alphabet="a@.+1 4-:DE89jp[]{", max_size=80))
    @example("jane@example.org" * 4)
    def test_given_any_text_when_redacted_then_again_changes_nothing_and_rest_is_verbatim(
        self, text: str
    ) -> None:
        found = redact(text)

        assert len(found.text) <= len(text) + 20 * len(found.spans)
        position = new_position = 0
        for span in found.spans:
            assert text[position : span.start] == found.text[new_position : span.new_start]
            assert found.text[span.new_start : span.new_end] == span.kind.placeholder
            position, new_position = span.end, span.new_end
        assert text[position:] == found.text[new_position:]

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "unit",
        ["a", "a@", "1-", "+1 2", "4111 1111 1111 1111 ", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaaaa.",
         "password:", "://a:b@", "1.2.3.4 ", "2001:", "api_key="],
    )  # fmt: skip
    def test_given_a_hostile_megabyte_when_redacted_then_linear_time(self, unit: str) -> None:
        small, large = (unit * (size // len(unit)) for size in (100_000, 1_000_000))
        began = time.thread_time()
        redact(small)
        base = time.thread_time() - began

        began = time.thread_time()
        redact(large)

        assert time.thread_time() - began < 40 * base + 2.0


class TestChecksums:
    @given(st.text("0123456789", min_size=14, max_size=14), st.integers(1, 9), st.integers(1, 15))
    def test_given_a_card_number_when_one_digit_changes_then_it_is_invalid(
        self, body: str, change: int, place: int
    ) -> None:
        card = next(f"4{body}{digit}" for digit in range(10) if is_card(f"4{body}{digit}"))
        changed = str((int(card[place]) + change) % 10)

        assert not is_card(card[:place] + changed + card[place + 1 :])

    @pytest.mark.parametrize("iban", ["DE89370400440532013000", "GB29NWBK60161331926819", "NO9386011117947"])
    def test_given_the_registrys_example_when_redacted_then_its_words_around_stay(self, iban: str) -> None:
        assert redact(f"TO {iban} PLEASE").text == "TO [iban] PLEASE"

    @pytest.mark.parametrize(
        "text", ["DE5137040044053201300", "DE813704004405320130000", "ZZ22370400440532013000"]
    )
    def test_given_a_checksum_but_no_such_length_or_country_when_looked_at_then_no_iban(
        self, text: str
    ) -> None:
        assert PiiKind.iban not in [span.kind for span in detect_pii(text)]


def is_card(number: str) -> bool:
    return [span.kind for span in detect_pii(number)] == [PiiKind.card]


class TestDetectPii:
    def test_given_overlapping_candidates_when_found_then_apart_and_in_order(self) -> None:
        spans = detect_pii(f"{JWT} a@b.org password: x@y.org1")

        assert all(a.end <= b.start for a, b in pairwise(spans))
        assert [span.kind for span in spans] == [PiiKind.jwt, PiiKind.email, PiiKind.password]
