"""Bytes of any origin become text that can be stored and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.retrieval.parsing.decode import decode
from caseplane.retrieval.parsing.errors import DocumentError, EmptyDocumentError, UnsupportedFormatError
from caseplane.retrieval.parsing.parse import parse

GERMAN = "Die Rückgabe ist für Käufer möglich. Öffnen Sie dafür die Übersicht. " * 5


class TestDecode:
    @pytest.mark.parametrize(
        "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
    )
    def test_given_charset_when_decoded_then_the_text_is_the_same(self, charset: str) -> None:
        text, _ = decode(GERMAN.encode(charset))

        assert text == GERMAN

    def test_given_a_few_broken_bytes_in_utf8_when_decoded_then_the_rest_is_kept(self) -> None:
        data = GERMAN.encode().replace(b"dafu", b"da\xffu") + b"\xc3"

        text, charset = decode(data)

        assert charset == "utf-8"
        assert text.startswith("Die Rückgabe ist für Käufer möglich.")

    def test_given_control_and_invisible_characters_when_decoded_then_they_are_gone(self) -> None:
        text, _ = decode("a\x00b\x07\tc\r\nd\u202ee\U000e0041f\x0cg".encode())

        assert text == "ab\tc\ndef\ng"

    def test_given_binary_when_decoded_then_refused(self) -> None:
        with pytest.raises(UnsupportedFormatError):
            decode(bytes(range(32)) * 50)

    def test_given_only_control_characters_when_parsed_then_refused(self) -> None:
        with pytest.raises((EmptyDocumentError, UnsupportedFormatError)):
            parse(b"\x00\x01\x02\x00" * 10, name="a.txt")

    @given(st.binary(min_size=1, max_size=400), st.sampled_from(["a.txt", "a.md", "a.html", "a.csv"]))
    def test_given_any_bytes_when_parsed_then_a_document_or_a_named_error(
        self, data: bytes, name: str
    ) -> None:
        try:
            document = parse(data, name=name)
        except DocumentError:
            return

        assert "\x00" not in document.text
        document.text.encode()  # no lone surrogates
        for block in document.blocks:
            ends_sections = block.start == block.end and not block.title
            assert ends_sections or document.text[block.start : block.end].strip()


class TestPlainText:
    def test_given_rst_headings_and_items_when_parsed_then_structure_is_seen(self) -> None:
        document = parse(
            b"Guide\n=====\n\nSome words\nover lines.\n\nPart\n----\n* one\n* two\n", name="a.rst"
        )

        assert document.title == "Guide"
        assert document.text == "# Guide\n\nSome words over lines.\n\n## Part\n\n- one\n- two"
