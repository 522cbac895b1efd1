"""reStructuredText, plain or for Sphinx, becomes the text that its readers see."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.errors import DocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.parse import parse


def read(text: str) -> ParsedDocument:
    return parse(text.encode(), name="page.rst")


class TestRoles:
    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            (":guilabel:`&Save` it.", "Save it."),
            ("Use :menuselection:`File --> &Print`.", "Use File > Print."),
            ("See :doc:`the rooms </rooms/list>`.", "See the rooms."),
            ("See :doc:`/rooms/booking-rooms`.", "See booking rooms."),
            ("See :doc:`../rooms/index`.", "See rooms."),
            ("See :ref:`sizes <room-sizes>`.", "See sizes."),
            (":abbr:`SLA (service level agreement)` counts.", "SLA (service level agreement) counts."),
            ("Call :py:func:`~desk.api.open` now.", "Call open now."),
            ("Press :fa:`home` now.", "Press now."),
            ("See :no-such-role:`these words <x>` here.", "See these words here."),
            ("A `lost link`_ and lost_ ones.", "A lost link and lost ones."),
        ],
    )
    def test_given_role_when_parsed_then_its_words_are_left(self, source: str, shown: str) -> None:
        assert " ".join(read(source).text.replace("`", "").split()) == shown

    def test_given_label_of_the_page_when_referred_to_then_its_title_is_shown(self) -> None:
        document = read(".. _sizes:\n\nSizes of rooms\n==============\n\nSee :ref:`sizes`.")

        assert document.text == "# Sizes of rooms\n\nSee Sizes of rooms."

    def test_given_substitutions_when_parsed_then_defined_ones_are_resolved_and_icons_are_gone(self) -> None:
        document = read(
            ".. |desk| replace:: Helpdesk\n.. |save| image:: /img/s.svg\n   :alt: Save\n\n"
            "Open |desk|, press |save|, then |plus-icon| twice."
        )

        assert document.text == "Open Helpdesk, press Save, then twice."


class TestDirectives:
    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            (".. warning:: Do not\n   unplug.", "Warning: Do not unplug."),
            (".. admonition:: Mind\n\n   Wet floor.", "Mind: Wet floor."),
            (".. seealso:: The other page.", "See also: The other page."),
            (".. versionadded:: 3.2\n   It is fast.", "Added in version 3.2: It is fast."),
            (".. deprecated:: 4.0", "Deprecated since version 4.0"),
            (".. tabs::\n\n   .. group-tab:: Linux\n\n      Run it.", "Linux: Run it."),
            (".. tab-set::\n\n   .. tab-item:: Web\n      :sync: w\n\n      Click.", "Web: Click."),
            (".. dropdown:: Is it slow?\n\n   No.", "Is it slow? No."),
            (".. only:: html\n\n   Shown.", "Shown."),
            (
                ".. grid:: 1 2 2 3\n\n   .. grid-item-card:: Start\n      :link: a\n\n      Here.",
                "Start: Here.",
            ),
            (".. heard-of-by-nobody:: A title\n   :a: b\n\n   Its content.", "A title: Its content."),
            (".. option:: --verbose\n\n   Says more.", "`--verbose`\n\nSays more."),
            (".. code-block:: sh\n   :caption: Run it\n\n   ls -l", "Run it\n\n```sh\nls -l\n```"),
            (".. figure:: a.png\n   :alt: Shot\n   :lightbox:\n\n   The caption.", "The caption."),
        ],
    )
    def test_given_directive_when_parsed_then_its_words_are_left(self, source: str, shown: str) -> None:
        assert read(source).text == shown

    @pytest.mark.parametrize(
        "source",
        [
            ".. toctree::\n   :maxdepth: 2\n\n   a\n   b",
            ".. contents:: On this page",
            ".. image:: a.png\n   :alt: Shot",
            ".. raw:: html\n\n   <b>no</b>",
            ".. only:: latex\n\n   Print.",
            ".. index:: rooms",
            ".. mermaid::\n\n   graph TD",
            ":orphan:\n:nosearch:",
            ".. a comment",
        ],
    )
    def test_given_what_steers_a_generator_when_parsed_then_nothing_is_left(self, source: str) -> None:
        assert read(f"{source}\n\nText.").text == "Text."

    def test_given_files_to_include_when_parsed_then_none_is_read_and_all_are_named(self) -> None:
        document = read(
            "Text.\n\n.. include:: /etc/passwd\n\n.. literalinclude:: run.py\n\n"
            ".. csv-table:: Sizes\n   :file: /etc/hostname\n"
        )

        assert document.text == "Text."
        assert document.metadata["missing"] == ["/etc/passwd", "run.py", "/etc/hostname"]

    @pytest.mark.parametrize(
        "table",
        [
            "+-------+-------+\n| Room  | Seats |\n+=======+=======+\n| Birch | 12    |\n+-------+-------+",
            "===== =====\nRoom  Seats\n===== =====\nBirch 12\n===== =====",
            '.. csv-table::\n   :header: "Room", "Seats"\n\n   "Birch", 12',
            ".. list-table::\n   :header-rows: 1\n\n   * - Room\n     - Seats\n   * - Birch\n     - 12",
        ],
    )
    def test_given_table_of_each_kind_when_parsed_then_values_are_under_their_names(self, table: str) -> None:
        assert read(table).text == "Room: Birch | Seats: 12"

    def test_given_ragged_list_table_when_parsed_then_its_words_are_left_without_marks(self) -> None:
        document = read(".. list-table:: Rooms\n   :header-rows: 1\n\n   * - Birch\n     - 12\n   * - Cedar")

        assert document.text == "Birch 12 Cedar"

    def test_given_description_for_search_engines_when_parsed_then_it_can_be_found(self) -> None:
        document = read(".. meta::\n   :description: How to book\n\nRooms\n=====\n\nText.")

        assert (document.title, document.text) == ("Rooms", "How to book\n\n# Rooms\n\nText.")

    def test_given_nothing_but_a_list_of_pages_when_parsed_then_refused_as_empty(self) -> None:
        with pytest.raises(EmptyDocumentError):
            read(".. toctree::\n\n   a\n   b")


PIECES = st.sampled_from(
    [
        ".. tab:: A\n\n   ", ".. note::\n\n   ", "=====\n", ":ref:`", "`", "|x|", "``", "* - ", "+--+\n", "::\n\n   ",
        ".. list-table::\n\n   ", "[1]_", "__", ".. |x| image:: y\n", ".. _a: b\n", "   :opt: 1\n", "\n\n", "| ",
    ]
)  # fmt: skip


class TestAnyText:
    @given(st.lists(st.one_of(PIECES, st.text(string.ascii_letters + " \n", max_size=12)), max_size=25))
    @settings(max_examples=60, deadline=None)
    def test_given_any_text_when_parsed_then_it_is_read_or_refused_by_name(self, parts: list[str]) -> None:
        try:
            document = read("Beginning.\n\n" + "".join(parts))
        except DocumentError:
            return

        assert document.text.startswith("Beginning.")


class TestDamagedTables:
    def test_given_a_table_that_cannot_be_read_when_parsed_then_raw_parts_in_it_are_left_out(self) -> None:
        document = read(
            "Rooms\n=====\n\n.. table:: States\n\n   +---+---+\n   | a | |x| b |\n   +---+---+\n\n   .. |x| raw:: html\n\n"
            '      <svg><path d="M57"/></svg>\n\nAfter it.'
        )

        assert "svg" not in document.text
        assert document.text.endswith("After it.")
