"""Tables of every format: titles, headers, merged cells, groups, pairs, questions with answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.retrieval.parsing.chunking import chunk_document
from caseplane.retrieval.parsing.documents import BlockKind, TextBuilder
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.tables import Cell, plain_rows, write_table


def written(rows: list[list[str]]) -> str:
    builder = TextBuilder(max_chars=1_000_000)
    write_table(builder, plain_rows(rows))
    return builder.build(title="T", metadata={}).text


def html(table: str, around: str = "{}") -> str:
    return parse(around.format(f"<table>{table}</table>").encode(), name="a.html").text


class TestHeaders:
    def test_given_titles_above_the_header_when_written_then_they_are_titles(self) -> None:
        rows = [
            ["Prices 2026", "", ""],
            ["valid from May", "", ""],
            ["Item", "Net", "Gross"],
            ["Chair", "5", "6"],
        ]

        assert written(rows) == "Prices 2026\n\nvalid from May\n\nItem: Chair | Net: 5 | Gross: 6"

    def test_given_a_header_on_two_lines_when_written_then_the_names_are_joined(self) -> None:
        head = [[Cell("Plan"), Cell("Price"), Cell("Price", across=True)],
                [Cell("Plan", down=True), Cell("Monthly"), Cell("Yearly")]]  # fmt: skip
        builder = TextBuilder(max_chars=1000)

        write_table(builder, [*head, [Cell("Pro"), Cell("5 €"), Cell("50 €")]])

        text = builder.build(title="", metadata={}).text
        assert text == "Plan: Pro | Price Monthly: 5 € | Price Yearly: 50 €"

    @pytest.mark.parametrize(
        "rows",
        [
            [["ann@example.com", "Ann", "3"], ["bo@example.com", "Bo", "4"]],
            [["2026-01-05", "Maintenance"], ["2026-01-05", "Upgrade"]],
            [["Chair", "wood", "red"], ["Table", "wood", "blue"]],
        ],
    )
    def test_given_no_header_when_written_then_no_row_is_taken_for_one(self, rows: list[list[str]]) -> None:
        assert written(rows) == "\n".join(" | ".join(row) for row in rows)

    def test_given_names_and_their_values_when_written_then_they_are_pairs(self) -> None:
        rows = [["Weight", "3 kg"], ["Height:", "20 cm"], ["Colour", "red"]]

        assert written(rows) == "Weight: 3 kg\nHeight: 20 cm\nColour: red"

    def test_given_a_header_alone_when_written_then_it_is_kept(self) -> None:
        assert html("<tr><th>Plan</th><th>Price</th></tr>") == "Plan | Price"

    def test_given_empty_columns_when_written_then_names_stay_above_their_values(self) -> None:
        rows = [["", "Plan", "", "Price"], ["", "Free", "", "0 €"], ["", "Pro", "", "9 €"]]

        assert written(rows) == "Plan: Free | Price: 0 €\nPlan: Pro | Price: 9 €"


class TestMerged:
    def test_given_cells_merged_down_and_across_when_html_read_then_every_row_is_whole(self) -> None:
        text = html(
            "<tr><th>Line</th><th>Fault</th><th>Days</th></tr>"
            "<tr><td rowspan=2>Kettles</td><td>leaking</td><td>4</td></tr><tr><td>no heat</td><td>6</td></tr>"
            "<tr><td>Toasters</td><td colspan=2>not repaired</td></tr>"
        )

        assert text.split("\n") == [
            "Line: Kettles | Fault: leaking | Days: 4",
            "Line: Kettles | Fault: no heat | Days: 6",
            "Line: Toasters | Fault: not repaired | Days: not repaired",
        ]

    def test_given_a_row_over_all_columns_when_read_then_it_stands_in_the_rows_below(self) -> None:
        text = html(
            "<tr><th>City</th><th>Days</th></tr><tr><td colspan=2>Europe</td></tr><tr><td>Oslo</td><td>3</td></tr>"
            "<tr><td colspan=2>Asia</td></tr><tr><td>Tokyo</td><td>8</td></tr>"
        )

        assert text == "Europe | City: Oslo | Days: 3\nAsia | City: Tokyo | Days: 8"


class TestQuestions:
    def test_given_questions_and_answers_when_written_then_each_is_a_heading_with_its_answer(self) -> None:
        rows = [["Is there a discount?", "Yes, 35 %."], ["Can I gift it?", "1. Choose Gift.\n2. Pay."]]

        assert written(rows) == (
            "# Is there a discount?\n\nYes, 35 %.\n\n# Can I gift it?\n\n1. Choose Gift.\n2. Pay."
        )

    @pytest.mark.parametrize(
        "names",
        ["Question,Answer", "Frage,Antwort", "question,réponse", "Pregunta,Respuesta", "Domanda,Risposta"],
    )
    def test_given_columns_named_so_when_written_then_requests_are_questions_too(self, names: str) -> None:
        rows = [["Topic", *names.split(",")], ["Billing", "Change the card", "Open Billing."]]

        assert written(rows) == "# Change the card\n\nOpen Billing.\n\nTopic: Billing"

    def test_given_text_after_the_questions_when_chunked_then_it_belongs_to_the_section_above_them(
        self,
    ) -> None:
        page = "<h1>Help</h1><h2>Orders</h2>{}<p>Orders close at noon, every day of the week but Sunday, all year.</p>"
        data = page.format(
            "<table><tr><td>May I return it?</td><td>Yes, within thirty days of the day on which it was delivered"
            " to you or to a neighbour.</td></tr><tr><td>Who pays the way back?</td><td>We pay for the way back from"
            " every country that we deliver to, by the parcel service that brought it.</td></tr></table>"
        )

        chunks = chunk_document(parse(data.encode(), name="a.html"))

        paths = {c.raw_text.split()[0]: c.heading_path for c in chunks}
        assert paths["We"] == ("Help", "Orders", "Who pays the way back?")
        assert paths["Orders"] == ("Help", "Orders")


class TestAnyTable:
    @given(st.lists(st.lists(st.sampled_from(["", "a", "3 kg", "Why?", "x y", "Z"]), max_size=5), max_size=8))
    def test_given_any_rows_when_written_then_no_cell_is_lost(self, rows: list[list[str]]) -> None:
        builder = TextBuilder(max_chars=100_000)

        write_table(builder, plain_rows(rows))

        document = builder.build(title="T", metadata={})
        for cell in (cell for row in rows for cell in row):
            assert cell in document.text
        assert all(document.text[b.start : b.end] for b in document.blocks if b.kind is not BlockKind.heading)


def said(rows: list[list[Cell]]) -> str:
    builder = TextBuilder(max_chars=100_000)
    write_table(builder, rows)
    return builder.build(title="T", metadata={}).text


class TestHeadersOfFiles:
    def test_given_a_header_that_is_empty_when_written_then_the_first_row_names_nothing(self) -> None:
        head = [Cell("", header=True), Cell("", header=True)]
        body = [[Cell("--all"), Cell("Every user of the group")], [Cell("--one"), Cell("One user of it")]]

        assert said([head, *body]) == "--all: Every user of the group\n--one: One user of it"

    def test_given_a_preface_of_names_and_values_over_a_wide_table_when_written_then_its_header_is_found(
        self,
    ) -> None:
        rows = plain_rows(
            [
                ["Products"],
                ["In millions", "", "", "", "", "2024"],
                ["", "Sales", "Profit", "Cost", "Tax", "Rest"],
                ["Coffee", "12,339", "2,607", "101", "50", "12"],
                ["Water", "1,792", "175", "1", "1", "2"],
            ]
        )

        assert said(rows).endswith("Water | Sales: 1,792 | Profit: 175 | Cost: 1 | Tax: 1 | Rest: 2")

    def test_given_a_long_note_in_the_header_when_written_then_the_other_names_stay_names(self) -> None:
        note = "Note to testers: please do not change the names of the columns, and save the file under a new name"
        rows = plain_rows([["Field", "Kind", "Range", "Need", note], ["speed", "Decimal", "0-163", "R", ""]])

        assert "Field: speed | Kind: Decimal | Range: 0-163 | Need: R" in said(rows)
