"""Writes tickets of a data set, and has their vectors made."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from caseplane.insights.context import Work
from caseplane.insights.datasets.jobs import EMBED_ROWS, DatasetArgs
from caseplane.insights.datasets.repository import Datasets, Rows


async def store_tickets(
    work: Work, dataset_id: UUID, tickets: Sequence[Mapping[str, Any]]
) -> tuple[int, int]:
    """Write tickets by their external id, of which each comes once; returns how many are new and how many changed."""
    created, updated = await work.repo(Rows).put(dataset_id, tickets, work.now) if tickets else (0, 0)
    if created or updated:
        await work.defer(EMBED_ROWS, DatasetArgs(dataset_id=dataset_id))
        (await work.repo(Datasets).get(dataset_id)).updated_at = work.now
    return created, updated
