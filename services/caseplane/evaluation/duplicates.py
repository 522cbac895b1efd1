"""`caseplane eval duplicates`: are tickets about the same thing told from tickets that only look alike?

Scores labelled pairs as the product does, with no knowledge of customers and times. The f1 and its threshold are those of
the best threshold on these same pairs; AUROC needs none.
"""

import asyncio
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict

from caseplane.core.embeddings import Embedder, EmbeddingSettings, build_embedder
from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.metrics import auroc
from caseplane.evaluation.workspace import Progress
from caseplane.triage.duplicates import Fingerprint, Rarity, fingerprint, score
from caseplane.triage.duplicates.features import cosine

BATCH = 256
_ALIKE = {"1": True, "true": True, "yes": True, "duplicate": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Pair:
    """Two texts, and whether they are about the same thing."""

    a: str
    b: str
    alike: bool


class DuplicatesReport(BaseModel):
    """The output of `eval duplicates`."""

    model_config = ConfigDict(frozen=True)

    auroc: float | None
    """None if all pairs have the same label."""
    f1: float
    threshold: float
    """A pair counts as alike from here on; also that of f1."""
    precision: float
    recall: float
    auroc_similarity: float | None
    """Of the cosine alone, for comparison."""
    auroc_words: float | None
    """Of the share of words in common alone, for comparison."""
    pairs: int
    alike: int


def load_pairs(file: Path) -> list[Pair]:
    """Read pairs from a CSV file with the columns `a`, `b` and `label` (1 or 0); others are ignored.

    Raises:
        InvalidInputError: names the line and what is wrong with it.
    """
    pairs: list[Pair] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened, strict=True)
            missing = {"a", "b", "label"} - set(reader.fieldnames or ())
            if missing:
                raise InvalidInputError(
                    f"{file}: the first line must name the columns a, b, label; it lacks {', '.join(sorted(missing))}."
                )
            pairs += [_pair(row, f"{file}, line {reader.line_num}") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise InvalidInputError(f"{file} cannot be read as CSV in UTF-8: {exc}") from exc
    if not pairs:
        raise InvalidInputError(f"{file} holds no pair.")
    return pairs


def _pair(row: dict[str, str | None], where: str) -> Pair:
    label = (row["label"] or "").strip().lower()
    if label not in _ALIKE:
        raise InvalidInputError(f"{where}: label is {label!r}; write 1 for the same thing, 0 for another.")
    if not (row["a"] or "").strip() or not (row["b"] or "").strip():
        raise InvalidInputError(f"{where}: a or b is empty.")
    return Pair(row["a"] or "", row["b"] or "", _ALIKE[label])


async def fingerprints(
    pairs: Sequence[Pair], embedder: Embedder, progress: Progress | None = None
) -> dict[str, Fingerprint]:
    """The fingerprint of each text of the pairs."""
    texts = sorted({text for pair in pairs for text in (pair.a, pair.b)})
    found: dict[str, Fingerprint] = {}
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        vectors = await embedder.embed(part)
        found |= {text: fingerprint(text, vector) for text, vector in zip(part, vectors, strict=True)}
        if progress is not None:
            progress("Reading", len(found), len(texts))
    return found


def evaluate_duplicates(
    file: Path, *, embedder: Embedder | None = None, progress: Progress | None = None
) -> DuplicatesReport:
    """Measure the score on labelled pairs.

    Raises:
        InvalidInputError: the file cannot be read.
    """
    pairs = load_pairs(file)
    read = asyncio.run(fingerprints(pairs, embedder or build_embedder(EmbeddingSettings()), progress))
    return report(pairs, read)


def report(pairs: Sequence[Pair], read: dict[str, Fingerprint]) -> DuplicatesReport:
    rarity = Rarity.of(each.terms for each in read.values())
    alike = np.array([pair.alike for pair in pairs])
    couples = [(read[pair.a], read[pair.b]) for pair in pairs]
    scores = np.array([score(a, b, rarity) for a, b in couples])
    threshold, precision, recall, f1 = _best_threshold(scores, alike)
    return DuplicatesReport(
        auroc=auroc(scores, alike),
        f1=f1,
        threshold=threshold,
        precision=precision,
        recall=recall,
        auroc_similarity=auroc([cosine(a, b) for a, b in couples], alike),
        auroc_words=auroc(
            [len(a.terms & b.terms) / max(1, len(a.terms | b.terms)) for a, b in couples], alike
        ),
        pairs=len(pairs),
        alike=int(alike.sum()),
    )


def _best_threshold(scores: ArrayLike, alike: ArrayLike) -> tuple[float, float, float, float]:
    """The threshold with the highest f1, then precision, recall and f1 there."""
    values, labels = np.asarray(scores, np.float64), np.asarray(alike, bool)
    best = (float(values.max()), 0.0, 0.0, 0.0)
    for threshold in np.unique(values):
        chosen = values >= threshold
        hits = int((chosen & labels).sum())
        precision, recall = hits / int(chosen.sum()), hits / max(1, int(labels.sum()))
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        if f1 > best[3]:
            best = (float(threshold), precision, recall, f1)
    return best
