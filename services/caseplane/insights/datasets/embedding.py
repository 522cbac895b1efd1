"""Gives rows their vectors."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np

from caseplane.core.auth import Principal
from caseplane.insights.context import Insights
from caseplane.insights.datasets.jobs import ASSIGN_ROWS, DatasetArgs
from caseplane.insights.datasets.reading.tickets import indexed_text
from caseplane.insights.datasets.repository import Datasets, Rows

BATCH: Final = 256


async def embed_rows(context: Insights, who: Principal, dataset_id: UUID) -> None:
    """Embed all rows without a vector; equal texts of a batch are embedded once."""
    async with context.work(who) as work:
        if await work.repo(Datasets).find(dataset_id) is None:
            return
        await work.repo(Rows).use_profile(dataset_id, context.embedder.profile.key)
    while True:
        async with context.work(who) as work:
            rows = await work.repo(Rows).bare(dataset_id, BATCH)
            if not rows:
                await work.defer(ASSIGN_ROWS, DatasetArgs(dataset_id=dataset_id))
                return
        points = await _embed(context, rows)
        async with context.work(who) as work:
            await work.repo(Rows).set_vectors(rows, points)


async def _embed(context: Insights, rows: Sequence[Any]) -> "np.ndarray[Any, np.dtype[np.float32]]":
    texts = [indexed_text(row.subject, row.body) for row in rows]
    different = list(dict.fromkeys(texts))
    points = await context.embedder.embed(different)
    places = {text: place for place, text in enumerate(different)}
    return points[[places[text] for text in texts]]
