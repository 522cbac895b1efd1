"""PDF, Word and tables: what is read, and the error of each kind of bad file."""

import zipfile

import pytest
from tests.unit.retrieval.parsing.samples import (
    encrypt_pdf,
    make_docx,
    make_pdf,
    make_xlsx,
    make_zip,
)

from caseplane.retrieval.parsing.errors import (
    CorruptDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    TooLargeError,
    UnsafeArchiveError,
    UnsupportedFormatError,
)
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.settings import IngestionSettings

PROSE = [
    "Refunds are paid to the card that was used and take five working days to ar-",
    "rive at most banks in Europe and somewhat longer elsewhere in the world we serve",
    "and beyond.",
    "A second paragraph begins here and goes on for long enough to be a full line too",
    "and ends.",
]


class TestPdf:
    def test_given_pages_when_parsed_then_blocks_know_their_page_and_lines_are_joined(self) -> None:
        starts = ["Alpha begins.", "Beta is next.", "Gamma comes then.", "Delta is last."]
        pages = [
            [f"Manual {n}", start, *PROSE, "That is all.", f"Page {n} of 4"]
            for n, start in enumerate(starts, 1)
        ]

        document = parse(make_pdf(pages, title="The manual"), name="m.pdf")

        assert document.title == "The manual"
        assert "to arrive at most banks" in document.text
        assert "Page 1" not in document.text
        assert "Manual 1" not in document.text
        assert sorted({b.page for b in document.blocks}) == [1, 2, 3, 4]
        assert "Gamma comes then." in document.text
        assert document.metadata["pages"] == 4

    def test_given_password_when_parsed_then_refused_as_encrypted(self) -> None:
        with pytest.raises(EncryptedDocumentError):
            parse(encrypt_pdf(make_pdf([PROSE]), user="secret"), name="m.pdf")

    def test_given_password_against_editing_only_when_parsed_then_read(self) -> None:
        document = parse(encrypt_pdf(make_pdf([PROSE]), user=""), name="m.pdf")

        assert "Refunds" in document.text

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
    def test_given_cut_off_file_when_parsed_then_refused_as_damaged(self, share: float) -> None:
        data = make_pdf([PROSE] * 3)

        with pytest.raises(CorruptDocumentError, match="cut off"):
            parse(data[: int(len(data) * share)], name="m.pdf")

    def test_given_garbage_between_marks_when_parsed_then_refused_as_damaged(self) -> None:
        with pytest.raises(CorruptDocumentError):
            parse(b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF", name="m.pdf")

    def test_given_pages_without_text_when_parsed_then_refused_as_empty(self) -> None:
        with pytest.raises(EmptyDocumentError, match="OCR"):
            parse(make_pdf([[], []]), name="scan.pdf")

    def test_given_more_pages_than_allowed_when_parsed_then_the_setting_is_named(self) -> None:
        with pytest.raises(TooLargeError) as caught:
            parse(make_pdf([PROSE] * 3), name="m.pdf", limits=IngestionSettings(max_pages=2))

        assert caught.value.members["setting"] == "max_pages"


class TestDocx:
    def test_given_word_document_when_parsed_then_structure_is_kept_and_hidden_text_is_not(
        self,
    ) -> None:
        document = parse(make_docx(), name="returns.docx")

        assert document.title == "Returns policy"
        assert document.text == (
            "# Returns\n\nGoods can be returned within 30 days.\n\n## Exceptions\n\n"
            "- Opened software\n- Gift cards\n\nCountry: Norway | Days: 14\n\nVisible.\n\nKept"
        )

    def test_given_cut_off_file_when_parsed_then_refused_as_damaged(self) -> None:
        with pytest.raises(CorruptDocumentError):
            parse(make_docx()[:9000], name="returns.docx")

    def test_given_document_type_in_a_part_when_parsed_then_refused(self) -> None:
        bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'

        with pytest.raises(CorruptDocumentError, match="document type"):
            parse(make_zip({"word/document.xml": bomb}), name="a.docx")

    def test_given_expanding_part_when_parsed_then_refused_unread(self) -> None:
        with pytest.raises(UnsafeArchiveError, match="times its size"):
            parse(make_zip({"word/document.xml": b"a" * 40_000_000}), name="a.docx")

    def test_given_old_office_file_when_parsed_then_the_error_says_what_to_do(self) -> None:
        with pytest.raises(UnsupportedFormatError, match="save it as DOCX"):
            parse(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), name="a.doc")

    def test_given_office_file_under_password_when_parsed_then_refused_as_encrypted(self) -> None:
        package = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")

        with pytest.raises(EncryptedDocumentError):
            parse(package, name="a.docx")


class TestSheets:
    def test_given_workbook_when_parsed_then_rows_carry_their_names_and_hidden_sheets_do_not_show(
        self,
    ) -> None:
        data = make_xlsx([["Plan", "Price", "Trial"], ["Free", 0, True], ["Pro", 9.5, None]])

        document = parse(data, name="plans.xlsx")

        assert document.text == "# Plans\n\nPlan: Free | Price: 0 | Trial: yes\nPlan: Pro | Price: 9.5"

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_given_delimiter_when_csv_parsed_then_it_is_recognised(self, delimiter: str) -> None:
        rows = [["plan", "note"], ["Free", "Two\ndays"], ["Pro", "5 EUR, net; per seat"]]
        text = "\r\n".join(delimiter.join(f'"{v}"' for v in row) for row in rows)

        document = parse(text.encode("utf-8-sig"), name="plans.csv")

        assert document.text == "plan: Free | note: Two days\nplan: Pro | note: 5 EUR, net; per seat"

    def test_given_too_many_cells_when_parsed_then_refused_by_setting(self) -> None:
        with pytest.raises(TooLargeError, match="1,000 cells"):
            parse(b"a,b\n" * 600, name="a.csv", limits=IngestionSettings(max_cells=1000))

    def test_given_empty_workbook_when_parsed_then_refused_as_empty(self) -> None:
        with pytest.raises(EmptyDocumentError):
            parse(make_xlsx([]), name="a.xlsx")


class TestFormats:
    def test_given_archive_when_parsed_as_document_then_the_error_says_to_upload_as_archive(self) -> None:
        with pytest.raises(UnsupportedFormatError, match="archive"):
            parse(make_zip({"a.md": b"x"}, compression=zipfile.ZIP_STORED), name="a.zip")

    def test_given_picture_named_text_when_parsed_then_the_bytes_decide(self) -> None:
        with pytest.raises(UnsupportedFormatError, match="PNG"):
            parse(b"\x89PNG\r\n\x1a\n" + bytes(100), name="a.txt")

    def test_given_text_named_pdf_when_parsed_then_refused_as_damaged(self) -> None:
        with pytest.raises(CorruptDocumentError, match="does not begin like one"):
            parse(b"hello", name="a.pdf")

    def test_given_no_bytes_when_parsed_then_refused_as_empty(self) -> None:
        with pytest.raises(EmptyDocumentError):
            parse(b"", name="a.md")

    def test_given_page_without_suffix_when_parsed_then_html_is_recognised(self) -> None:
        assert parse(b"<!DOCTYPE html><p>Hi", name="page").metadata["format"] == "html"
