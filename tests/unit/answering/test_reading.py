import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.answering.factories import WordEmbedder, make_evidence
from tests.unit.answering.test_segments import MARKDOWN

from caseplane.answering import ExtractiveAnswerer
from caseplane.answering.reading import MOST_READ, WINDOW, windows
from caseplane.answering.segments import split_units
from caseplane.core.reading import Asked, Read

FEES = "The fee of a payout is two dollars. Payouts are made on Mondays."
REFUNDS = "A refund returns the price to the buyer. The fee of the sale is kept."


class Wanting:
    """A reader for which a passage answers if a word occurs in it, and a stretch likewise; it keeps what it was asked."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.asked: list[Asked] = []

    async def read(self, question: str, passages: Sequence[Asked]) -> list[Read]:
        assert question
        assert all(each.text and all(each.text[a:b].strip() for a, b in each.stretches) for each in passages)
        self.asked += passages
        return [
            Read(
                self._odds(each.text),
                np.array([self._odds(each.text[a:b]) for a, b in each.stretches], np.float32),
            )
            for each in passages
        ]

    def _odds(self, text: str) -> float:
        return 4.0 if self._word in text else -4.0


class TestWindows:
    @given(st.one_of(MARKDOWN, st.text(max_size=3000)))
    def test_given_any_text_when_cut_then_every_unit_is_whole_in_one_window(self, text: str) -> None:
        units = split_units(text)

        found = windows(text)

        assert all(a < b for a, b in found)
        assert all(one[1] <= other[0] for one, other in pairwise(found))
        assert all(any(a <= unit.start and unit.end <= b for a, b in found) for unit in units)

    def test_given_long_prose_when_cut_then_no_window_is_longer_than_is_read_at_once(self) -> None:
        text = " ".join(f"Sentence {number} tells of one thing and of no other." for number in range(100))

        found = windows(text)

        assert max(b - a for a, b in found) <= WINDOW
        assert len(found) <= math.ceil(len(text) / WINDOW) + 2


class TestReader:
    async def test_given_a_reader_when_it_wants_another_section_then_that_is_quoted(self) -> None:
        evidence = [make_evidence(FEES), make_evidence(REFUNDS)]

        draft = await ExtractiveAnswerer(WordEmbedder(), Wanting("kept")).answer("What is the fee?", evidence)

        assert draft.lead == "The fee of the sale is kept."
        assert draft.signals["reader_answers"] == 4.0
        assert draft.signals["reader_margin"] == 8.0

    async def test_given_a_reader_when_no_passage_answers_then_the_confidence_falls(self) -> None:
        evidence = [make_evidence(FEES), make_evidence(REFUNDS)]
        sure = await ExtractiveAnswerer(WordEmbedder(), Wanting("fee")).answer("What is the fee?", evidence)

        unsure = await ExtractiveAnswerer(WordEmbedder(), Wanting("none")).answer(
            "What is the fee?", evidence
        )

        assert (unsure.confidence or 0.0) < (sure.confidence or 0.0)

    async def test_given_many_chunks_when_asked_then_only_the_best_windows_are_read(self) -> None:
        evidence = [make_evidence(f"The fee number {n} is {n} dollars.") for n in range(MOST_READ + 8)]
        reader = Wanting("fee")

        await ExtractiveAnswerer(WordEmbedder(), reader).answer("What is the fee?", evidence)

        assert len(reader.asked) == MOST_READ

    async def test_given_a_question_in_another_language_when_asked_then_nothing_is_read(self) -> None:
        evidence = [make_evidence("Die Gebühr einer Auszahlung beträgt zwei Euro.")]
        reader = Wanting("fee")

        draft = await ExtractiveAnswerer(WordEmbedder(), reader).answer(
            "Wie hoch ist die Gebühr einer Auszahlung?", evidence
        )

        assert not reader.asked
        assert "reader_answers" not in draft.signals

    async def test_given_no_reader_when_asked_then_no_signal_claims_one(self) -> None:
        draft = await ExtractiveAnswerer(WordEmbedder()).answer("What is the fee?", [make_evidence(FEES)])

        assert not [name for name in draft.signals if name.startswith("reader")]
