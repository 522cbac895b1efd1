"""Word: merged and nested tables, numbered steps, headings of every making, notes."""

import io
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.parse import parse


def parsed(document: Any, name: str = "a.docx") -> ParsedDocument:
    out = io.BytesIO()
    document.save(out)
    return parse(out.getvalue(), name=name)


def fill(table: Any, rows: list[list[str]]) -> None:
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def number(paragraph: Any, number_id: int, level: int = 0) -> None:
    paragraph._p.get_or_add_pPr().append(
        parse_xml(
            f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>'
        )
    )


def numbered(document: Any) -> None:
    """Two lists of one definition, the second of which starts again: `1.`, below it `a)`."""
    root = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (form, text) in enumerate([("decimal", "%1."), ("lowerLetter", "%2)"), ("decimal", "%1.%3")])
    )
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="90">{levels}</w:abstractNum>'))
    for number_id, more in (
        (90, ""),
        (91, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'),
    ):
        root.append(
            parse_xml(
                f'<w:num {nsdecls("w")} w:numId="{number_id}"><w:abstractNumId w:val="90"/>{more}</w:num>'
            )
        )


class TestTables:
    def test_given_cells_merged_down_and_across_when_parsed_then_every_row_is_whole(self) -> None:
        document = Document()
        table = document.add_table(rows=4, cols=3)
        fill(
            table,
            [["Line", "Fault", "Days"], ["Kettles", "leaking", "4"], ["", "no heat", "6"], ["All", "", "x"]],
        )
        table.cell(1, 0).merge(table.cell(2, 0))
        table.cell(3, 1).merge(table.cell(3, 2)).text = "not repaired"

        assert parsed(document).text.split("\n") == [
            "Line: Kettles | Fault: leaking | Days: 4",
            "Line: Kettles | Fault: no heat | Days: 6",
            "Line: All | Fault: not repaired | Days: not repaired",
        ]

    def test_given_a_table_in_a_cell_when_parsed_then_it_is_written_once(self) -> None:
        document = Document()
        table = document.add_table(rows=2, cols=2)
        fill(table, [["Plan", "Limits"], ["Pro", "These:"]])
        fill(table.cell(1, 1).add_table(rows=2, cols=2), [["Seats", "10"], ["Files", "99"]])

        assert parsed(document).text == "Plan: Pro | Limits: These: Seats | 10 Files | 99"

    def test_given_a_row_marked_as_header_when_parsed_then_its_cells_are_names(self) -> None:
        document = Document()
        table = document.add_table(rows=2, cols=2)
        fill(table, [["2025", "2026"], ["5 €", "6 €"]])
        table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))

        assert parsed(document).text == "2025: 5 € | 2026: 6 €"

    def test_given_steps_in_a_cell_when_parsed_then_they_stay_numbered(self) -> None:
        document = Document()
        numbered(document)
        table = document.add_table(rows=2, cols=2)
        fill(table, [["How do I return it?", "Like this:"], ["Is it free?", "Yes."]])
        for text in ("Print the label.", "Pack it."):
            number(table.cell(0, 1).add_paragraph(text), 90)

        text = parsed(document).text

        assert text.startswith(
            "# How do I return it?\n\nLike this:\n1. Print the label.\n2. Pack it.\n\n# Is it"
        )


class TestNumbering:
    def test_given_numbered_steps_when_parsed_then_levels_and_restarts_are_as_shown(self) -> None:
        document = Document()
        numbered(document)
        steps = [("Open", 90, 0), ("left", 90, 1), ("right", 90, 1), ("deep", 90, 2), ("Close", 90, 0)]
        for text, number_id, level in [*steps, ("Other way", 91, 0)]:
            number(document.add_paragraph(text), number_id, level)
        document.add_paragraph("Between.")
        number(document.add_paragraph("Goes on"), 91)

        assert parsed(document).text.split("\n") == [
            "1. Open", "  a) left", "  b) right", "    1.1 deep", "2. Close", "1. Other way", "", "Between.", "",
            "2. Goes on",
        ]  # fmt: skip

    def test_given_a_numbered_heading_with_a_word_when_parsed_then_the_word_is_kept(self) -> None:
        document = Document()
        numbered(document)
        levels = document.part.numbering_part.element.find(qn("w:abstractNum")).findall(qn("w:lvl"))
        levels[0].find(qn("w:lvlText")).set(qn("w:val"), "Step %1:")
        for text in ("Unpack", "Plug in"):
            number(document.add_heading(text, 1), 90)
        document.add_paragraph("Done.")

        assert [b.title for b in parsed(document).blocks if b.title] == ["Step 1: Unpack", "Step 2: Plug in"]


class TestHeadings:
    def test_given_bold_lines_for_headings_when_parsed_then_they_are_headings(self) -> None:
        document = Document()
        document.add_paragraph().add_run("Can I return it?").bold = True
        document.add_paragraph("Yes.")
        document.add_paragraph().add_run("A whole sentence in bold is only loud.").bold = True

        assert [b.title for b in parsed(document).blocks if b.title] == ["Can I return it?"]

    def test_given_styles_of_our_own_when_parsed_then_those_based_on_headings_are_headings(self) -> None:
        document = Document()
        style = document.styles.add_style("Chapter", 1)
        style.element.append(parse_xml(f'<w:basedOn {nsdecls("w")} w:val="Heading2"/>'))
        document.add_paragraph("Returns", style="Chapter")
        document.add_paragraph("Within 30 days.")

        (block,) = [b for b in parsed(document).blocks if b.title]

        assert (block.title, block.level) == ("Returns", 2)

    def test_given_a_title_that_the_program_made_when_parsed_then_the_first_heading_is_it(self) -> None:
        document = Document()
        document.core_properties.title = "Microsoft Word - returns_v3.doc"
        document.add_heading("Returns", 1)
        document.add_paragraph("Within 30 days.")

        assert parsed(document, "returns_v3.docx").title == "Returns"


class TestNotes:
    def test_given_a_footnote_when_parsed_then_it_stands_where_it_is_called(self) -> None:
        document = Document()
        notes = f'<w:footnotes {nsdecls("w")}><w:footnote w:id="2"><w:p><w:r><w:t>Except gift cards.</w:t></w:r></w:p></w:footnote></w:footnotes>'
        part = Part(
            PackURI("/word/footnotes.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
            notes.encode(),
            document.part.package,
        )
        document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        paragraph = document.add_paragraph("Goods can be returned")
        paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="2"/></w:r>'))
        paragraph.add_run(" within 30 days.")

        assert parsed(document).text == "Goods can be returned (Except gift cards.) within 30 days."


class TestFormulas:
    NAMESPACE = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'

    def math(self, inside: str) -> Any:
        return parse_xml(f"<m:oMath {self.NAMESPACE}>{inside}</m:oMath>")

    def test_given_formulas_in_a_sentence_when_parsed_then_they_are_read(self) -> None:
        document = Document()
        paragraph = document.add_paragraph("Let ")
        paragraph._p.append(
            self.math(
                "<m:sSub><m:e><m:r><m:t>t</m:t></m:r></m:e><m:sub><m:r><m:t>0</m:t></m:r></m:sub></m:sSub>"
            )
        )
        paragraph.add_run(" be the time, and ")
        paragraph._p.append(
            self.math(
                "<m:r><m:t>v=</m:t></m:r><m:f><m:num><m:r><m:t>a+b</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
            )
        )
        paragraph.add_run(" the speed.")

        assert parsed(document).text == "Let t_0 be the time, and v=(a+b)/2 the speed."

    def test_given_roots_sums_and_brackets_when_parsed_then_their_order_is_kept(self) -> None:
        def run(text: str) -> str:
            return f"<m:r><m:t>{text}</m:t></m:r>"

        document = Document()
        document.add_paragraph()._p.append(
            self.math(
                '<m:nary><m:naryPr><m:chr m:val="\u2211"/></m:naryPr>'
                f"<m:sub>{run('i=1')}</m:sub><m:sup>{run('n')}</m:sup><m:e>"
                f"<m:rad><m:deg/><m:e>{run('x')}</m:e></m:rad></m:e></m:nary>"
                f"<m:d><m:e><m:sSup><m:e>{run('y')}</m:e><m:sup>{run('2')}</m:sup></m:sSup></m:e></m:d>"
            )
        )

        assert parsed(document).text == "\u2211_(i=1)^n \u221ax(y^2)"


class TestListings:
    def test_given_lines_in_letters_of_one_width_when_parsed_then_they_are_one_listing(self) -> None:
        document = Document()
        document.add_paragraph("Save this file:")
        for line in ("{", '  "name": "a"', "}"):
            document.add_paragraph().add_run(line).font.name = "Consolas"
        document.add_paragraph("Then restart.")

        assert parsed(document).text == ('Save this file:\n\n```\n{\n  "name": "a"\n}\n```\n\nThen restart.')
