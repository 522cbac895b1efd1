"""Links, stress and places lie beside the text, which keeps its words only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseplane.retrieval.parsing.anchors import all_marks
from caseplane.retrieval.parsing.documents import ParsedDocument
from caseplane.retrieval.parsing.marks import Mark, MarkKind, cut_marks, marked, taken
from caseplane.retrieval.parsing.masking import mask_document
from caseplane.retrieval.parsing.parse import parse


def read(text: str, name: str = "page.md") -> ParsedDocument:
    return parse(text.encode(), name=name)


def said(document: ParsedDocument, kind: MarkKind) -> list[tuple[str, str]]:
    return [(document.text[m.start : m.end], m.value) for m in document.marks if m.kind == kind]


def anchors(document: ParsedDocument) -> list[str]:
    return [mark.value for mark in all_marks(document) if mark.kind == MarkKind.anchor]


def test_given_a_link_and_stress_when_parsed_then_the_text_has_their_words_and_marks_lie_on_them() -> None:
    document = read("To reset it, use the **form** [here](https://id.example/reset), *not* the app.")

    assert document.text == "To reset it, use the form here, not the app."
    assert said(document, MarkKind.link) == [("here", "https://id.example/reset")]
    assert said(document, MarkKind.strong) == [("form", "")]
    assert said(document, MarkKind.emphasis) == [("not", "")]


def test_given_a_link_around_an_image_when_parsed_then_nothing_is_left_of_either() -> None:
    document = read("Press [![Save](save.png)](save.md) now.")

    assert document.text == "Press now."
    assert document.marks == ()


def test_given_links_in_list_items_and_cells_when_parsed_then_they_are_kept() -> None:
    document = read("- [Plans](plans.md)\n\n| Plan | More |\n|---|---|\n| Pro | [terms](/terms) |\n")

    assert said(document, MarkKind.link) == [("Plans", "plans.md"), ("terms", "/terms")]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.md", "# Guide\n\nHi.\n\n## What's new?\n\nMuch.\n\n## What's new?\n\nMore.", ["", "whats-new", "whats-new-1"]),
        ("a.md", "## Über `api_key` & co\n\nHi.", ["über-api_key--co"]),
        ("a.md", "## Set up {#install}\n\nHi.", ["install"]),
        ("a.html", "<h2 id='own'>Set up</h2><p>Hi.</p><h2>Rest</h2><p>Yes.</p>", ["own", ""]),
        ("a.html", "<section id='sec'><h2>Set up</h2><p>Hi.</p></section>", ["sec"]),
        ("a.html", "<h2>Set up<a class='headerlink' href='#set-up'>¶</a></h2><p>Hi.</p>", ["set-up"]),
    ],
)  # fmt: skip
def test_given_headings_when_placed_then_their_own_id_or_their_generators_leads_to_them(
    name: str, text: str, expected: list[str]
) -> None:
    document = read(text, name)

    assert anchors(document) == expected


def test_given_a_masked_name_when_its_link_says_it_too_then_the_link_goes() -> None:
    document = read("Write to [Ada](mailto:ada@mail.example) or see [plans](plans.md).")

    masked = mask_document(
        document, lambda text: [(at, at + 3, "name") for at in [text.find("ada@")] if at >= 0]
    )

    assert said(masked, MarkKind.link) == [("plans", "plans.md")]


def test_given_a_document_when_it_crosses_a_process_then_its_marks_arrive() -> None:
    document = read("See [plans](plans.md).")

    assert ParsedDocument.from_json(document.to_json()) == document


def test_given_marks_when_a_stretch_is_cut_then_they_keep_their_words_and_the_last_place_before() -> None:
    marks = [Mark(0, 0, "anchor", "first"), Mark(4, 9, "link", "x"), Mark(6, 6, "anchor", "second")]

    assert cut_marks(marks, 5, 12) == [
        Mark(0, 0, "anchor", "first"),
        Mark(0, 4, "link", "x"),
        Mark(1, 1, "anchor", "second"),
    ]


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufdd0\ufdd1\ufdd2")
)


@given(st.lists(st.tuples(st.sampled_from(["", "link", "strong"]), WORDS), max_size=8))
def test_given_any_marked_text_when_taken_then_no_mark_lies_on_other_words(
    pieces: list[tuple[str, str]],
) -> None:
    written = " ".join(marked(MarkKind(kind), "v", text) if kind else text for kind, text in pieces)

    text, marks = taken(written)

    assert text.split() == " ".join(text for _, text in pieces).split()
    lying = [text[mark.start : mark.end].split() for mark in marks]
    assert sorted(lying) == sorted(words for kind, said in pieces if kind and (words := said.split()))
