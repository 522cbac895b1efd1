# ruff: noqa: T201 - a benchmark prints what it measured
"""Search for long messages, against BM25 over the same chunks: nDCG@10 by pages.

    python -m tests.benchmarks.bench_stories --data FOLDER

FOLDER holds `kb_argocd` and `kb_kueue`, the documentation of these products. The search is the product's own over its
API; BM25 gets every word of the message and the very chunks that the product made.
"""

import argparse
import asyncio
import json
import math
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import httpx
import psycopg
from sqlalchemy.engine import make_url
from tests.benchmarks.stories import Story, stories

from caseplane.cli.ingest import ingest_folder_for_demo
from caseplane.core.settings import CoreSettings
from caseplane.evaluation.retrieval import ndcg
from caseplane.local.data import DataFolder
from caseplane.local.platform import ensure_tenant, open_platform
from caseplane.retrieval.index.bm25 import term_counts, term_weights

DEPTH, HITS = 10, 40
CHUNKS = """
    SELECT d.path, c.heading || E'\\n' || c.text FROM knowledge.chunks c
    JOIN knowledge.documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
    WHERE c.knowledge_base_id = %s ORDER BY c.id"""


class Bm25:
    """Plain BM25 over chunks; Robertson and Zaragoza 2009, doi:10.1561/1500000019."""

    def __init__(self, chunks: Sequence[tuple[str, str]]) -> None:
        self._paths = [path for path, _ in chunks]
        self._postings: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for at, (_, text) in enumerate(chunks):
            for term, weight in term_weights(term_counts(text)).items():
                self._postings[term].append((at, weight))

    def pages(self, message: str) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for term in term_counts(message):
            holding = self._postings.get(term, ())
            idf = math.log1p((len(self._paths) - len(holding) + 0.5) / (len(holding) + 0.5))
            for at, weight in holding:
                scores[at] += weight * idf
        return first(self._paths[at] for at in sorted(scores, key=lambda at: -scores[at]))


def first(paths: Iterable[str]) -> list[str]:
    """The first pages of ranked passages, each once."""
    return list(dict.fromkeys(paths))[:DEPTH]


def gain(found: Sequence[str], story: Story) -> float:
    """nDCG@10 of ranked pages; paths of the folder may stand below another one."""
    pages = [next((page for page in story.pages if path.endswith(page)), path) for path in found]
    return ndcg(pages, dict.fromkeys(story.pages, 1), DEPTH)


async def measure(data: Path) -> dict[str, Any]:
    told = list(stories())
    ours: dict[str, list[float]] = defaultdict(list)
    plain: dict[str, list[float]] = defaultdict(list)
    async with open_platform(DataFolder()) as platform, platform.client(platform.admin_key) as admin:
        key = await ensure_tenant(admin, platform.folder, "stories", "Stories")
        async with platform.client(key) as http:
            for folder in sorted({story.folder for story in told}):
                made = (await http.post("/api/v1/knowledge-bases", json={"name": folder})).raise_for_status()
                base = made.json()["id"]
                await ingest_folder_for_demo(http, base, data / folder)
                bm25 = Bm25(await chunks(platform.runtime.settings, base))
                for story in (story for story in told if story.folder == folder):
                    ours[folder].append(gain(await searched(http, base, story), story))
                    plain[folder].append(gain(bm25.pages(story.text), story))
    return {"stories": len(told)} | {
        folder: {"ndcg_at_10": round(mean(ours[folder]), 3), "bm25": round(mean(plain[folder]), 3)}
        for folder in ours
    }


async def chunks(settings: CoreSettings, base: str) -> list[tuple[str, str]]:
    """What the product indexed, read as the owner of the database."""
    url = make_url(settings.database_url.get_secret_value()).set(username="postgres", drivername="postgresql")
    async with await psycopg.AsyncConnection.connect(url.render_as_string(hide_password=False)) as connection:
        return await (await connection.execute(CHUNKS, (base,))).fetchall()


async def searched(http: httpx.AsyncClient, base: str, story: Story) -> list[str]:
    body = {"query": story.text, "knowledge_base_ids": [base], "limit": HITS}
    answer = (await http.post("/api/v1/search", json=body)).raise_for_status().json()
    return first(hit["path"] or hit["uri"] for hit in answer["results"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of kb_argocd and kb_kueue")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CASEPLANE_DATA_DIR"] = folder
        os.environ["CASEPLANE_LOG_LEVEL"] = "warning"
        print(json.dumps(asyncio.run(measure(given.data))))


if __name__ == "__main__":
    main()
