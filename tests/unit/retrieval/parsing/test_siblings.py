"""Pages that take something from other files of their source."""

from typing import ClassVar

import pytest

from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.siblings import Project, Siblings


def read(texts: dict[str, str], path: str) -> ParsedDocument:
    siblings, _ = Project(texts).siblings(path, texts[path])
    return parse(texts[path].encode(), name=path, siblings=Siblings.from_json(siblings.to_json()))


def links(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(document.text[m.start : m.end], m.value) for m in document.marks if m.kind == "link"]


class TestRestructuredText:
    def test_given_an_included_file_when_parsed_then_its_words_stand_there(self) -> None:
        texts = {
            "docs/a/page.rst": "Page\n====\n\nBefore.\n\n.. include:: /parts/note.rst\n\nAfter.",
            "docs/parts/note.rst": ".. note::\n\n   Colours matter.",
        }

        document = read(texts, "docs/a/page.rst")

        assert document.text == "# Page\n\nBefore.\n\nNote: Colours matter.\n\nAfter."
        assert "missing" not in document.metadata

    @pytest.mark.parametrize(
        ("options", "shown"),
        [
            (":start-line: 1\n   :end-line: 2", "two"),
            (":start-after: one\n   :end-before: three", "two"),
            (":lines: 1,3", "one three"),
        ],
    )
    def test_given_options_of_an_include_when_parsed_then_only_what_they_ask_for_is_shown(
        self, options: str, shown: str
    ) -> None:
        texts = {"p.rst": f"P\n=\n\n.. include:: x.inc\n   {options}", "x.inc": "one\ntwo\nthree\n"}

        assert read(texts, "p.rst").text == f"# P\n\n{shown}"

    def test_given_a_listing_from_a_file_when_parsed_then_it_is_code(self) -> None:
        texts = {"p.rst": "P\n=\n\n.. literalinclude:: run.inc\n   :language: sh", "run.inc": "make all\n"}

        assert read(texts, "p.rst").text == "# P\n\n```sh\nmake all\n```"

    def test_given_files_that_include_each_other_when_parsed_then_it_ends(self) -> None:
        texts = {
            "a.rst": "A\n=\n\nWords.\n\n.. include:: b.rst",
            "b.rst": "More.\n\n.. include:: a.rst",
        }

        assert "More." in read(texts, "a.rst").text

    def test_given_references_to_pages_and_labels_when_parsed_then_they_are_links_with_titles(self) -> None:
        texts = {
            "a/page.rst": (
                "Page\n====\n\nSee :doc:`/b/roles`, :doc:`the roles </b/roles>`, :ref:`grant-access` and :ref:`nothing`."
            ),
            "b/roles.rst": "Roles and rights\n================\n\n.. _grant-access:\n\nGiving access\n-------------\n\nText.",
        }

        document = read(texts, "a/page.rst")

        assert document.text == "# Page\n\nSee Roles and rights, the roles, Giving access and nothing."
        assert links(document) == [
            ("Roles and rights", "../b/roles.rst"),
            ("the roles", "../b/roles.rst"),
            ("Giving access", "../b/roles.rst#grant-access"),
        ]

    def test_given_settings_of_sphinx_when_parsed_then_substitutions_and_addresses_are_known(self) -> None:
        texts = {
            "docs/page.rst": "Page\n====\n\nIn |product|, see :manual:`the manual </install>`.",
            "docs/conf.py": (
                'import os\nrst_epilog = ".. |product| replace:: Kettle 3"\n'
                'extlinks = {"manual": ("https://manual.example%s", "")}\nos.system("touch /tmp/never")\n'
            ),
        }

        document = read(texts, "docs/page.rst")

        assert document.text == "# Page\n\nIn Kettle 3, see the manual."
        assert links(document) == [("the manual", "https://manual.example/install")]

    def test_given_a_path_that_leaves_the_source_when_parsed_then_it_is_missing(self) -> None:
        document = read({"p.rst": "P\n=\n\nText.\n\n.. include:: ../../etc/passwd"}, "p.rst")

        assert document.metadata["missing"] == ["../../etc/passwd"]


class TestAsciidoc:
    def test_given_a_partial_of_antora_when_parsed_then_its_words_stand_there(self) -> None:
        texts = {
            "modules/admin/pages/a/page.adoc": (
                "= Page\n\ninclude::partial$steps.adoc[leveloffset=+1,tag=new]\n\ninclude::partial$none.adoc[]"
            ),
            "modules/admin/partials/steps.adoc": "// tag::new[]\n= Steps\n\nPress it.\n// end::new[]\nOld.",
        }

        document = read(texts, "modules/admin/pages/a/page.adoc")

        assert document.text == "# Page\n\n## Steps\n\nPress it."
        assert document.metadata["missing"] == ["partial$none.adoc"]

    def test_given_references_to_pages_when_parsed_then_they_are_relative_links_with_titles(self) -> None:
        texts = {
            "modules/m/pages/a/b/page.adoc": "= Page\n\nSee xref:setup/wifi.adoc[] and xref:setup/wifi.adoc#band[bands].",
            "modules/m/pages/setup/wifi.adoc": "= Setting up the network\n\nText.",
        }

        document = read(texts, "modules/m/pages/a/b/page.adoc")

        assert links(document) == [
            ("Setting up the network", "../../setup/wifi.adoc"),
            ("bands", "../../setup/wifi.adoc#band"),
        ]

    def test_given_attributes_of_the_component_when_parsed_then_they_are_replaced_also_in_code(self) -> None:
        texts = {
            "modules/m/pages/p.adoc": '= P\n\nUse {app}.\n\n[source,sh,subs="attributes+"]\n----\nrun {app-cli}\n----',
            "antora.yml": "name: x\nasciidoc:\n  attributes:\n    app: Kettle@\n    app-cli: kettlectl\n",
        }

        assert read(texts, "modules/m/pages/p.adoc").text == "# P\n\nUse Kettle.\n\n```sh\nrun kettlectl\n```"

    def test_given_files_that_include_each_other_when_parsed_then_it_ends(self) -> None:
        texts = {"a.adoc": "= A\n\nWords.\n\ninclude::b.adoc[]", "b.adoc": "More.\n\ninclude::a.adoc[]"}

        assert "More." in read(texts, "a.adoc").text


class TestWholePages:
    TEXTS: ClassVar = {
        "book.rst": "The book\n========\n\nBefore.\n\n.. include:: lamps.rst\n\nAfter.",
        "lamps.rst": "Care of lamps\n=============\n\nLamps are dusted.",
        "book.adoc": "= The book\n\nBefore.\n\ninclude::pumps.adoc[leveloffset=+1]\n\nAfter.",
        "pumps.adoc": "= Care of pumps\n\nPumps are oiled.\n\n// tag::short[]\nOnce a year.\n// end::short[]",
        "short.adoc": "= Short\n\ninclude::pumps.adoc[tag=short]",
        "plain.rst": "Plain\n=====\n\n.. include:: warning.rst",
        "warning.rst": "Mind the heat.",
    }

    @pytest.mark.parametrize(
        ("path", "title", "said"),
        [("book.rst", "Care of lamps", "dusted"), ("book.adoc", "Care of pumps", "oiled")],
    )
    def test_given_a_page_that_another_includes_whole_when_parsed_then_it_is_named_there_and_found_once(
        self, path: str, title: str, said: str
    ) -> None:
        text = read(self.TEXTS, path).text

        assert title in text
        assert said not in text
        assert text.index("Before.") < text.index(title) < text.index("After.")

    def test_given_an_include_of_some_lines_of_a_page_when_parsed_then_they_stand_there(self) -> None:
        assert "Once a year." in read(self.TEXTS, "short.adoc").text

    def test_given_an_included_file_without_title_when_asked_then_it_is_a_part(self) -> None:
        assert Project(self.TEXTS).is_part("warning.rst")
        assert not Project(self.TEXTS).is_part("lamps.rst")
        assert "Mind the heat." in read(self.TEXTS, "plain.rst").text


class TestParts:
    TEXTS: ClassVar = {
        "page.rst": "P\n=\n\n.. include:: snippets/x.rst\n\n.. include:: other.rst",
        "snippets/x.rst": "Part.",
        "snippets/unused.rst": "Unused\n======\n\nText.",
        "other.rst": "Other\n=====\n\nText.",
        "conf.py": "",
    }

    @pytest.mark.parametrize(
        ("path", "part"),
        [("snippets/x.rst", True), ("conf.py", True), ("snippets/unused.rst", False), ("other.rst", False)],
    )
    def test_given_a_file_when_it_is_included_and_named_as_a_part_then_it_is_one(
        self, path: str, part: bool
    ) -> None:
        assert Project(self.TEXTS).is_part(path) is part

    def test_given_a_page_when_asked_what_it_uses_then_what_is_missing_is_said_too(self) -> None:
        texts = {**self.TEXTS, "page.rst": self.TEXTS["page.rst"] + "\n\n.. include:: gone.rst"}

        _, used = Project(texts).siblings("page.rst", texts["page.rst"])

        assert used == {"snippets/x.rst": True, "other.rst": True, "gone.rst": False, "conf.py": True}
