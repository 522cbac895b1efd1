"""Workbooks and separated values as people have them."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.errors import EmptyDocumentError
from caseplane.retrieval.parsing.parse import parse


def parsed(book: Any) -> ParsedDocument:
    out = io.BytesIO()
    book.save(out)
    return parse(out.getvalue(), name="prices.xlsx")


def sheet_of(rows: list[list[object]]) -> tuple[Any, Any]:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book, book.active


class TestWorkbooks:
    def test_given_formats_when_parsed_then_values_are_as_shown(self) -> None:
        book, sheet = sheet_of(
            [["Item", "Fee", "Price", "SKU", "From"], ["Chair", 0.035, 12, 7, date(2026, 5, 1)]]
        )
        for cell, code in (("B2", "0.0 %"), ("C2", '#,##0 "€"'), ("D2", "00000"), ("E2", "dd.mm.yyyy")):
            sheet[cell].number_format = code

        assert parsed(book).text.endswith(
            "Item: Chair | Fee: 3.5 % | Price: 12 € | SKU: 00007 | From: 01.05.2026"
        )

    def test_given_titles_and_merged_cells_when_parsed_then_rows_are_whole(self) -> None:
        book, sheet = sheet_of([
            ["Prices"], ["Region", "Price", None], [None, "Monthly", "Yearly"], ["Europe", 1, 2], [None, 3, 4],
        ])  # fmt: skip
        for area in ("A1:C1", "A2:A3", "B2:C2", "A4:A5"):
            sheet.merge_cells(area)

        assert parsed(book).text == (
            "# Sheet\n\nPrices\n\nRegion: Europe | Price Monthly: 1 | Price Yearly: 2\n"
            "Region: Europe | Price Monthly: 3 | Price Yearly: 4"
        )

    def test_given_formulas_without_values_when_parsed_then_the_report_names_them(self) -> None:
        book, _ = sheet_of([["Net", "Gross"], [100, "=A2*1.19"], [200, "=A3*1.19"]])

        document = parsed(book)

        assert document.text.endswith("Net: 100\nNet: 200")
        assert document.metadata["remarks"] == [
            "Sheet Sheet: formulas without a stored value in cells B2, B3; open and save the file in Excel"
        ]

    def test_given_hidden_rows_columns_and_sheets_when_parsed_then_left_out_and_counted(self) -> None:
        book, sheet = sheet_of([["Item", "Cost", "Price"], ["Chair", 3, 5], ["Prototype", 1, 9]])
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        book.create_sheet("Margins")["A1"] = "secret"
        book["Margins"].sheet_state = "hidden"

        document = parsed(book)

        assert document.text == "# Sheet\n\nItem: Chair | Price: 5"
        assert document.metadata["remarks"] == [
            "Sheet Sheet: 1 hidden row was left out",
            "Sheet Sheet: 1 hidden column was left out",
            "Hidden and left out: sheet Margins",
        ]

    def test_given_rows_that_a_filter_or_a_group_hides_when_parsed_then_they_are_read(self) -> None:
        book, sheet = sheet_of([["Item", "Price"], ["Chair", 5], ["Table", 9], ["Lamp", 2]])
        sheet.auto_filter.ref = "A1:B3"
        sheet.auto_filter.add_filter_column(0, ["Chair"])
        sheet.row_dimensions[3].hidden = True
        sheet.row_dimensions.group(4, 4, hidden=True)

        assert parsed(book).text.endswith("Item: Table | Price: 9\nItem: Lamp | Price: 2")

    def test_given_two_tables_on_a_sheet_when_parsed_then_each_has_its_names(self) -> None:
        book, _ = sheet_of([["Plan", "Price"], ["Pro", 5], [], ["City", "Days"], ["Oslo", 3]])

        assert parsed(book).text == "# Sheet\n\nPlan: Pro | Price: 5\nCity: Oslo | Days: 3"

    def test_given_errors_in_cells_when_parsed_then_they_are_counted_and_not_quoted(self) -> None:
        book, _ = sheet_of([["Item", "Price"], ["Chair", "#REF!"], ["Table", 5]])

        document = parsed(book)

        assert "#REF!" not in document.text
        assert document.metadata["remarks"] == ["Sheet Sheet: 1 cell shows an error and was left out"]

    def test_given_only_a_hidden_sheet_when_parsed_then_the_reason_says_so(self) -> None:
        book, _ = sheet_of([])
        book.create_sheet("Margins")["A1"] = "secret"
        book["Margins"].sheet_state = "hidden"

        with pytest.raises(EmptyDocumentError, match="Margins"):
            parsed(book)


class TestSeparated:
    @pytest.mark.parametrize("charset", ["utf-8", "cp1252", "utf-16", "utf-8-sig", "utf-16-le"])
    def test_given_a_charset_and_a_first_line_that_names_the_separator_when_parsed_then_read(
        self, charset: str
    ) -> None:
        text = "sep=;\r\nArtikel;Preis\r\nStuhl, groß;12,50 €\r\nTisch für zwei;30,00 €\r\n"

        document = parse(text.encode(charset), name="preise.csv")

        assert (
            document.text == "Artikel: Stuhl, groß | Preis: 12,50 €\nArtikel: Tisch für zwei | Preis: 30,00 €"
        )

    def test_given_questions_without_a_header_when_parsed_then_each_is_a_section(self) -> None:
        data = b'"Is it free?","Yes, for students."\n"May I share it?","No.\nNever."\n'

        document = parse(data, name="faq.csv")

        assert [b.title for b in document.blocks if b.title] == ["Is it free?", "May I share it?"]
        assert document.text.endswith("No.\nNever.")

    def test_given_rows_of_other_lengths_when_parsed_then_kept_and_their_lines_are_named(self) -> None:
        data = b'Item,Net,Gross\nChair,"1\n200",5\nTable,12,14,99\nBed,3,4\nLamp,1,2\n'

        document = parse(data, name="a.csv")

        assert "Item: Table | Net: 12 | Gross: 14 | 99" in document.text
        assert document.metadata["remarks"] == ["The number of fields differs from the other rows in line 4"]

    def test_given_leading_zeros_when_parsed_then_kept(self) -> None:
        assert parse(b"code,name\n00123,Bolt\n", name="a.csv").text == "code: 00123 | name: Bolt"

    def test_given_a_list_of_lines_when_parsed_then_commas_do_not_cut_them(self) -> None:
        text = "A line of words\nAnother, with a comma in it\nA third line\n"

        assert parse(text.encode(), name="a.csv").text == text.strip()

    def test_given_a_quotation_mark_that_is_never_closed_when_parsed_then_rows_are_kept(self) -> None:
        rows = "".join(f"{n},value {n}\n" for n in range(400))

        document = parse(f'id,text\n7,"opened\n{rows}'.encode(), name="a.csv")

        assert "id: 399 | text: value 399" in document.text
        assert "quotation mark" in document.metadata["remarks"][0]
