"""`caseplane eval answers`: are answers right, and does the gate hold back the wrong ones?

Runs the production path (hybrid search on Postgres, extractive answerer, gate) on SQuAD 2.0, half of
whose questions look answerable but are not. Definitions in the report:

- an answer is *wrong* if the question has no answer in the knowledge base, or the answer's text does
  not contain an accepted one (case and white space aside);
- `wrong_answer_rate` is wrong answers out of answered questions, `wrong_per_question` out of all
  asked;
- `contains_answer` is, of the answered questions that have an answer, the share with a right answer;
- recall@k counts answerable questions whose paragraph is among the first k passages.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from caseplane.answering import DraftAnswer, ExtractiveAnswerer
from caseplane.core.cloud_auth import require
from caseplane.core.embeddings import Embedder, EmbeddingSettings, build_embedder
from caseplane.core.errors import InvalidInputError
from caseplane.core.reading import ReaderSettings, build_reader
from caseplane.evaluation.metrics import (
    RiskPoint,
    auroc,
    expected_calibration_error,
    percentile_ms,
    risk_coverage,
)
from caseplane.evaluation.squad import SquadQuestion, load_squad
from caseplane.evaluation.workspace import Progress, Workspace, open_workspace
from caseplane.gate import (
    SHIPPED_POLICY,
    Decision,
    ErrorBase,
    ErrorBudget,
    GatePolicy,
    GateSignals,
    LabelledSignals,
    Verdict,
    decide,
    fit_policy,
    measure,
    measure_policy,
)

LIMIT = 10
"""Passages retrieved per question."""
COVERAGES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Observation:
    """One question with its measurements.

    Attributes:
        rank: place of its paragraph among the found passages, from 1; None if it was not found.
        seconds: search, answer and decision together.
    """

    question: SquadQuestion
    rank: int | None
    draft: DraftAnswer
    best_unit: str
    signals: GateSignals
    decision: Decision
    seconds: float

    @property
    def confidence(self) -> float:
        """Confidence of the draft, whether or not it was sent."""
        return self.draft.confidence or 0.0

    @property
    def wrong(self) -> bool:
        return not self.question.answered_by(self.draft.content)


class HalfReport(BaseModel):
    """A gate fitted on some articles and measured on others."""

    budget: ErrorBudget
    fitted_on: list[str]
    measured_on: list[str]
    threshold: float | None
    bound: float
    note: str
    asked: int
    answered: int
    coverage: float
    wrong: int
    wrong_answer_rate: float | None
    wrong_per_question: float
    within_budget: bool


class AnswersReport(BaseModel):
    """The output of `eval answers`; the module docstring has the definitions."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    recall_1: float = Field(alias="recall@1")
    recall_5: float = Field(alias="recall@5")
    recall_10: float = Field(alias="recall@10")
    answered: int
    escalated: int
    contains_answer: float | None
    wrong_answer_rate: float | None
    auroc: float | None
    ece: float | None
    risk_coverage: list[RiskPoint]
    p50_ms: float | None
    p95_ms: float | None
    questions: int
    answerable: int
    policy: str
    coverage: float
    wrong_per_question: float
    best_sentence_contains_answer: float | None
    auroc_right: float | None
    calibration: list[HalfReport]


def evaluate_answers(
    squad_path: Path,
    limit: int | None = None,
    *,
    policy: GatePolicy = SHIPPED_POLICY,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> AnswersReport:
    """Measure answers and gate on a SQuAD 2.0 file.

    Args:
        squad_path: the file; all its paragraphs are indexed.
        limit: questions asked at most, spread evenly over the file; None asks all.
        policy: the gate's policy for the main figures.
        embedder: None uses the one from the environment.
        progress: receives the progress.

    Raises:
        InvalidInputError: the file cannot be read, or the extra `eval` is not installed.
    """
    require("sklearn", extra="eval", why="Measuring answers", error=InvalidInputError)
    model = embedder or build_embedder(EmbeddingSettings())
    return report(asyncio.run(observe(squad_path, limit, policy, model, progress)), policy)


async def observe(
    squad_path: Path,
    limit: int | None,
    policy: GatePolicy,
    embedder: Embedder,
    progress: Progress | None = None,
) -> list[Observation]:
    """Index a file's paragraphs and ask its questions in sequence."""
    passages, questions = load_squad(squad_path)
    asked = spread(questions, limit)
    answerer = ExtractiveAnswerer(
        embedder, build_reader(ReaderSettings(), cache_dir=EmbeddingSettings().cache_dir)
    )
    observations: list[Observation] = []
    async with open_workspace(embedder) as workspace:
        await workspace.add(passages, progress)
        for number, question in enumerate(asked, 1):
            observations.append(await _observe_one(workspace, answerer, question, policy))
            if progress is not None:
                progress("Asking", number, len(asked))
    return observations


async def _observe_one(
    workspace: Workspace, answerer: ExtractiveAnswerer, question: SquadQuestion, policy: GatePolicy
) -> Observation:
    began = time.perf_counter()
    evidence = await workspace.find(question.text, LIMIT)
    draft = await answerer.answer(question.text, evidence)
    signals = measure(
        GateSignals(unsafe_input=False, customer_request=False, llm_error=False),
        draft=draft,
        evidence=evidence,
        relevance=draft.relevance,
        withheld=0,
        policy=policy,
    )
    decision = decide(signals, policy)
    seconds = time.perf_counter() - began
    found = [workspace.key(chunk) for chunk in evidence]
    rank = found.index(question.passage) + 1 if question.passage in found else None
    return Observation(question, rank, draft, draft.lead, signals, decision, seconds)


def spread(questions: Sequence[SquadQuestion], limit: int | None) -> list[SquadQuestion]:
    """At most `limit` questions, spread evenly, so that every article has some."""
    if limit is None or limit >= len(questions):
        return list(questions)
    return [questions[index * len(questions) // limit] for index in range(limit)]


def report(observations: Sequence[Observation], policy: GatePolicy) -> AnswersReport:
    """Compute the report of observations."""
    answerable = [o for o in observations if o.question.answerable]
    answered = [o for o in observations if o.decision.verdict is Verdict.passed]
    wrong = sum(o.wrong for o in answered)
    confidences = [o.confidence for o in observations]
    rightly = [o.wrong for o in answered if o.question.answerable]
    return AnswersReport(
        recall_1=_recall(answerable, 1),
        recall_5=_recall(answerable, 5),
        recall_10=_recall(answerable, 10),
        answered=len(answered),
        escalated=len(observations) - len(answered),
        contains_answer=_share([not each for each in rightly]),
        wrong_answer_rate=wrong / len(answered) if answered else None,
        auroc=auroc(confidences, [o.question.answerable for o in observations]),
        ece=expected_calibration_error(confidences, [not o.wrong for o in observations]),
        risk_coverage=risk_coverage(confidences, [o.wrong for o in observations], coverages=COVERAGES),
        p50_ms=percentile_ms([o.seconds for o in observations], 0.5),
        p95_ms=percentile_ms([o.seconds for o in observations], 0.95),
        questions=len(observations),
        answerable=len(answerable),
        policy=policy.version,
        coverage=len(answered) / len(observations) if observations else 0.0,
        wrong_per_question=wrong / len(observations) if observations else 0.0,
        best_sentence_contains_answer=_share([o.question.answered_by(o.best_unit) for o in answerable]),
        auroc_right=auroc(confidences, [not o.wrong for o in observations]),
        calibration=half_reports(observations, policy),
    )


def _recall(answerable: Sequence[Observation], places: int) -> float:
    return _share([o.rank is not None and o.rank <= places for o in answerable]) or 0.0


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def half_reports(observations: Sequence[Observation], base: GatePolicy) -> list[HalfReport]:
    """Fit the gate on each half of the articles and measure it on the other, for both error bases."""
    articles = sorted({o.question.article for o in observations})
    halves = (articles[::2], articles[1::2])
    if not all(halves):
        return []
    return [
        _half(observations, base, fitted, measured, ErrorBudget(base=basis))
        for basis in ErrorBase
        for fitted, measured in (halves, halves[::-1])
    ]


def _half(
    observations: Sequence[Observation],
    base: GatePolicy,
    fitted: Sequence[str],
    measured: Sequence[str],
    budget: ErrorBudget,
) -> HalfReport:
    labels = [LabelledSignals(o.signals, o.wrong, o.question.article) for o in observations]
    policy, fit = fit_policy(
        [label for label in labels if label.group in fitted],
        base,
        budget,
        version=f"{base.version}+calibrated",
    )
    found = fit.classes["default"]
    result = measure_policy([(policy, [label for label in labels if label.group in measured])])
    rate = result.wrong_answer_rate
    counted = result.wrong_per_question if budget.base is ErrorBase.asked else rate or 0.0
    return HalfReport(
        budget=budget,
        fitted_on=list(fitted),
        measured_on=list(measured),
        threshold=found.threshold,
        bound=found.bound,
        note=found.note,
        asked=result.asked,
        answered=result.answered,
        coverage=result.coverage,
        wrong=result.wrong,
        wrong_answer_rate=rate,
        wrong_per_question=result.wrong_per_question,
        within_budget=counted <= budget.wrong,
    )
