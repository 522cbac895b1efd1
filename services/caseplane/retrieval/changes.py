"""Brings sources up to date when the object store announces that their files have changed.

Many files change at once, and each is announced on its own; a source is therefore looked into once, a little after the
first of them, and again if more change while it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from caseplane.core.announcements import ChangedObject
from caseplane.core.clock import utcnow
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.ingestion.archives import is_clutter
from caseplane.retrieval.ingestions import start_scan
from caseplane.retrieval.jobs import CHANGED, ChangedArgs
from caseplane.retrieval.models import Source
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.scanning import path_in_inbox

PLATFORM = "platform:changes"
"""Who starts these ingestions."""
GIVEN_UP = timedelta(hours=1)
"""An ingestion that has run for so long may never end: one that waits for files that nobody sends."""


async def note_changes(o: Retrieval, store: str, changed: Sequence[ChangedObject]) -> None:
    """Ask for every source to be looked into that has files among those changed; safe to repeat.

    Args:
        o: the service.
        store: URL of the object store; what lies elsewhere, or is not in a tenant's inbox, is nobody's source.
        changed: as announced.
    """
    for tenant_id, paths in inbox_paths(store, changed).items():
        async with o.db.tenant(tenant_id) as tx:
            for source in await KnowledgeRepository(tx, tenant_id).stored_sources():
                if any(_holds(source, path) for path in paths):
                    await _look_later(o, tx, source)


async def sync_changed(o: Retrieval, tenant_id: UUID, source_id: UUID) -> None:
    """Look into a source, unless that is being done: then later, since what has changed may have been passed by."""
    async with o.db.tenant(tenant_id) as tx:
        repo = KnowledgeRepository(tx, tenant_id)
        source = await repo.sources.find(source_id, lock=True)
        if source is None:
            return
        running = await repo.running_since(source_id)
        if running is not None and utcnow() - running < GIVEN_UP:
            await _look_later(o, tx, source)
            return
        await start_scan(o, repo, source, started_by=PLATFORM)


def inbox_paths(store: str, changed: Sequence[ChangedObject]) -> dict[UUID, list[str]]:
    """Paths within their inboxes, by tenant."""
    place = urlsplit(store)
    prefix = f"{place.path.strip('/')}/".lstrip("/")
    found: dict[UUID, list[str]] = defaultdict(list)
    for bucket, key in changed:
        if bucket == place.netloc and key.startswith(prefix):
            tenant_id, path = path_in_inbox(key.removeprefix(prefix))
            if tenant_id and path and not is_clutter(path):
                found[tenant_id].append(path)
    return found


def _holds(source: Source, path: str) -> bool:
    prefix = source.uri.rstrip("/")
    return not prefix or path.startswith(f"{prefix}/")


async def _look_later(o: Retrieval, tx: AsyncSession, source: Source) -> None:
    args = ChangedArgs(source_id=source.id)
    await o.jobs.defer(tx, CHANGED, args, tenant_id=source.tenant_id, delay=o.settings.changes_settle)
