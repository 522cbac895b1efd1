"""A worker to be killed while it re-indexes: `python -m tests.integration.retrieval.profiles.reindex_worker URL FOLDER`.

Every batch is slow, so that it can be killed in the middle; it dies with its parent process.
"""

import asyncio
import sys
from pathlib import Path

from tests.integration.retrieval.harness import Harness

from caseplane.retrieval.settings import RetrievalSettings

PAUSE = 0.2


async def main(database_url: str, folder: Path) -> None:
    harness = Harness(database_url, folder, RetrievalSettings(embed_batch=1))
    harness.other.first = lambda: asyncio.sleep(PAUSE)
    async with harness.runtime.jobs.open():
        work = asyncio.create_task(harness.runtime.jobs.work(queues=["ingestion"], concurrency=1))
        await asyncio.to_thread(sys.stdin.read)
        work.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
