import io
import zipfile

import pytest

from caseplane.core.errors import InvalidInputError, UnsupportedMediaError
from caseplane.escalation.attachments.files import clean_name, media_type_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def make_zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            # A fixed time: the bytes are part of the test's id, which must be the same in all workers.
            archive.writestr(zipfile.ZipInfo(name), "x")
    return buffer.getvalue()


class TestCleanName:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("bill.pdf", "bill.pdf"),
            ("../../etc/passwd.txt", "passwd.txt"),
            ("C:\\Users\\me\\bill.pdf", "bill.pdf"),
            ("..\\..\\x.png", "x.png"),
            ("a\x00b\r\nc.txt", "abc.txt"),
            ('q"uo<te>.txt', "quote.txt"),
            ("  .hidden.txt. ", "hidden.txt"),
            ("con.txt", "_con.txt"),
            ("Grüße 日本.pdf", "Grüße 日本.pdf"),
            ("\u202egnp.exe.txt", "gnp.exe.txt"),
        ],
    )
    def test_given_a_name_then_what_is_kept_is_safe(self, given: str, expected: str) -> None:
        assert clean_name(given) == expected

    @pytest.mark.parametrize("given", ["", "..", "/", "\x00", "a/.."])
    def test_given_nothing_usable_then_refused(self, given: str) -> None:
        with pytest.raises(InvalidInputError):
            clean_name(given)

    def test_given_a_long_name_then_cut_with_its_extension(self) -> None:
        assert clean_name("x" * 500 + ".pdf").endswith("x.pdf")
        assert len(clean_name("x" * 500 + ".pdf")) == 200


class TestMediaType:
    @pytest.mark.parametrize(
        ("name", "data", "expected"),
        [
            ("a.PNG", PNG, "image/png"),
            ("a.jpg", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
            ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
            ("a.txt", "Grüße".encode(), "text/plain"),
            ("a.json", b'{"a": 1}', "application/json"),
            ("a.csv", b"a,b\n1,2\n", "text/csv"),
            (
                "a.docx",
                make_zip("[Content_Types].xml", "word/document.xml"),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
        ],
    )
    def test_given_content_that_is_what_its_name_says_then_accepted(
        self, name: str, data: bytes, expected: str
    ) -> None:
        assert media_type_of(name, data) == expected

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a.exe", b"MZ"),
            ("a.html", b"<script>"),
            ("a.svg", b"<svg onload='x'/>"),
            ("a", b"text"),
            ("a.png", b"%PDF-1.7"),
            ("a.pdf", PNG),
            ("a.txt", PNG),
            ("a.txt", b"\xff\xfe\xfa"),
            ("a.json", b"{"),
            ("a.json", b"[" * 100_000),
            ("a.docx", make_zip("evil.sh")),
            ("a.docx", b"PK\x03\x04broken"),
            ("a.xlsx", make_zip("[Content_Types].xml", "word/document.xml")),
            ("a.pdf.exe", b"%PDF-1.7"),
        ],
    )
    def test_given_content_that_is_something_else_then_refused(self, name: str, data: bytes) -> None:
        with pytest.raises(UnsupportedMediaError):
            media_type_of(name, data)
