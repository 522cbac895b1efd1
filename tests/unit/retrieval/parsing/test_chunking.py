"""Chunks are ranges of the stored text, within the maximum size, and lose nothing."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from caseplane.retrieval.parsing.chunking import Chunk, chunk_document, indexed
from caseplane.retrieval.parsing.documents import BlockKind, ParsedDocument, TextBuilder
from caseplane.retrieval.parsing.parse import parse
from caseplane.retrieval.parsing.settings import ChunkSettings
from caseplane.retrieval.parsing.tokens import estimate_tokens

SMALL = ChunkSettings(max_tokens=60, min_tokens=8, max_context_tokens=20)
words = st.text(st.sampled_from(list("abc DEF.!?\n|`-_0123äß漢字。\t")), min_size=1, max_size=400)
blocks = st.lists(
    st.tuples(st.sampled_from(list(BlockKind)), words, st.integers(1, 6)), min_size=1, max_size=25
)


def build(items: list[tuple[BlockKind, str, int]], title: str = "Title") -> ParsedDocument:
    builder = TextBuilder(max_chars=10**6)
    for kind, text, level in items:
        if kind is BlockKind.heading:
            builder.heading(text, level)
        else:
            builder.add(kind, text, level=level)
    return builder.build(title=title, metadata={})


def chunks_of(text: str, **sizes: int) -> list[Chunk]:
    return chunk_document(parse(text.encode(), name="a.md"), settings=ChunkSettings(**sizes))


class TestProperties:
    @settings(max_examples=300, deadline=None)
    @given(blocks)
    def test_given_any_document_when_chunked_then_offsets_are_exact_and_nothing_is_lost(
        self, items: list[tuple[BlockKind, str, int]]
    ) -> None:
        document = build(items)

        chunks = chunk_document(document, settings=SMALL)

        covered = bytearray(len(document.text))
        previous = 0
        for index, chunk in enumerate(chunks):
            assert chunk.index == index
            assert document.text[chunk.start : chunk.end] == chunk.raw_text
            assert previous <= chunk.start < chunk.end
            assert estimate_tokens(chunk.context) + estimate_tokens(chunk.raw_text) <= 60
            previous = chunk.end
            covered[chunk.start : chunk.end] = b"\x01" * (chunk.end - chunk.start)
        for block in document.blocks:
            if block.kind is not BlockKind.heading:
                for at in range(block.start, block.end):
                    assert covered[at] or document.text[at].isspace()

    @settings(max_examples=100, deadline=None)
    @example(
        [
            (BlockKind.heading, title, level)
            for title, level in [("0", 1)] * 4 + [("00", 1), ("000", 2), ("0", 1)]
        ]
    )
    @given(blocks)
    def test_given_any_document_when_chunked_then_each_heading_is_found_somewhere(
        self, items: list[tuple[BlockKind, str, int]]
    ) -> None:
        document = build(items)
        roomy = ChunkSettings(max_tokens=4000, min_tokens=8, max_context_tokens=2000)

        chunks = chunk_document(document, settings=roomy)

        said = [set(re.findall(r"\S+", indexed(c.context, c.raw_text))) for c in chunks]
        for block in document.blocks:
            assert any(set(block.title.split()) <= seen for seen in said)


class TestBoundaries:
    def test_given_sections_when_chunked_then_each_keeps_its_path(self) -> None:
        body = "Some sentence with a few words in it. " * 3
        chunks = chunks_of(f"# Guide\n\n{body}\n\n## Free plan\n\n### Projects\n\n{body}")

        assert [c.context for c in chunks] == ["Guide", "Guide > Free plan > Projects"]

    def test_given_short_entries_of_an_faq_when_chunked_then_each_stands_under_its_question(self) -> None:
        text = "# Help\n\n## Can I pay by card?\n\nYes.\n\n## Do you ship to Malta?\n\nNot yet.\n\n## Prices\n\nSee below.\n"

        chunks = chunks_of(text, max_tokens=200, min_tokens=40)

        assert [(c.heading_path[-1], c.raw_text) for c in chunks] == [
            ("Can I pay by card?", "Yes."),
            ("Do you ship to Malta?", "Not yet."),
            ("Prices", "See below."),
        ]

    def test_given_two_small_sections_when_chunked_then_joined_with_their_headings_in_the_text(
        self,
    ) -> None:
        chunks = chunks_of("# A\n\n## B\n\nYes.\n\n## C\n\nNo.")

        assert [(c.context, c.raw_text) for c in chunks] == [("A", "## B\n\nYes.\n\n## C\n\nNo.")]

    def test_given_code_that_fits_when_chunked_then_it_is_whole_and_with_its_introduction(
        self,
    ) -> None:
        filler = "A sentence that takes some room here. " * 4
        code = "```\n" + "\n".join(f"run --step {n}" for n in range(8)) + "\n```"

        chunks = chunks_of(f"{filler}\n\nRun this:\n\n{code}", max_tokens=75)

        assert [c.raw_text for c in chunks][-1] == f"Run this:\n\n{code}"

    def test_given_steps_that_fit_when_chunked_then_they_are_in_one_chunk(self) -> None:
        steps = "\n".join(f"{n}. Press the button number {n} and wait a moment." for n in range(1, 7))

        chunks = chunks_of(f"# T\n\n{'Some words before the steps. ' * 8}\n\n{steps}\n", max_tokens=90)

        (holding,) = [chunk for chunk in chunks if "Press the button" in chunk.raw_text]
        assert steps in holding.raw_text

    def test_given_long_code_when_chunked_then_cut_between_lines(self) -> None:
        code = "\n".join(f"setting_{n} = value_{n}" for n in range(100))

        chunks = chunks_of(f"```\n{code}\n```", max_tokens=100)

        assert len(chunks) > 3
        assert all(re.fullmatch(r"(```|setting_\d+ = value_\d+|\n)+", c.raw_text) for c in chunks)

    def test_given_long_paragraph_when_chunked_then_cut_between_sentences_into_even_parts(
        self,
    ) -> None:
        text = " ".join(f"This is sentence number {n} of the paragraph." for n in range(30))

        chunks = chunks_of(text, max_tokens=220)

        assert all(c.raw_text.endswith(".") for c in chunks)
        assert max(c.tokens for c in chunks) < 2 * min(c.tokens for c in chunks)

    def test_given_one_endless_word_when_chunked_then_cut_anyway(self) -> None:
        chunks = chunks_of("x" * 20_000)

        assert "".join(c.raw_text for c in chunks) == "x" * 20_000

    def test_given_very_long_headings_when_chunked_then_the_path_stays_within_its_share(
        self,
    ) -> None:
        heading = "A heading of very many words " * 20

        chunks = chunks_of(f"# {heading}\n\n## {heading}\n\nText here.", max_context_tokens=30)

        assert all(estimate_tokens(c.context) <= 30 for c in chunks)

    def test_given_pages_when_chunked_then_chunks_know_where_each_page_begins(self) -> None:
        builder = TextBuilder(max_chars=1000)
        words = "Enough words to stand alone in a chunk. " * 3
        builder.page = 1
        builder.heading("Part 1", 1)
        builder.add(BlockKind.paragraph, words)
        builder.page = 2
        builder.add(BlockKind.paragraph, f"Second page. {words}")
        builder.heading("Part 2", 1)
        builder.page = 3
        builder.add(BlockKind.paragraph, words)

        chunks = chunk_document(builder.build(title="T", metadata={}))

        first, second = chunks
        assert first.pages == ((0, 1), (first.raw_text.index("Second page"), 2))
        assert second.pages == ((0, 3),)

    def test_given_a_format_without_pages_when_chunked_then_chunks_have_none(self) -> None:
        assert all(not chunk.pages for chunk in chunks_of("# A\n\nText."))
