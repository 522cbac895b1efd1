from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from caseplane.answering.segments import UnitKind, split_units

LINES = (
    "# Title\n- item\n1. step\n```sh\n```\n| a | b |\n|---|---|\nA sentence. Another one!\nDr. Smith paid 3.5 EUR."
    "\n\n> quoted\n    indented\n!!! note\n日本語です。次の文。\n\t"
).split("\n")
MARKDOWN = st.lists(st.sampled_from(LINES) | st.text(max_size=40), max_size=30).map("\n".join)


def pieces(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in split_units(text)]


def kinds(text: str) -> list[UnitKind]:
    return [unit.kind for unit in split_units(text)]


class TestSentences:
    def test_given_abbreviations_when_split_then_they_end_no_sentence(self) -> None:
        text = "Dr. J. Smith of the U.S. Navy paid approx. 3.5 EUR. He left at 5 p.m. on Monday."

        assert pieces(text) == [
            "Dr. J. Smith of the U.S. Navy paid approx. 3.5 EUR.",
            "He left at 5 p.m. on Monday.",
        ]

    def test_given_wide_punctuation_when_split_then_no_space_is_needed(self) -> None:
        assert pieces("注文を確認します。次に支払います。終わり") == [
            "注文を確認します。",
            "次に支払います。",
            "終わり",
        ]

    def test_given_closing_quotes_when_split_then_they_stay_with_their_sentence(self) -> None:
        assert pieces('He said "Stop." Then he left.') == ['He said "Stop."', "Then he left."]

    def test_given_wrapped_lines_when_split_then_the_paragraph_is_read_as_one(self) -> None:
        assert pieces("One sentence\nover two lines. Two.") == ["One sentence\nover two lines.", "Two."]


class TestStructures:
    def test_given_code_block_when_split_then_it_is_one_unit(self) -> None:
        text = "Run this:\n\n```sh\na. b\n\n# c\n```\nDone."

        assert pieces(text) == ["Run this:", "```sh\na. b\n\n# c\n```", "Done."]
        assert kinds(text) == [UnitKind.sentence, UnitKind.code, UnitKind.sentence]

    def test_given_code_block_cut_off_when_split_then_the_rest_is_code(self) -> None:
        assert kinds("```\nfirst\n\nsecond") == [UnitKind.code]

    def test_given_chunk_that_begins_within_code_when_split_then_that_is_code_and_the_rest_is_not(
        self,
    ) -> None:
        text = "  cpu: 9\n  memory: 36Gi\n```\n\nIn this example two resources are named.\n\n```sh\nrun\n```"

        assert pieces(text) == [
            "cpu: 9\n  memory: 36Gi",
            "In this example two resources are named.",
            "```sh\nrun\n```",
        ]
        assert kinds(text) == [UnitKind.code, UnitKind.sentence, UnitKind.code]

    def test_given_list_when_split_then_each_item_is_whole(self) -> None:
        text = "- One. Still one.\n  And its second line.\n- Two"

        assert pieces(text) == ["- One. Still one.\n  And its second line.", "- Two"]

    def test_given_table_when_split_then_rows_are_units_and_the_rule_is_not(self) -> None:
        assert pieces("| a | b |\n|---|---|\n| 1. x | 2 |") == ["| a | b |", "| 1. x | 2 |"]

    def test_given_quoted_alert_when_split_then_its_marks_are_left_out(self) -> None:
        assert pieces("> [!TIP]\n> Use the flag. It helps.") == ["Use the flag.", "It helps."]


class TestSpans:
    @given(MARKDOWN)
    def test_given_any_text_when_split_then_spans_are_ordered_disjoint_and_tight(self, text: str) -> None:
        units = split_units(text)

        assert all(0 <= unit.start < unit.end <= len(text) for unit in units)
        assert all(a.end <= b.start for a, b in pairwise(units))
        assert all(text[unit.start : unit.end].strip() == text[unit.start : unit.end] for unit in units)

    @given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
    def test_given_plain_words_when_split_then_nothing_is_lost(self, text: str) -> None:
        assert "".join("".join(pieces(text)).split()) == "".join(text.split())
