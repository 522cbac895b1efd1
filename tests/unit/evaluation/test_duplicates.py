"""Pairs as they are read from a file, and the figures of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from caseplane.core.embeddings import EmbeddingProfile, Vectors
from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.duplicates import evaluate_duplicates, load_pairs


class Letters:
    """A model whose vectors count letters."""

    profile = EmbeddingProfile(model="letters", dimension=26)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        counted = np.array([[text.lower().count(chr(97 + i)) + 0.01 for i in range(26)] for text in texts])
        vectors: Vectors = (counted / np.linalg.norm(counted, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        vectors: Vectors = (await self.embed([text]))[0]
        return vectors


def file(folder: Path, text: str) -> Path:
    written = folder / "pairs.csv"
    written.write_text(text)
    return written


class TestLoadPairs:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a,b\nx,y\n", "it lacks label"),
            ("a,b,label\nx,y,1\nx,z,maybe\n", "line 3: label is 'maybe'"),
            ("a,b,label\nx,,1\n", "line 2: a or b is empty"),
            ("a,b,label\n", "holds no pair"),
        ],
    )
    def test_given_a_bad_file_when_read_then_it_says_where_and_what(
        self, tmp_path: Path, text: str, said: str
    ) -> None:
        with pytest.raises(InvalidInputError, match=said):
            load_pairs(file(tmp_path, text))


class TestEvaluate:
    def test_given_pairs_when_measured_then_alike_and_other_are_told_apart(self, tmp_path: Path) -> None:
        pairs = file(
            tmp_path,
            "a,b,label,kind\n"
            "The pump leaks oil,Oil leaks from the pump,1,x\n"
            "Order ORD-1234 is late,My order ORD-1234 is late,yes,x\n"
            "Order ORD-1234 is late,Order ORD-4321 is late,0,x\n"
            "The pump leaks oil,How do I reset my password?,false,x\n",
        )

        report = evaluate_duplicates(pairs, embedder=Letters())

        assert list(report.model_dump())[:3] == ["auroc", "f1", "threshold"]
        assert (report.auroc, report.f1, report.pairs, report.alike) == (1.0, 1.0, 4, 2)

    def test_given_one_label_only_when_measured_then_there_is_no_auroc(self, tmp_path: Path) -> None:
        report = evaluate_duplicates(file(tmp_path, "a,b,label\nx y,x y,1\n"), embedder=Letters())

        assert report.auroc is None
