"""Fits the numbers of the extractive answerer (`answering/weights.py`) on a SQuAD 2.0 file.

`python -m caseplane.evaluation.fit_confidence FILE` prints the weights and their figures, where weights
fitted on the other articles judge each article. It needs the `eval` extra. The confidence is fitted to
the choices of the ranking in `weights.py`: after a new ranking is stored there, run it again.

Both models are small on purpose. The ranking is a softmax over the candidates of a question. The
confidence is a logistic sum with fixed signs, since a weight of the wrong sign (more missing names, more
confidence) may fit one file but not the next. It is fitted half on "the question has an answer" and half
on "the answer is right", then scaled to be the probability of being right.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from caseplane.answering import Evidence, ExtractiveAnswerer
from caseplane.answering.candidates import Candidate, survey
from caseplane.answering.extractive import Ranked, quoted
from caseplane.answering.features import RANKING
from caseplane.answering.question import analyse
from caseplane.core.embeddings import Embedder, EmbeddingSettings, build_embedder
from caseplane.evaluation.answers import LIMIT
from caseplane.evaluation.metrics import auroc, expected_calibration_error
from caseplane.evaluation.squad import SquadQuestion, load_squad
from caseplane.evaluation.workspace import Workspace, open_workspace

Array = NDArray[np.float64]

SIGNS = {
    "rank_score": 1,
    "unit_similarity": 1,
    "fits": 1,
    "negated": -1,
    "negation_unmatched": -1,
    "missing_names": -1,
    "missing_numbers": -1,
    "missing_qualifiers": -1,
}
"""The features of the confidence, with the sign of each weight."""


@dataclass(frozen=True)
class Sample:
    """One question with its candidates.

    Attributes:
        holds: for each candidate, whether it contains the accepted answer.
    """

    question: SquadQuestion
    ranked: Ranked
    holds: NDArray[np.bool_]


@dataclass(frozen=True)
class Logistic:
    weights: dict[str, float]
    intercept: float

    def __call__(self, signals: dict[str, float]) -> float:
        total = self.intercept + sum(w * signals[name] for name, w in self.weights.items())
        return float(1 / (1 + np.exp(-total)))


def fit_ranking(samples: Sequence[Sample], *, penalty: float = 1e-3) -> Array:
    """Weights that make the candidate with the answer the most likely choice."""
    usable = [sample for sample in samples if sample.holds.any()]
    blocks = [sample.ranked.described for sample in usable]
    spread = np.vstack(blocks).std(0) + 1e-9  # a constant feature has none
    rows = np.vstack(blocks) / spread
    sizes = np.array([len(block) for block in blocks])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    owner = np.repeat(np.arange(len(blocks)), sizes)
    target = np.concatenate([sample.holds / sample.holds.sum() for sample in usable])

    def loss(weights: Array) -> tuple[float, Array]:
        scores = rows @ weights
        shifted = scores - np.maximum.reduceat(scores, starts)[owner]  # so that exp does not overflow
        logs = shifted - np.log(np.add.reduceat(np.exp(shifted), starts))[owner]
        value = -(target * logs).sum() / len(usable) + penalty * weights @ weights
        slope = rows.T @ (np.exp(logs) - target) / len(usable) + 2 * penalty * weights
        return float(value), slope

    fitted: Array = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x
    weights: Array = fitted / spread
    return weights


def fit_confidence(
    signals: Sequence[dict[str, float]],
    answerable: Sequence[bool],
    right: Sequence[bool],
    *,
    penalty: float = 5e-3,
) -> Logistic:
    """A logistic sum over the signals in `SIGNS`, each with its sign."""
    names = list(SIGNS)
    raw = np.array([[each[name] for name in names] for each in signals], np.float64)
    middle, spread = raw.mean(0), raw.std(0) + 1e-9
    target = (np.array(answerable, np.float64) + np.array(right, np.float64)) / 2
    bounds = [(0.0, None) if SIGNS[name] > 0 else (None, 0.0) for name in names]
    weights, intercept = _logistic((raw - middle) / spread, target, bounds, penalty)
    sums = (raw - middle) / spread @ weights + intercept  # scaled below to be a probability (Platt)
    slope, offset = _logistic(sums[:, None], np.array(right, np.float64), [(0.0, None)], 0.0)
    scaled = weights / spread * slope[0]
    return Logistic(
        weights={name: round(float(w), 3) for name, w in zip(names, scaled, strict=True)},
        intercept=round(float(intercept * slope[0] + offset - scaled @ middle), 3),
    )


def _logistic(
    rows: Array, target: Array, bounds: Sequence[tuple[float | None, float | None]], penalty: float
) -> tuple[Array, float]:
    def loss(values: Array) -> tuple[float, Array]:
        weights, intercept = values[:-1], values[-1]
        sums = rows @ weights + intercept
        value = np.mean(np.logaddexp(0, sums) - target * sums) + penalty * weights @ weights
        error = (1 / (1 + np.exp(-sums)) - target) / len(rows)
        return float(value), np.append(rows.T @ error + 2 * penalty * weights, error.sum())

    found: Array = minimize(
        loss,
        np.zeros(rows.shape[1] + 1),
        jac=True,
        bounds=[*bounds, (None, None)],
        method="L-BFGS-B",
    ).x
    return found[:-1], float(found[-1])


def right_under(sample: Sample) -> bool:
    """Whether the composed answer of a sample contains an accepted answer."""
    ranked = sample.ranked
    texts = (ranked.survey.evidence[p.rank].text[p.unit.start : p.unit.end] for p in quoted(ranked))
    return sample.question.answered_by(" ".join(texts))


def cross_validated(samples: Sequence[Sample]) -> dict[str, float | None]:
    """Figures where weights fitted on the other articles judge each article."""
    articles = sorted({sample.question.article for sample in samples})
    signals = [sample.ranked.signals() for sample in samples]
    answerable = [sample.question.answerable for sample in samples]
    right = [right_under(sample) for sample in samples]
    confidence = np.zeros(len(samples))
    chosen: list[bool] = []
    for article in articles:
        inside = [sample.question.article == article for sample in samples]
        others = [i for i, held in enumerate(inside) if not held]
        ranking = fit_ranking([samples[i] for i in others if answerable[i]])
        model = fit_confidence(
            [signals[i] for i in others],
            [answerable[i] for i in others],
            [right[i] for i in others],
        )
        for i, held in enumerate(inside):
            if held:
                confidence[i] = model(signals[i])
                if answerable[i]:
                    best = int(np.argmax(samples[i].ranked.described @ ranking))
                    text = samples[i].ranked.shortlist[best].text
                    chosen.append(samples[i].question.answered_by(text))
    return {
        "auroc": auroc(confidence, answerable),
        "auroc_right": auroc(confidence, right),
        "ece": expected_calibration_error(confidence, right),
        "best_sentence_contains_answer": sum(chosen) / len(chosen) if chosen else None,
    }


async def sample_file(path: Path, embedder: Embedder) -> list[Sample]:
    """Retrieve the candidates of every question of a file and compute their features."""
    passages, questions = load_squad(path)
    answerer = ExtractiveAnswerer(embedder)
    samples = []
    async with open_workspace(embedder) as workspace:
        await workspace.add(passages)
        for question in questions:
            evidence = await workspace.find(question.text, LIMIT)
            scanned = survey(analyse(question.text), evidence)
            if scanned.candidates:
                ranked = await answerer.rank(scanned)
                samples.append(Sample(question, ranked, _holds(workspace, question, evidence, ranked)))
    return samples


def _holds(
    workspace: Workspace, question: SquadQuestion, evidence: Sequence[Evidence], ranked: Ranked
) -> NDArray[np.bool_]:
    def holds(candidate: Candidate) -> bool:
        if workspace.key(evidence[candidate.rank]) != question.passage:
            return False
        unit = candidate.unit
        return any(
            unit.start <= start and start + len(answer) <= unit.end for answer, start in question.answers
        )

    return np.array([holds(candidate) for candidate in ranked.shortlist], bool)


def main() -> None:
    """Print the fitted numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("squad", type=Path)
    path: Path = parser.parse_args().squad
    samples = asyncio.run(sample_file(path, build_embedder(EmbeddingSettings())))
    ranking = fit_ranking([sample for sample in samples if sample.question.answerable])
    model = fit_confidence(
        [sample.ranked.signals() for sample in samples],
        [sample.question.answerable for sample in samples],
        [right_under(sample) for sample in samples],
    )
    found = {
        "ranking": dict(zip(RANKING, ranking.round(2).tolist(), strict=True)),
        "confidence": model.weights,
        "intercept": model.intercept,
        "cross_validated": cross_validated(samples),
    }
    json.dump(found, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
