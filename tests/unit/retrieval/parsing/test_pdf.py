"""PDF as people have it: columns, tables with and without lines, hyphens, running heads, titles, scans."""

import io
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas
from tests.unit.retrieval.parsing.samples import make_pdf

from caseplane.retrieval.parsing.documents import BlockKind, ParsedDocument
from caseplane.retrieval.parsing.parse import parse

Draw = Callable[[canvas.Canvas], None]

LEFT = [
    "Switch the pump off at the wall and wait",
    "ten minutes. Lift the grey lid and pull",
    "the filter out. Rinse it with lukewarm",
    "water and let it dry for a whole day.",
]
RIGHT = [
    "The code means that the outdoor sensor is",
    "not connected. Plug the white cable into",
    "the socket and restart the pump. If it stays",
    "on for two hours, call the installer.",
]


def parsed(*pages: Draw, title: str = "", name: str = "manual.pdf") -> ParsedDocument:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=A4)
    page.setTitle(title)
    for draw in pages:
        page.setFont("Helvetica", 10)
        draw(page)
        page.showPage()
    page.save()
    return parse(out.getvalue(), name=name)


def lines(page: canvas.Canvas, texts: list[str], *, x: float = 60, y: float = 700, pitch: float = 14) -> None:
    for number, text in enumerate(texts):
        page.drawString(x, y - number * pitch, text)


def rows(page: canvas.Canvas, table: list[list[str]], xs: list[float], *, y: float = 700) -> None:
    for number, row in enumerate(table):
        for x, text in zip(xs, row, strict=True):
            page.drawString(x, y - number * 16, text)


class TestOrder:
    def test_given_columns_drawn_row_by_row_when_parsed_then_each_column_is_read_whole(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.drawString(
                60,
                760,
                "Both columns of this page are below this line, which is as wide as both of them are.",
            )
            for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
                page.drawString(60, 700 - number * 14, left)
                page.drawString(320, 700 - number * 14, right)

        text = parsed(draw).text

        assert " ".join(LEFT) in text
        assert " ".join(RIGHT) in text
        assert text.index(LEFT[3]) < text.index(RIGHT[0])

    def test_given_a_table_without_lines_when_parsed_then_it_is_read_row_by_row(self) -> None:
        table = [["Model", "Output", "Noise"], ["NL-40", "4.0 kW", "38 dB"], ["NL-60", "6.2 kW", "41 dB"]]

        document = parsed(lambda page: rows(page, table, [60, 200, 340]))

        assert document.text == (
            "Model: NL-40 | Output: 4.0 kW | Noise: 38 dB\nModel: NL-60 | Output: 6.2 kW | Noise: 41 dB"
        )
        assert {block.kind for block in document.blocks} == {BlockKind.table}

    def test_given_a_drawn_table_with_long_and_merged_cells_when_parsed_then_every_row_is_whole(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.grid([60, 160, 300, 400], [700, 680, 640, 620])
            page.setFillColorRGB(1, 1, 1)
            for x, y, text in [
                (64, 686, "Line"), (164, 686, "Fault"), (304, 686, "Days"),
                (64, 666, "Kettles"), (164, 666, "leaking at the"), (164, 652, "bottom"), (304, 666, "4"),
                (64, 626, "Toasters"), (164, 626, "no heat"), (304, 626, "8"),
            ]:  # fmt: skip
                page.drawString(x, y, text)

        assert parsed(draw).text == (
            "Line: Kettles | Fault: leaking at the bottom | Days: 4\nLine: Toasters | Fault: no heat | Days: 8"
        )

    def test_given_a_cell_merged_down_when_parsed_then_it_is_repeated(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            for x in (60, 160, 300):
                page.line(x, 700, x, 640)
            for y in (700, 680, 640):
                page.line(60, y, 300, y)
            page.line(160, 660, 300, 660)
            for x, y, text in [
                (64, 686, "Line"),
                (164, 686, "Fault"),
                (64, 656, "Kettles"),
                (164, 666, "leaks"),
                (164, 646, "cold"),
            ]:
                page.drawString(x, y, text)

        assert parsed(draw).text == "Line: Kettles | Fault: leaks\nLine: Kettles | Fault: cold"

    def test_given_a_mirrored_page_as_browsers_print_it_when_parsed_then_words_read_forwards(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.transform(1, 0, 0, -1, 0, A4[1])
            text = page.beginText()
            text.setTextTransform(1, 0, 0, -1, 60, 100)
            text.textOut("Printed from a browser.")
            page.drawText(text)

        assert parsed(draw).text == "Printed from a browser."

    @pytest.mark.parametrize("angle", [90, 180, 270])
    def test_given_a_turned_page_when_parsed_then_it_is_read_upright(self, angle: int) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.translate(300, 400)
            page.rotate(angle)
            lines(page, ["The first line of the page.", "The second line of the page."], x=0, y=0)

        assert parsed(draw).text == "The first line of the page. The second line of the page."


class TestHyphens:
    @pytest.mark.parametrize(
        ("first", "second", "joined"),
        [
            (
                "The guarantee covers every self-ser\u00ad",
                "vice station that we sell.",
                "self-service station",
            ),
            ("Transport takes the whole long af\u00ad", "ternoon on most days.", "long afternoon on"),
            (
                "Use the e\u00admail address and the code A\u00ad12.",
                "",
                "the e-mail address and the code A-12",
            ),
            ("It is arranged by our very well-", "known partner in town.", "very wellknown partner"),
            ("See the page https://", "example.com/help for it.", "https://example.com/help"),
        ],
    )
    def test_given_a_hyphen_when_parsed_then_words_are_whole(
        self, first: str, second: str, joined: str
    ) -> None:
        assert joined in parsed(lambda page: lines(page, [first, second])).text

    def test_given_a_word_that_the_document_writes_with_a_hyphen_when_cut_there_then_it_keeps_it(
        self,
    ) -> None:
        texts = ["A well-known partner delivers it and it is set up by the very same well-", "known partner."]

        assert "same well-known partner" in parsed(lambda page: lines(page, texts)).text


class TestFurniture:
    def test_given_heads_and_page_numbers_when_parsed_then_out_and_pages_are_known(self) -> None:
        def page_of(number: int) -> Draw:
            def draw(page: canvas.Canvas) -> None:
                page.drawString(60, 800, "Nordlys owner manual")
                page.drawString(290, 30, f"{number}")
                lines(
                    page,
                    [f"Chapter {number} explains the {'abcdef'[number]} part of the machine in full detail."],
                )

            return draw

        document = parsed(*(page_of(number) for number in range(1, 5)))

        assert "Nordlys" not in document.text
        assert [block.page for block in document.blocks] == [1, 2, 3, 4]
        assert document.title == "Nordlys owner manual"

    def test_given_a_table_of_contents_when_parsed_then_its_lines_are_left_out(self) -> None:
        texts = [
            "Cleaning . . . . . . . . . . . . 4",
            "Repair ............ 7",
            "This is the text of the manual.",
        ]

        assert parsed(lambda page: lines(page, texts)).text == "This is the text of the manual."


class TestTitles:
    @pytest.mark.parametrize(
        "title", ["untitled", "Microsoft Word - manual_v3.doc", "Document1", "manual.indd", "", "(anonymous)"]
    )
    def test_given_a_title_that_a_program_made_when_parsed_then_the_largest_words_are_it(
        self, title: str
    ) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.setFont("Helvetica-Bold", 22)
            page.drawString(60, 760, "Heat pump NL-40")
            page.setFont("Helvetica", 10)
            lines(page, ["This manual explains how to install the heat pump and how to clean it afterwards."])

        document = parsed(draw, title=title)

        assert document.title == "Heat pump NL-40"
        assert [block.title for block in document.blocks if block.title] == ["Heat pump NL-40"]

    def test_given_no_title_anywhere_when_parsed_then_it_is_the_name_of_the_file(self) -> None:
        assert parse(make_pdf([["Only a line."]]), name="owner_manual.pdf").title == "owner manual"

    def test_given_bookmarks_when_parsed_then_they_are_headings_of_their_level(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            for level, (name, y) in enumerate([("Care", 700), ("Cleaning the filter", 660)]):
                page.bookmarkPage(name)
                page.addOutlineEntry(name, name, level)
                lines(
                    page, [name, "The words below it go on for the whole width of the page, as they do."], y=y
                )

        headings = [(b.title, b.level) for b in parsed(draw).blocks if b.title]

        assert headings == [("Care", 1), ("Cleaning the filter", 2)]


class TestScans:
    def test_given_some_pages_without_text_when_parsed_then_the_report_names_them(self) -> None:
        document = parse(make_pdf([["Page with words."], [], ["More words."], []]), name="m.pdf")

        assert document.metadata["pages_without_text"] == [2, 4]
        assert document.metadata["remarks"] == ["No text on pages 2, 4"]


class TestSurroundings:
    FOOT = ("Department of Pumps", "Office of Heat", "Chapter {}. Care")

    def test_given_a_foot_of_several_lines_with_the_chapter_when_parsed_then_it_is_left_out(self) -> None:
        topics = "filters valves pumps lids cables lamps hoses seals".split()

        def draw(page: canvas.Canvas, number: int) -> None:
            lines(page, [f"About {topics[number]} this page explains a step that no other page explains so."])
            for at, text in enumerate(self.FOOT):
                page.drawString(60, 70 - at * 12, text.format(1 + number // 4))
            page.drawString(300, 30, str(number + 1))

        document = parsed(*(lambda page, n=n: draw(page, n) for n in range(8)))  # type: ignore[misc]

        assert "Department" not in document.text
        assert "Chapter" not in document.text
        assert document.text.count("explains a step") == 8

    def test_given_pages_that_all_say_the_same_when_parsed_then_it_is_text(self) -> None:
        assert "On every page." in parse(make_pdf([["On every page."]] * 5), name="m.pdf").text

    def test_given_a_caption_in_bold_when_parsed_then_it_heads_nothing(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            lines(
                page,
                ["The pump has a grey lid, which is opened with a coin, and a filter that lies below it."],
            )
            page.setFont("Helvetica-Bold", 10)
            page.drawString(60, 660, "Figure 3. Where the lid is")
            page.setFont("Helvetica", 10)
            page.drawString(
                60, 630, "Lift the lid, and pull the filter out with both hands, as the picture shows it."
            )

        assert [block.title for block in parsed(draw).blocks if block.title] == []

    def test_given_bullets_set_far_from_their_text_when_parsed_then_they_are_a_list(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            for number, text in enumerate(["Scope of the check", "Results of the check", "Open questions"]):
                page.drawString(60, 700 - number * 16, "\u2022")
                page.drawString(84, 700 - number * 16, text)

        assert parsed(draw).text == "- Scope of the check\n- Results of the check\n- Open questions"

    def test_given_contents_that_flow_together_when_parsed_then_no_leader_is_left(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            lines(
                page,
                [
                    "Citations " + "." * 60 + " 33 7.2.",
                    "The filter is cleaned once a month, or when the lamp is lit.",
                ],
            )

        assert "....." not in parsed(draw).text
