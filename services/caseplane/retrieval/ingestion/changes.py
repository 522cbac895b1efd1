"""Brings sources up to date when the object store announces that their files have changed.

Many files change at once, and each is announced on its own; a source is therefore looked into once, a little after the
first of them, and again if more change while it is.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from caseplane.core.announcements import ChangedObject
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.ingestion.jobs import CHANGED, ChangedArgs
from caseplane.retrieval.ingestion.scanning import path_in_inbox
from caseplane.retrieval.ingestion.syncing import start_scan
from caseplane.retrieval.parsing.archives import is_clutter
from caseplane.retrieval.reports.repository import Ingestions
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources

PLATFORM = "platform:changes"
"""Who starts these ingestions."""
GIVEN_UP = timedelta(hours=1)
"""An ingestion that has run for so long may never end, such as one whose files are never sent."""


async def note_changes(context: Retrieval, store: str, changed: Sequence[ChangedObject]) -> None:
    """Ask for every source to be looked into that has files among those changed; safe to repeat.

    Args:
        context: of the service.
        store: URL of the object store; an object elsewhere, or outside a tenant's inbox, belongs to no source.
        changed: as announced.
    """
    for tenant_id, paths in inbox_paths(store, changed).items():
        async with context.work(context.principal(tenant_id)) as work:
            for source in await work.repo(Sources).in_object_store():
                if any(_holds(source, path) for path in paths):
                    await _look_later(work, source.id)


async def sync_changed(work: Work, source_id: UUID) -> None:
    """Look into a source; later if it is being looked into now, which may have passed by what has changed."""
    source = await work.repo(Sources).find(source_id, lock=True)
    if source is None:
        return
    running = await work.repo(Ingestions).running_since(source_id)
    if running is not None and work.now - running < GIVEN_UP:
        await _look_later(work, source_id)
        return
    await start_scan(work, source, started_by=PLATFORM)


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


async def _look_later(work: Work, source_id: UUID) -> None:
    delay = work.context.settings.changes_settle
    await work.defer(CHANGED, ChangedArgs(source_id=source_id), delay=delay)
