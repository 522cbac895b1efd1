"""`caseplane eval clusters`: are texts that belong together grouped together?

Groups labelled texts as the product groups tickets, without their labels. A text that is in no group counts as one of a
further group, so that leaving many out does not pay.
"""

import asyncio
import csv
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from pydantic import BaseModel, ConfigDict

from caseplane.clustering import NONE, group_apart, sameness
from caseplane.core.embeddings import Embedder, EmbeddingSettings, build_embedder
from caseplane.core.errors import InvalidInputError
from caseplane.evaluation.partitions import adjusted_rand, normalised_information
from caseplane.evaluation.workspace import Progress

BATCH = 256
_LONGEST_CELL = 1_000_000


class ClustersReport(BaseModel):
    """The output of `eval clusters`."""

    model_config = ConfigDict(frozen=True)

    nmi: float
    """Normalised mutual information with the labels (arithmetic mean)."""
    ari: float
    """Adjusted Rand index."""
    clusters: int
    themes: int
    noise: int
    """Texts in no cluster."""
    nmi_clustered: float
    """Of the texts that are in a cluster."""
    texts: int
    labels: int
    seconds: float
    """Of the grouping; embedding is apart."""
    embedding_seconds: float
    peak_mb: int
    """Most memory of the process that groups."""


def load_labelled(file: Path, text: str, label: str) -> tuple[list[str], list[str]]:
    """Texts and their labels from a CSV file with a heading.

    Raises:
        InvalidInputError: naming what is wrong.
    """
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            missing = [name for name in (text, label) if name not in (reader.fieldnames or ())]
            if missing:
                raise InvalidInputError(
                    f"{file} has no column {missing[0]!r}; it has {', '.join(reader.fieldnames or ())}."
                )
            rows = [(row[text] or "", row[label] or "") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise InvalidInputError(f"{file} cannot be read as CSV in UTF-8: {exc}") from exc
    if not rows:
        raise InvalidInputError(f"{file} has no rows.")
    return [row[0] for row in rows], [row[1] for row in rows]


async def measure(
    texts: Sequence[str], labels: Sequence[str], embedder: Embedder, progress: Progress | None = None
) -> ClustersReport:
    """Embed and group the texts, and compare the groups with the labels."""
    began = perf_counter()
    parts = []
    for begin in range(0, len(texts), BATCH):
        if progress is not None:
            progress("Embedding", begin, len(texts))
        parts.append(await embedder.embed(texts[begin : begin + BATCH]))
    embedded = perf_counter()
    if progress is not None:
        progress("Grouping", len(texts), len(texts))
    numbers: dict[bytes, int] = {}
    keys = np.array([numbers.setdefault(sameness(text), len(numbers)) for text in texts], dtype=np.int64)
    made = await group_apart(np.vstack(parts), keys)
    grouped = perf_counter()
    found = made.grouping.topics
    truth = np.unique(np.array(labels), return_inverse=True)[1].reshape(-1)
    inside = found != NONE
    return ClustersReport(
        nmi=round(normalised_information(truth, found), 4),
        ari=round(adjusted_rand(truth, found), 4),
        clusters=len(made.grouping.themes),
        themes=len(set(made.grouping.themes.tolist())),
        noise=int((~inside).sum()),
        nmi_clustered=round(normalised_information(truth[inside], found[inside]), 4),
        texts=len(texts),
        labels=len(set(labels)),
        seconds=round(grouped - embedded, 3),
        embedding_seconds=round(embedded - began, 3),
        peak_mb=made.peak_mb,
    )


def evaluate_clusters(
    file: Path,
    *,
    text: str,
    label: str,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> ClustersReport:
    """Measure the grouping of a file's texts."""
    texts, labels = load_labelled(file, text, label)
    return asyncio.run(measure(texts, labels, embedder or build_embedder(EmbeddingSettings()), progress))
