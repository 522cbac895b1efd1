"""`caseplane eval` in its machine-readable form, on tiny data made here."""

import json
from pathlib import Path

import pytest
from tests.integration.cli.conftest import Cli

pytestmark = pytest.mark.slow

ANSWERS = [
    "recall@1", "recall@5", "recall@10", "answered", "escalated", "contains_answer", "wrong_answer_rate",
    "auroc", "ece", "risk_coverage", "p50_ms", "p95_ms",
]  # fmt: skip
RETRIEVAL = ["ndcg@10", "mrr@10", "recall@10", "recall@100", "p50_ms", "p95_ms"]
FACTS = {
    "Pump": "The pump restarts when the green button is held for five seconds.",
    "Filter": "The filter is rinsed with cold water every month.",
    "Valve": "The valve opens when it is turned to the left.",
}
ASKED = {
    "Pump": ("How long is the green button held?", "five seconds"),
    "Filter": ("What is the filter rinsed with?", "cold water"),
    "Valve": ("Where is the valve turned to open it?", "left"),
}


def squad(folder: Path) -> Path:
    """An article per fact, with one question that it answers and one without an answer."""
    articles = []
    for title, fact in FACTS.items():
        question, answer = ASKED[title]
        qas = [
            {"question": question, "answers": [{"text": answer, "answer_start": fact.index(answer)}]},
            {"question": f"Who invented the {title.lower()}?", "is_impossible": True, "answers": []},
        ]
        articles.append({"title": title, "paragraphs": [{"context": fact, "qas": qas}]})
    file = folder / "squad.json"
    file.write_text(json.dumps({"data": articles}))
    return file


def cranfield(folder: Path) -> Path:
    """A collection in the old form."""
    documents = "".join(
        f"<doc><docno>{n}</docno><title>{title}</title><text>{fact}</text></doc>\n"
        for n, (title, fact) in enumerate(FACTS.items(), 1)
    )
    topics = "".join(
        f"<top><num>{n * 7}</num><title>{ASKED[title][0]}</title></top>\n" for n, title in enumerate(FACTS, 1)
    )
    (folder / "cran.all.1400.xml").write_text(f"<root>{documents}</root>")
    (folder / "cran.qry.xml").write_text(f"<xml>{topics}</xml>")
    (folder / "cranqrel.trec.txt").write_text("1 0 1 3\n2 0 2 4\n3 0 3 1\n")
    return folder


class TestEval:
    def test_given_a_collection_when_converted_and_searched_then_the_report_is_flat(
        self, tmp_path: Path
    ) -> None:
        target = tmp_path / "beir"

        written = Cli().json("eval", "cranfield-to-beir", str(cranfield(tmp_path)), str(target))["files"]
        corpus, queries, qrels = written
        files = ["--corpus", corpus, "--queries", queries, "--qrels", qrels]
        report = Cli().json("eval", "retrieval", *files, "--limit", "2")

        assert [Path(name).name for name in written] == ["corpus.jsonl", "queries.jsonl", "qrels.tsv"]
        assert list(report)[: len(RETRIEVAL)] == RETRIEVAL
        assert report["queries"] == 2
        assert report["ndcg@10"] == pytest.approx(1.0)

    def test_given_questions_when_asked_then_the_report_is_flat(self, tmp_path: Path) -> None:
        report = Cli().json("eval", "answers", "--squad", str(squad(tmp_path)), "--limit", "5")

        assert list(report)[: len(ANSWERS)] == ANSWERS
        assert report["questions"] == report["answered"] + report["escalated"] == 5
        assert report["recall@1"] == 1.0
        assert all({"coverage", "risk"} <= point.keys() for point in report["risk_coverage"])

    def test_given_a_tenant_without_outcomes_when_calibrated_then_refused_with_how_many_it_takes(
        self, cli: Cli
    ) -> None:
        line = cli.fails(5, "eval", "calibrate", "--wrong", "0.02")

        assert "0 answers have a known outcome; at least 149 are needed" in line

    def test_given_a_file_of_another_form_when_evaluated_then_one_line_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "squad.json").write_text("[]")

        line = Cli().fails(2, "eval", "answers", "--squad", str(tmp_path / "squad.json"))

        assert "squad.json" in line

    def test_given_hard_pairs_held_back_when_measured_then_alike_is_told_from_other(self) -> None:
        """What the weights were fitted to is not in this file; neither words nor vectors alone tell the pairs apart."""
        pairs = Path(__file__).parents[2] / "data" / "duplicates" / "held_back.csv"

        report = Cli().json("eval", "duplicates", "--pairs", str(pairs))

        assert list(report)[:3] == ["auroc", "f1", "threshold"]
        assert report["auroc"] >= 0.87
        assert max(report["auroc_similarity"], report["auroc_words"]) < 0.7

    def test_given_labelled_and_strange_texts_when_intents_are_measured_then_all_figures_are_there(
        self, tmp_path: Path
    ) -> None:
        topics = {
            "card": (
                "my card was declined in {}",
                "I lost my card in {}",
                "when does my new card come to {}",
            ),
            "loan": (
                "can I borrow money for a {}",
                "interest on a loan for a {}",
                "pay back the loan for my {}",
            ),
        }
        places = "Rome house boat Paris car shop Oslo farm bike Lima van Bonn roof Kyiv".split()
        rows = [(each.format(place), topic) for topic in topics for each in topics[topic] for place in places]
        for name, part in (("train", rows[::2]), ("test", rows[1::2])):
            lines = ["text,category", *(f"{text},{topic}" for text, topic in part)]
            (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
        (tmp_path / "oos.csv").write_text("text\nhow tall is a giraffe\nplay some jazz\n", encoding="utf-8")
        files = [f"--{name}={tmp_path / name}.csv" for name in ("train", "test", "oos")]

        report = Cli().json("eval", "intents", *files)

        assert {"accuracy", "macro_f1", "ece", "oos_auroc", "oos_fpr95", "coverage_at_95"} <= set(report)
        assert report["accuracy"] > 0.9
        assert report["oos_auroc"] > 0.9

    def test_given_a_file_without_categories_when_intents_are_measured_then_the_column_is_named(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "texts.csv").write_text("text\nhello\n", encoding="utf-8")
        file = str(tmp_path / "texts.csv")

        line = Cli().fails(2, "eval", "intents", "--train", file, "--test", file)

        assert "no column category" in line
