"""`caseplane eval retrieval`: does hybrid search find the documents judged relevant?

Runs the production index on its own Postgres. nDCG@10 uses the grades as gains, divided by the logarithm of the
place; recall@k is the share of a query's relevant documents among the first k; both are means over the judged
queries. Times are those of a whole search, including the question's embedding.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.embeddings import Embedder, EmbeddingSettings, build_embedder
from caseplane.evaluation.beir import BeirSet, load_beir
from caseplane.evaluation.metrics import percentile_ms
from caseplane.evaluation.workspace import Passage, Progress, open_workspace

DEPTH = 100
"""Number of ranked documents to measure."""


class RetrievalReport(BaseModel):
    """The output of `eval retrieval`; dump it by alias."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    ndcg_10: float = Field(alias="ndcg@10")
    mrr_10: float = Field(alias="mrr@10")
    recall_10: float = Field(alias="recall@10")
    recall_100: float = Field(alias="recall@100")
    p50_ms: float
    p95_ms: float
    documents: int
    queries: int


def evaluate_retrieval(
    corpus: Path,
    queries: Path,
    qrels: Path,
    limit: int | None = None,
    *,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> RetrievalReport:
    """Measure hybrid search on a data set in BEIR's form.

    Args:
        corpus: JSON lines of `_id`, `title`, `text`.
        queries: JSON lines of `_id`, `text`.
        qrels: tab-separated `query-id`, `corpus-id`, `score`.
        limit: queries asked at most, spread evenly over the file; None asks all.
        embedder: None uses the one from the environment.
        progress: receives the progress.

    Raises:
        InvalidInputError: a file cannot be read.
    """
    data = load_beir(corpus, queries, qrels)
    if limit is not None:
        data = data.asking(limit)
    return asyncio.run(_evaluate(data, embedder or build_embedder(EmbeddingSettings()), progress))


async def _evaluate(data: BeirSet, embedder: Embedder, progress: Progress | None) -> RetrievalReport:
    rankings: dict[str, list[str]] = {}
    seconds: list[float] = []
    async with open_workspace(embedder) as workspace:
        # Title and text together, since a benchmark judges both.
        await workspace.add(
            [
                Passage(document.id, document.title, f"{document.title}\n{document.text}".strip())
                for document in data.documents
            ],
            progress,
        )
        for done, (query, question) in enumerate(data.queries.items(), start=1):
            start = time.perf_counter()
            found = await workspace.find(question, DEPTH)
            seconds.append(time.perf_counter() - start)
            rankings[query] = [workspace.key(evidence) for evidence in found]
            if progress is not None:
                progress("Searching", done, len(data.queries))
    return RetrievalReport(
        **_measures(rankings, data.grades),
        p50_ms=percentile_ms(seconds, 0.5) or 0.0,
        p95_ms=percentile_ms(seconds, 0.95) or 0.0,
        documents=len(data.documents),
        queries=len(rankings),
    )


def _measures(
    rankings: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]
) -> dict[str, float]:
    pairs = [(ranking, grades[query]) for query, ranking in rankings.items()]
    measures: dict[str, Callable[[Sequence[str], Mapping[str, int]], float]] = {
        "ndcg_10": lambda ranking, judged: ndcg(ranking, judged, 10),
        "mrr_10": lambda ranking, judged: reciprocal_rank(ranking, judged, 10),
        "recall_10": lambda ranking, judged: recall(ranking, judged, 10),
        "recall_100": lambda ranking, judged: recall(ranking, judged, 100),
    }
    return {name: sum(one(*pair) for pair in pairs) / len(pairs) for name, one in measures.items()}


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], places: int) -> float:
    """Normalised discounted cumulative gain of the first places, within [0, 1]."""
    gains = [grades.get(document, 0) for document in ranking[:places]]
    best = sorted(grades.values(), reverse=True)[:places]
    return _discounted(gains) / _discounted(best)


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], places: int) -> float:
    """One over the place of the first relevant document; 0 if none is among the first places."""
    found = (place for place, document in enumerate(ranking[:places], start=1) if document in grades)
    return 1 / next(found, math.inf)


def recall(ranking: Sequence[str], grades: Mapping[str, int], places: int) -> float:
    """Share of the relevant documents among the first places."""
    return len(set(ranking[:places]) & grades.keys()) / len(grades)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
