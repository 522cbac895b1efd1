"""Kinds of pages that people have: slides, code, diagrams, pages laid out in boxes, tables over two pages, other scripts."""

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from caseplane.retrieval.parsing.documents import BlockKind, ParsedDocument
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.pdf_fonts import translated

Draw = Callable[[canvas.Canvas], None]

SLIDE = (720.0, 405.0)
CODE = [
    "def restart(pump):",
    "    if pump.is_cold():",
    "        return False",
    "    return pump.start(after=10)",
]
PROSE = "The pump restarts by itself after a power cut, which takes ten minutes on a cold day in winter."


def parsed(*pages: Draw, size: tuple[float, float] = A4, title: str = "A title") -> ParsedDocument:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=size)
    page.setTitle(title)
    for draw in pages:
        page.setFont("Helvetica", 10)
        draw(page)
        page.showPage()
    page.save()
    return parse(out.getvalue(), name="manual.pdf")


def write(page: canvas.Canvas, texts: list[str], *, x: float = 60, y: float = 700, pitch: float = 14) -> None:
    for number, text in enumerate(texts):
        indent = len(text) - len(text.lstrip())
        page.drawString(x + indent * 6, y - number * pitch, text.lstrip())


def slide(title: str, texts: list[str], *, also: Draw | None = None) -> Draw:
    def draw(page: canvas.Canvas) -> None:
        page.setFont("Helvetica", 28)
        page.drawString(40, 350, title)
        page.setFont("Helvetica", 16)
        write(page, texts, x=40, y=290, pitch=26)
        if also:
            also(page)

    return draw


def titles(document: ParsedDocument) -> list[str]:
    return [block.title for block in document.blocks if block.title]


class TestSlides:
    def test_given_slides_when_parsed_then_each_title_heads_what_its_slide_says(self) -> None:
        document = parsed(
            slide("Heat pumps", ["For people who live with one"]),
            slide("Cleaning", ["\u2022 Switch it off", "\u2022 Rinse the filter"]),
            slide("Repair", ["\u2022 Call the installer"]),
            size=SLIDE,
        )

        assert titles(document) == ["Heat pumps", "Cleaning", "Repair"]
        assert "## Cleaning\n\n- Switch it off\n- Rinse the filter\n\n## Repair" in document.text

    def test_given_a_slide_that_is_built_up_when_parsed_then_it_is_read_once(self) -> None:
        document = parsed(
            slide("Heat pumps", ["For people who live with one"]),
            slide("Cleaning", ["\u2022 Switch it off"]),
            slide("Cleaning", ["\u2022 Switch it off", "\u2022 Rinse the filter"]),
            slide("Repair", ["\u2022 Call the installer"]),
            size=SLIDE,
        )

        assert document.text.count("Switch it off") == 1
        assert [b.page for b in document.blocks if "Switch" in document.text[b.start : b.end]] == [3]

    def test_given_large_words_beside_a_title_when_parsed_then_they_head_nothing(self) -> None:
        def shout(page: canvas.Canvas) -> None:
            page.setFont("Helvetica-Bold", 22)
            page.drawString(40, 100, "Only twice a year")

        document = parsed(
            slide("Heat pumps", ["For people who live with one"]),
            slide("Cleaning", ["It is done in ten minutes"], also=shout),
            slide("Repair", ["Call the installer"]),
            size=SLIDE,
        )

        assert titles(document) == ["Heat pumps", "Cleaning", "Repair"]
        assert "Only twice a year" in document.text

    def test_given_a_picture_with_names_beside_the_points_when_parsed_then_the_points_stay_together(
        self,
    ) -> None:
        def picture(page: canvas.Canvas) -> None:
            for number, name in enumerate(["sensor", "valve", "motor", "lamp"]):
                page.drawString(500, 283 - number * 37, name)

        points = [
            "The sensor measures the heat",
            "The valve opens at once",
            "The motor turns",
            "The lamp is lit",
        ]
        document = parsed(
            slide("Heat pumps", ["For people who live with one"]),
            slide("Parts", [f"\u2022 {point}" for point in points], also=picture),
            slide("Repair", ["Call the installer"]),
            size=SLIDE,
        )

        assert "\n".join(f"- {point}" for point in points) in document.text


class TestCode:
    def test_given_code_when_parsed_then_its_lines_and_indents_stay(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            write(page, [PROSE], y=740)
            page.setFont("Courier", 10)
            write(page, CODE)
            page.setFont("Helvetica", 10)
            write(page, [PROSE], y=620)

        document = parsed(draw)

        assert "```\n" + "\n".join(CODE) + "\n```" in document.text
        assert [block.kind for block in document.blocks].count(BlockKind.code) == 1

    def test_given_code_in_a_box_in_other_letters_when_parsed_then_its_lines_stay(self) -> None:
        texts = ["resources:", "limits:", "memory: 10", "cores: 30"]

        def draw(page: canvas.Canvas) -> None:
            write(page, [PROSE, PROSE], y=740)
            page.rect(50, 650, 300, 65)
            write(page, texts)

        assert "```\n" + "\n".join(texts) + "\n```" in parsed(draw).text

    def test_given_a_colour_behind_each_line_of_code_when_parsed_then_it_is_no_table(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            write(page, [PROSE], y=740)
            for number in range(len(CODE)):
                page.rect(60, 696 - number * 14, 24, 14)
                page.rect(84, 696 - number * 14, 300, 14)
            write(page, [str(number) for number in range(1, 5)], x=66)
            page.setFont("Courier", 10)
            write(page, CODE, x=90)

        document = parsed(draw)

        assert "\n".join(CODE) in document.text
        assert BlockKind.table not in {block.kind for block in document.blocks}

    def test_given_a_document_all_in_letters_of_one_width_when_parsed_then_it_is_prose(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.setFont("Courier", 10)
            write(page, ["Switch the pump off at the wall and wait", "for ten minutes."])

        assert parsed(draw).text == "Switch the pump off at the wall and wait for ten minutes."


class TestBoxes:
    def test_given_a_diagram_when_parsed_then_each_box_is_a_name_and_none_is_a_heading(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            write(page, [PROSE, PROSE], y=740)
            page.setFont("Helvetica-Bold", 14)
            for number, name in enumerate(["Sensor", "Control unit", "Motor"]):
                page.rect(60 + number * 160, 600, 120, 40)
                page.drawString(70 + number * 160, 615, name)
            page.setFont("Helvetica", 10)
            write(page, [PROSE], y=560)

        document = parsed(draw)

        assert "- Sensor\n- Control unit\n- Motor" in document.text
        assert titles(document) == []

    def test_given_a_page_laid_out_in_boxes_when_parsed_then_each_box_is_read_by_itself(self) -> None:
        topics = {
            "Am I at risk?": "risk",
            "How do I prevent it?": "care",
            "Examples": "case",
            "References": "book",
        }
        words = [f"The {{0}} of line {number} fills the whole box." for number in range(8)]

        def draw(page: canvas.Canvas) -> None:
            page.grid([50, 290, 530], [780, 620, 460])
            for number, (topic, word) in enumerate(topics.items()):
                x, y = 60 + 240 * (number % 2), 760 - 160 * (number // 2)
                page.setFont("Helvetica-Bold", 14)
                page.drawString(x, y, topic)
                page.setFont("Helvetica", 9)
                write(page, [text.format(word) for text in words], x=x, y=y - 20)

        document = parsed(draw)

        assert titles(document) == list(topics)
        assert BlockKind.table not in {block.kind for block in document.blocks}
        for topic, word in topics.items():
            section = document.text.split(topic)[1].split("\n#")[0]
            assert section.count(f"The {word} of line") == 8


class TestTables:
    NAMES = ("Name", "Title", "Mail")
    ROWS = (("Ada Ek", "Director", "ada@example.com"), ("Bo Li", "Manager", "bo@example.com"))

    def _draw(self, rows: Sequence[tuple[str, ...]], y: float) -> Draw:
        def draw(page: canvas.Canvas) -> None:
            page.grid([60, 180, 320, 480], [y - 20 * number for number in range(len(rows) + 1)])
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    page.drawString((66, 186, 326)[column], y - 14 - 20 * number, text)

        return draw

    @pytest.mark.parametrize("before", [0, 1])
    def test_given_a_table_that_goes_on_on_the_next_page_when_parsed_then_its_rows_keep_their_names(
        self, before: int
    ) -> None:
        first = [self.NAMES, *self.ROWS[:before]]

        text = parsed(self._draw(first, 200), self._draw(self.ROWS[before:], 760)).text

        for name, title, mail in self.ROWS:
            assert f"Name: {name} | Title: {title} | Mail: {mail}" in text
        assert text.count("Name") == len(self.ROWS)

    def test_given_cells_of_several_lines_without_drawn_lines_when_parsed_then_each_row_is_whole(
        self,
    ) -> None:
        rows = [
            ("#", ["Description"], "Level", "Code"),
            ("3.1", ["Verify that leaving ends", "the session of the user at once"], "1", "613"),
            ("3.2", ["Verify that all sessions", "end after a change of password,", "on all devices"], "2", "614"),
            ("3.3", ["Verify that users see", "which sessions are open"], "1", "615"),
        ]  # fmt: skip

        def draw(page: canvas.Canvas) -> None:
            y = 700
            for number, texts, level, code in rows:
                page.drawString(60, y, number)
                page.drawString(330, y, level)
                page.drawString(400, y, code)
                write(page, texts, x=110, y=y, pitch=12)
                y -= 12 * len(texts) + 10

        text = parsed(draw).text

        assert (
            "#: 3.2 | Description: Verify that all sessions end after a change of password, on all devices"
            in text
        )
        assert text.count("#: 3.") == 3

    def test_given_a_line_under_the_words_of_a_cell_when_parsed_then_its_row_is_not_cut(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            page.grid([60, 180, 320], [700, 680, 640, 620])
            page.line(186, 663, 240, 663)
            for x, y, text in [
                (66, 686, "Setting"), (186, 686, "Values"), (66, 666, "Delay"), (186, 666, "0.1 s"),
                (186, 648, "to 30 s"), (66, 626, "Mode"), (186, 626, "auto"),
            ]:  # fmt: skip
                page.drawString(x, y, text)

        assert parsed(draw).text == "Setting: Delay | Values: 0.1 s to 30 s\nSetting: Mode | Values: auto"

    def test_given_lines_that_letters_are_drawn_with_when_parsed_then_they_are_no_cells(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            write(page, ["Switch the pump off at the wall."])
            for number in range(12):
                page.line(70 + 11 * number, 699, 70 + 11 * number, 706)

        assert parsed(draw).text == "Switch the pump off at the wall."


class TestLetters:
    def test_given_each_letter_placed_by_itself_when_parsed_then_words_are_whole(self) -> None:
        def draw(page: canvas.Canvas) -> None:
            for line, text in enumerate(["Application security", "standard of the year"]):
                x = 60.0
                for letter in text:
                    width = pdfmetrics.stringWidth(letter, "Helvetica", 10)
                    page.drawString(x, 700 - 30 * line, letter)
                    x += width

        text = parsed(draw).text

        assert "Application security" in text
        assert "standard of the year" in text

    def test_given_chinese_lines_when_parsed_then_no_space_joins_them(self) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        first, second = (
            "如果原始模型本身就是动态的则只有动态的轴可以设置不同的",
            "值。必须在开始之前设置。",
        )

        def draw(page: canvas.Canvas) -> None:
            page.setFont("STSong-Light", 10)
            write(page, [first, second])

        assert parsed(draw).text == first + second

    def test_given_a_sign_of_the_font_of_signs_when_parsed_then_it_says_what_it_shows(self) -> None:
        assert translated("ü", "Wingdings-Regular") == "\u2713"
        assert translated("Ø", "Wingdings") == "\u2022"
        assert translated("ü", "Helvetica") == "ü"


class TestRunning:
    def test_given_heads_with_the_chapter_and_the_page_when_parsed_then_they_are_left_out(self) -> None:
        chapters = ["Cleaning", "Cleaning", "Cleaning", "Repair", "Repair", "Parts", "Parts"]

        def draw(page: canvas.Canvas, number: int) -> None:
            page.drawString(60, 800, f"{number + 11} Chapter {chapters[number]}")
            write(
                page,
                [
                    f"Page {chr(97 + number)} explains a part of the machine in full detail, as none else does."
                ],
            )

        document = parsed(*(lambda page, n=n: draw(page, n) for n in range(len(chapters))))

        assert "Chapter" not in document.text
        assert document.text.count("explains a part") == len(chapters)
