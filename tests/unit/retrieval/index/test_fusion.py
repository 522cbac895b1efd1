import numpy as np
import pytest

from caseplane.retrieval.index.fusion import ComponentScores, FusionWeights, fuse, normalised_bm25
from caseplane.retrieval.index.sentences import pack, similarities
from caseplane.text.sentences import MAX_SENTENCES, sentence_spans, split_sentences


class TestFuse:
    def test_given_full_scores_when_fused_then_one(self) -> None:
        assert fuse(ComponentScores(1, 1, 1), FusionWeights()) == pytest.approx(1)

    def test_given_no_sentences_when_fused_then_the_chunk_is_used(self) -> None:
        weights = FusionWeights()

        assert fuse(ComponentScores(0, 0.5), weights) == fuse(ComponentScores(0, 0.5, 0.5), weights)

    def test_given_a_question_without_terms_when_normalised_then_zero(self) -> None:
        assert normalised_bm25(0.0, 0.0) == 0

    @pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (1.5, -0.5, 0.0)])
    def test_given_invalid_shares_when_made_then_refused(self, shares: tuple[float, ...]) -> None:
        with pytest.raises(ValueError, match="sum to 1"):
            FusionWeights(*shares)


class TestSentences:
    def test_given_prose_and_a_list_when_split_then_each_is_separate(self) -> None:
        found = split_sentences("The first one ends here. The second too!\n- an item of the list")

        assert found == ["The first one ends here.", "The second too!", "- an item of the list"]

    def test_given_a_thousand_sentences_when_split_then_bounded(self) -> None:
        assert len(split_sentences("This is one of them. " * 1000)) == MAX_SENTENCES

    def test_given_packed_vectors_when_compared_then_near_the_exact_cosine(self) -> None:
        rows = np.random.default_rng(1).standard_normal((5, 384)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)

        found, none, last = similarities([pack(rows), b"", pack(rows[:1])], rows[3])

        assert found == pytest.approx(rows @ rows[3], abs=0.01)
        assert none.size == 0
        assert last == pytest.approx(rows[:1] @ rows[3], abs=0.01)

    def test_given_fragments_when_split_then_they_stay_with_what_follows_them(self) -> None:
        text = "Step 1.\n\nOpen the lid of the kettle.\n\nOK."

        assert [text[start:end] for start, end in sentence_spans(text)] == [
            "Step 1.\n\nOpen the lid of the kettle.",
            "OK.",
        ]
