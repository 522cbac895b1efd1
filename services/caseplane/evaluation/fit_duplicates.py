"""Fits the weights of `triage/duplicates/weights.py` to labelled pairs.

`python -m caseplane.evaluation.fit_duplicates FILE --test FILE` prints them with their AUROC. It needs the `eval` extra.
Files are `a,b,label`; fit to one part of the data and measure on another. Pairs about nothing in common are made of the
texts, so that the score is a probability for ordinary tickets too, and not only for hard pairs.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from caseplane.core.embeddings import Embedder, EmbeddingSettings, build_embedder
from caseplane.evaluation.duplicates import Pair, fingerprints, load_pairs
from caseplane.evaluation.metrics import auroc
from caseplane.triage.duplicates import Rarity
from caseplane.triage.duplicates.features import NAMES, cosine, features

Array = NDArray[np.float64]
SIGNS = {
    "similarity": 1,
    "whole": 1,
    "replaced": -1,
    "same_code": 1,
    "other_code": -1,
    "opposed": -1,
    "denied": -1,
}
"""Of the weights that must not change it: one of the wrong sign may fit these pairs, but not the next."""
DECAY = 0.0003
"""Of the squared weights, so that features that say the same share it."""


def unrelated(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs of texts about nothing in common: each first text with the second of a later pair."""
    half = len(pairs) // 2
    return [Pair(pair.a, pairs[(at + half) % len(pairs)].b, False) for at, pair in enumerate(pairs)]


async def table(pairs: Sequence[Pair], embedder: Embedder) -> tuple[Array, Array]:
    """The features of pairs, and their labels."""
    read = await fingerprints(pairs, embedder)
    rarity = Rarity.of(each.terms for each in read.values())
    rows = [features(a, b, rarity, cosine(a, b)) for a, b in ((read[pair.a], read[pair.b]) for pair in pairs)]
    return np.array(rows, np.float64), np.array([pair.alike for pair in pairs], np.float64)


def fit(rows: Array, alike: Array) -> tuple[Array, float]:
    """Weights and intercept of a logistic sum with fixed signs."""

    def loss(found: Array) -> tuple[float, Array]:
        odds = rows @ found[:-1] + found[-1]
        wrong = (1 / (1 + np.exp(-odds)) - alike) / len(alike)
        value = float(np.mean(np.logaddexp(0, odds) - alike * odds)) + DECAY * float(found[:-1] @ found[:-1])
        return value, np.append(rows.T @ wrong + 2 * DECAY * found[:-1], wrong.sum())

    ranges = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [*(ranges[SIGNS.get(name, 0)] for name in NAMES), (None, None)]
    found = minimize(loss, np.zeros(len(NAMES) + 1), jac=True, bounds=bounds, method="L-BFGS-B")
    return found.x[:-1], float(found.x[-1])


async def _main(file: Path, test: Path | None) -> dict[str, object]:
    embedder = build_embedder(EmbeddingSettings())
    pairs = load_pairs(file)
    rows, alike = await table([*pairs, *unrelated(pairs)], embedder)
    weights, intercept = fit(rows, alike)
    found: dict[str, object] = {
        "intercept": round(intercept, 3),
        "weights": dict(zip(NAMES, weights.round(3).tolist(), strict=True)),
        "auroc": auroc(rows[: len(pairs)] @ weights, alike[: len(pairs)]),
    }
    if test is not None:
        values, labels = await table(load_pairs(test), embedder)
        found["auroc_test"] = auroc(values @ weights, labels)
    return found


def main() -> None:
    """Print the fitted numbers as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--test", type=Path)
    asked = parser.parse_args()
    json.dump(asyncio.run(_main(asked.pairs, asked.test)), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
