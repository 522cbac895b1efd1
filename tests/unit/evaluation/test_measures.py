"""The measures of evaluations have their usual definitions; checked by hand on small cases."""

import json
import math
import sys
from pathlib import Path

import pytest

from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.answers import evaluate_answers, spread
from caseplane.evaluation.beir import convert_trec, load_beir
from caseplane.evaluation.metrics import auroc, expected_calibration_error, percentile_ms, risk_coverage
from caseplane.evaluation.retrieval import ndcg, recall, reciprocal_rank
from caseplane.evaluation.squad import SquadQuestion


class TestRanking:
    GRADES = {"a": 3, "b": 1}  # noqa: RUF012

    def test_given_the_best_order_when_measured_then_all_are_one(self) -> None:
        assert ndcg(["a", "b", "x"], self.GRADES, 10) == pytest.approx(1)
        assert reciprocal_rank(["a", "b"], self.GRADES, 10) == 1
        assert recall(["b", "x", "a"], self.GRADES, 10) == 1

    def test_given_a_worse_order_when_measured_then_gains_are_discounted_by_place(self) -> None:
        best = 3 / math.log2(2) + 1 / math.log2(3)

        assert ndcg(["x", "b", "a"], self.GRADES, 10) == pytest.approx(
            (1 / math.log2(3) + 3 / math.log2(4)) / best
        )
        assert reciprocal_rank(["x", "b", "a"], self.GRADES, 10) == 0.5

    def test_given_places_when_cut_off_then_later_ones_do_not_count(self) -> None:
        assert ndcg(["x", "a"], self.GRADES, 1) == 0
        assert reciprocal_rank(["x", "a"], self.GRADES, 1) == 0
        assert recall(["a", "b"], self.GRADES, 1) == 0.5


class TestProbability:
    def test_given_scores_when_ranked_then_auroc_counts_pairs_and_ties_half(self) -> None:
        assert auroc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
        assert auroc([0.5, 0.5], [True, False]) == 0.5
        assert auroc([0.5, 0.6], [True, True]) is None

    def test_given_confidence_when_compared_with_accuracy_then_ece_is_their_weighted_distance(self) -> None:
        assert expected_calibration_error([0.95, 0.95, 0.15], [1, 0, 0]) == pytest.approx(
            (2 * 0.45 + 1 * 0.15) / 3
        )
        assert expected_calibration_error([1.0], [1]) == 0
        assert expected_calibration_error([], []) is None

    def test_given_coverages_when_answered_by_confidence_then_risk_is_of_those_answered(self) -> None:
        points = risk_coverage([0.9, 0.1, 0.8, 0.2], [0, 1, 1, 1], coverages=[0.25, 0.5, 1.0])

        assert [(p.coverage, p.risk, p.threshold) for p in points] == [
            (0.25, 0, 0.9),
            (0.5, 0.5, 0.8),
            (1, 0.75, 0.1),
        ]

    def test_given_seconds_when_summed_up_then_percentiles_are_milliseconds(self) -> None:
        assert percentile_ms([0.1, 0.2, 0.3], 0.5) == pytest.approx(200)
        assert percentile_ms([], 0.5) is None

    def test_given_no_scikit_learn_when_answers_are_to_be_measured_then_the_extra_is_named_first(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "sklearn", None)

        with pytest.raises(InvalidInputError, match=r"caseplane\[eval\]"):
            evaluate_answers(Path("absent.json"))


class TestSpread:
    def test_given_a_limit_when_spread_then_every_part_of_the_file_is_asked_about(self) -> None:
        questions = [SquadQuestion(str(n), "article", str(n), ()) for n in range(10)]

        assert [q.text for q in spread(questions, 5)] == ["0", "2", "4", "6", "8"]
        assert spread(questions, None) == spread(questions, 99) == questions


class TestBeir:
    def write(
        self, folder: Path, qrels: str = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\n"
    ) -> list[Path]:
        files = [folder / name for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")]
        corpus = [{"_id": f"d{n}", "title": "T", "text": f"text {n}"} for n in (1, 2)]
        queries = [{"_id": f"q{n}", "text": f"query {n}"} for n in (1, 2, 3)]
        for file, rows in zip(files, (corpus, queries), strict=False):
            file.write_text("\n".join(map(json.dumps, rows)))
        files[2].write_text(qrels)
        return files

    def test_given_a_set_when_loaded_then_only_judged_queries_are_asked(self, tmp_path: Path) -> None:
        data = load_beir(*self.write(tmp_path))

        assert data.queries == {"q1": "query 1", "q2": "query 2"}
        assert data.grades == {"q1": {"d1": 2}, "q2": {"d2": 1}}

    def test_given_a_limit_when_asked_then_documents_stay_and_queries_are_fewer(self, tmp_path: Path) -> None:
        few = load_beir(*self.write(tmp_path)).asking(1)

        assert (list(few.queries), len(few.documents)) == (["q1"], 2)

    @pytest.mark.parametrize(
        ("qrels", "said"), [("q1\td1\tmany\n", "line 1"), ("q9\td1\t1\n", "judges no document")]
    )
    def test_given_judgements_that_cannot_be_used_when_loaded_then_the_place_is_named(
        self, tmp_path: Path, qrels: str, said: str
    ) -> None:
        with pytest.raises(InvalidInputError, match=said):
            load_beir(*self.write(tmp_path, qrels))

    def test_given_the_old_form_when_converted_then_topics_are_numbered_by_place(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "d").write_text(
            "<doc><docno>9</docno><title>A&amp;B</title><text>A&amp;B flow</text></doc>"
        )
        (tmp_path / "t").write_text("<top><num>40</num><title>what flows</title></top>")
        (tmp_path / "j").write_text("1 0 9 2\n")

        convert_trec(tmp_path / "d", tmp_path / "t", tmp_path / "j", tmp_path / "out")
        data = load_beir(
            *(tmp_path / "out" / name for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"))
        )

        assert (data.documents[0].title, data.documents[0].text) == ("A&B", "flow")
        assert data.queries == {"1": "what flows"}
        assert data.grades == {"1": {"9": 2}}
