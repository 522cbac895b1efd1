"""AsciiDoc becomes the text that its readers see."""

import shutil
import string
import sysconfig

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseplane.retrieval.parsing.asciidoc import polish, prepare
from caseplane.retrieval.parsing.asciidoc_conditions import decided
from caseplane.retrieval.parsing.asciidoc_tables import plain_tables
from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.errors import EmptyDocumentError, UnsupportedFormatError
from caseplane.retrieval.parsing.parse import parse

converter = pytest.mark.skipif(
    not shutil.which("downdoc", path=sysconfig.get_path("scripts")), reason="no converter for this machine"
)


def read(text: str) -> ParsedDocument:
    return parse(text.encode(), name="page.adoc")


@converter
class TestPage:
    def test_given_page_of_a_help_centre_when_parsed_then_words_stay_and_marks_go(self) -> None:
        document = read(
            "= Labels\n:toc:\n:product: Desk\n\n[#print]\n== Print labels\n\n"
            "Open {product}, press kbd:[Ctrl+P] or choose menu:File[Print > All] and btn:[OK].\n"
            "See xref:setup/mail.adoc#smtp[mail] and <<print,above>>.footnote:[Not on phones.]\n\n"
            "[WARNING]\n====\nDo not unplug.\n====\n\nNOTE: It is slow.\n\n"
            "// gone\n\n----\nkbd:[x] {y}\n----\n\nimage::a.png[Shot]\n"
        )

        assert document.title == "Labels"
        assert document.text == (
            "# Labels\n\n## Print labels\n\nOpen Desk, press Ctrl+P or choose File > Print > All and OK. "
            "See mail and above. (Not on phones.)\n\nWarning: Do not unplug.\n\nNote: It is slow.\n\n"
            "```\nkbd:[x] {y}\n```"
        )

    def test_given_tabs_when_parsed_then_each_keeps_its_name(self) -> None:
        tabs = "[tabs]\n====\nWindows::\n+\n--\nRun it.\n--\nLinux::\n+\n--\nMake it.\n--\n===="

        assert read(tabs).text == "- Windows\n  Run it.\n- Linux\n  Make it."

    def test_given_parts_of_other_files_when_parsed_then_none_is_read_and_all_are_named(self) -> None:
        document = read("= A\n\nText.\n\ninclude::/etc/passwd[]\n\n----\ninclude::run.py[]\n----\n")

        assert document.text == "# A\n\nText."
        assert document.metadata["missing"] == ["/etc/passwd", "run.py"]

    def test_given_cells_that_reach_further_when_parsed_then_they_are_repeated(self) -> None:
        table = (
            '[cols="1,1,1",options="header"]\n|===\n|Plan |Seats |Price\n\n.2+|Free |3 |0\n|5 |9 +\na month\n'
            "2+|Pro a|* one\n* two\n|==="
        )

        assert read(table).text == (
            "Plan: Free | Seats: 3 | Price: 0\nPlan: Free | Seats: 5 | Price: 9 a month\n"
            "Plan: Pro | Seats: Pro | Price: one; two"
        )

    def test_given_table_in_csv_when_parsed_then_values_are_under_their_names(self) -> None:
        assert read('[%header,format=csv]\n|===\nPlan,Price\nPro,"9, monthly"\n|===').text == (
            "Plan: Pro | Price: 9, monthly"
        )

    def test_given_description_when_parsed_then_it_can_be_found(self) -> None:
        assert read("= A\n:description: pass:q[How to print]\n\nText.").text == "How to print\n\n# A\n\nText."

    def test_given_nothing_when_parsed_then_refused_as_empty(self) -> None:
        with pytest.raises(EmptyDocumentError):
            read("// only a comment\n")


class TestConditions:
    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            ("ifdef::backend-html5[]\na\nendif::[]\nb", "a b"),
            ("ifdef::backend-pdf[]\na\nendif::[]\nb", "b"),
            ("ifndef::env-github[]\na\nendif::[]", "a"),
            (":x: 1\nifdef::x[]\na\nifdef::y[]\nb\nendif::[]\nendif::[]\nc", ":x: 1 a c"),
            ("ifdef::env-site[Short.]\nb", "Short. b"),
            (':v: 3\nifeval::[{v} >= 2]\na\nendif::[]\nifeval::["{v}" == "2"]\nb\nendif::[]', ":v: 3 a"),
            ('ifeval::["{edition}" == "pro"]\na\nendif::[]', "a"),
            ("endif::[]\na", "a"),
        ],
    )
    def test_given_condition_when_decided_then_the_web_page_is_shown(self, source: str, shown: str) -> None:
        assert " ".join(decided(source.split("\n"))) == shown


class TestWords:
    def test_given_attributes_of_a_project_when_polished_then_their_names_are_words(self) -> None:
        assert polish("Install {product-name} from {url-x}/y[the site^].{nbsp}`{kept}`") == (
            "Install product name from the site.\u00a0`{kept}`"
        )

    def test_given_no_converter_when_parsed_then_refused_with_the_reason(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda *_, **__: None)

        with pytest.raises(UnsupportedFormatError, match="downdoc"):
            read("= A\n\nText.")


class TestAnyText:
    @given(
        st.lists(
            st.sampled_from(["|===", "|a", "2+|b", ".3+|", "3*|", "[cols=2*]", "----", "", "x"]), max_size=14
        )
    )
    @settings(max_examples=200, deadline=None)
    def test_given_any_table_when_written_out_then_rows_are_of_one_width(self, lines: list[str]) -> None:
        done = plain_tables(lines)

        widths: list[int] = []
        for line in done:
            if line.startswith("[") and "cols=" in line and '*"' in line:
                widths = [int(line.split('cols="')[1].split("*")[0])]
            elif widths and line.startswith("|") and line != "|===":
                assert line.count("|") == widths[0]
            elif line == "":
                widths = []

    @given(st.text(string.printable, max_size=200))
    @settings(max_examples=200, deadline=None)
    def test_given_any_text_when_prepared_then_it_is(self, text: str) -> None:
        assert isinstance(polish(prepare(text, [])), str)


class TestSmallMarks:
    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            ("Open the +*.ZIP+ file.", "Open the `*.ZIP` file."),
            ("C++ and a + b.", "C++ and a + b."),
            ("See https://a.example[the page, window=_blank].", "See the page."),
            ("|===\n|Key |Type\n\n|a |text\\|none\n|===", "Key: a | Type: text|none"),
            ("Do this:\n \n. Turn it off.\n. Wait.", "Do this:\n\n1. Turn it off.\n2. Wait."),
            ("Seen.\n// not seen\nSeen, too.", "Seen. Seen, too."),
            (
                '[cols="1,2"]\n//[cols="1,1"]\n|===\n| `--all`\n| Every user.\n\n| `--one`\n| One user.\n|===',
                "`--all`: Every user.\n`--one`: One user.",
            ),
        ],
    )
    def test_given_marks_that_readers_do_not_see_when_parsed_then_none_is_left(
        self, source: str, shown: str
    ) -> None:
        assert read(f"= Page\n\n{source}").text == f"# Page\n\n{shown}"
