"""`caseplane eval intents`: is the learned classifier right, does it know when, and does it notice what it does not know?

The path of production: sentence vectors of the configured model, then training and prediction as the workflow does them.
Nothing of the test is seen in training. Definitions in the report:

- `accuracy` and `macro_f1` count every test text, also those of categories that were not trained;
- `ece` is over ten equally wide bins of confidence;
- `oos_auroc` is the probability that a known text looks more familiar than an unknown one, `oos_fpr95` the share of
  unknown texts that pass for known where 95 % of the known do;
- `coverage_at_95` is the largest share of texts, the most confident first, of which at least 95 % are right.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from caseplane.core.cloud_auth import require
from caseplane.core.embeddings import Embedder, EmbeddingSettings, Vectors, build_embedder
from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.labelled_texts import LabelledText, load_texts
from caseplane.evaluation.metrics import auroc, expected_calibration_error
from caseplane.evaluation.workspace import Progress
from caseplane.triage.learning import Example, Prediction, TooFewExamplesError, train
from caseplane.triage.learning.measuring import coverage_at, f1_scores

_RIGHT = 0.95
_KNOWN_KEPT = 0.95


class IntentReport(BaseModel):
    """What was measured; times are of this run on this machine."""

    model_config = ConfigDict(frozen=True)

    train_texts: int
    test_texts: int
    categories: int
    accuracy: float
    macro_f1: float
    ece: float
    oos_auroc: float | None
    oos_fpr95: float | None
    coverage_at_95: float
    known_refused: float
    """Share of test texts that were taken for unknown ones."""
    unknown_found: float | None
    """Share of out-of-scope texts that were taken for unknown ones."""
    train_seconds: float
    """Training with its check on held-back texts, without the sentence vectors."""
    ms_per_text: float
    """Of the test texts in batches: sentence vector and prediction."""


def evaluate_intents(
    train_file: Path, test_file: Path, oos_file: Path | None, *, progress: Progress
) -> IntentReport:
    """Train on one file, test on another.

    Raises:
        InvalidInputError: a file cannot be used, or has too few texts.
    """
    trained, tested = load_texts(train_file), load_texts(test_file)
    strange = load_texts(oos_file, labelled=False) if oos_file else []
    if not tested:
        raise InvalidInputError(f"{test_file} has no texts.")
    require("sklearn", extra="eval", why="Measuring intents", error=InvalidInputError)
    return asyncio.run(_evaluate(trained, tested, strange, progress))


@dataclass(frozen=True)
class _Timed:
    vectors: Vectors
    seconds: float


async def _evaluate(
    trained: Sequence[LabelledText],
    tested: Sequence[LabelledText],
    strange: Sequence[LabelledText],
    progress: Progress,
) -> IntentReport:
    embedder = build_embedder(EmbeddingSettings())
    progress("Reading", 0, len(trained))
    known = await _embedded(embedder, trained)
    progress("Training", len(trained), len(trained))
    begun = time.perf_counter()
    try:
        result = train(
            [Example(each.text, each.category) for each in trained],
            known.vectors,
            embedding=embedder.profile.key,
        )
    except TooFewExamplesError as exc:
        raise InvalidInputError(f"The training file has {exc}.") from exc
    train_seconds = time.perf_counter() - begun
    progress("Testing", 0, len(tested))
    test, other = await _embedded(embedder, tested), await _embedded(embedder, strange)
    begun = time.perf_counter()
    said = result.classifier.predict([each.text for each in tested], test.vectors)
    seconds = test.seconds + time.perf_counter() - begun
    unknown = result.classifier.predict([each.text for each in strange], other.vectors)
    right = np.array([p.label == each.category for p, each in zip(said, tested, strict=True)])
    confidence = np.array([each.confidence for each in said])
    scores = f1_scores([each.category for each in tested], [each.label for each in said])
    known_scores, unknown_scores = _familiarity(said), _familiarity(unknown)
    return IntentReport(
        train_texts=len(trained),
        test_texts=len(tested),
        categories=len(result.classifier.labels),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean(list(scores.values()))),
        ece=expected_calibration_error(confidence, right) or 0.0,
        oos_auroc=auroc(
            np.concatenate([known_scores, unknown_scores]),
            np.concatenate([np.ones(len(said)), np.zeros(len(unknown))]),
        ),
        oos_fpr95=fpr_at(known_scores, unknown_scores, _KNOWN_KEPT),
        coverage_at_95=coverage_at(confidence, right, _RIGHT),
        known_refused=float(np.mean([each.unknown for each in said])),
        unknown_found=float(np.mean([each.unknown for each in unknown])) if unknown else None,
        train_seconds=round(train_seconds, 2),
        ms_per_text=round(1000 * seconds / len(tested), 3),
    )


async def _embedded(embedder: Embedder, texts: Sequence[LabelledText]) -> _Timed:
    await embedder.embed(["The model is loaded at its first use."])
    begun = time.perf_counter()
    vectors = await embedder.embed([each.text for each in texts])
    return _Timed(vectors, time.perf_counter() - begun)


def _familiarity(predictions: Sequence[Prediction]) -> np.ndarray:
    return np.array([each.familiarity for each in predictions], np.float64)


def fpr_at(known: np.ndarray, unknown: np.ndarray, kept: float) -> float | None:
    """Share of unknown texts at or above the score that the share `kept` of known ones reaches."""
    if not len(unknown):
        return None
    return float((unknown >= np.quantile(known, 1 - kept)).mean())
