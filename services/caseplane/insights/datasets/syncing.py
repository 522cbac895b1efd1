"""Takes the platform's own tickets into their data set, the newest first."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.escalation.schemas import TicketDigest
from caseplane.insights.context import Insights
from caseplane.insights.datasets.reading.tickets import content_hash, searchable
from caseplane.insights.datasets.repository import Datasets, Rows
from caseplane.insights.datasets.storing import store_tickets

PAGE: Final = 500


async def sync_tickets(context: Insights, who: Principal, dataset_id: UUID) -> None:
    """Write all tickets that are new or have changed; those that are deleted leave the data set."""
    before: int | None = None
    while True:
        found = await context.escalation.newest(who, limit=PAGE, before=before)
        if not found:
            return
        kept = await asyncio.to_thread(_tickets, [each for each in found if not each.deleted])
        async with context.work(who) as work:
            if await work.repo(Datasets).find(dataset_id, lock=True) is None:
                return
            await store_tickets(work, dataset_id, kept)
            await work.repo(Rows).drop(dataset_id, [str(each.ticket_id) for each in found if each.deleted])
        if len(found) < PAGE:
            return
        before = min(each.number for each in found)


def _tickets(found: Sequence[TicketDigest]) -> list[dict[str, Any]]:
    return [_ticket(each) for each in found]


def _ticket(found: TicketDigest) -> dict[str, Any]:
    ticket = {
        "external_id": str(found.ticket_id),
        "subject": searchable(found.subject),
        "body": searchable(found.description),
        "status": found.status.value,
        "priority": found.priority,
        "category": found.category or "",
        "channel": found.channel,
        "team": found.team or "",
        "customer_id": found.requester_id,
        "tags": found.tags,
        "opened_at": found.created_at,
        "resolved_at": None,
        "resolution": "",
        "satisfaction": "",
        "extra": json.dumps({"number": str(found.number)}),
    }
    return {**ticket, "content_hash": content_hash(ticket)}
