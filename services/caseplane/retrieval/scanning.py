"""Brings a source up to date that the service can look into: a prefix of the tenant's inbox."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import UUID

from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.ingestion.archives import is_clutter
from caseplane.retrieval.ingestion.planning import Found
from caseplane.retrieval.ingestions import apply_manifest, defer_items
from caseplane.retrieval.processing import finish
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import IngestionState, RefusedEntry


async def scan_source(o: Retrieval, tenant_id: UUID, ingestion_id: UUID) -> None:
    """List and hash the files of a source, and plan from that; safe to repeat."""
    async with o.db.tenant(tenant_id) as tx:
        repo = KnowledgeRepository(tx, tenant_id)
        ingestion = await repo.ingestions.find(ingestion_id)
        if ingestion is None or ingestion.state != IngestionState.running:
            return
        counts, _ = await repo.item_counts(ingestion_id)
        if counts:  # it was planned before this job was started again
            return
        source = await repo.sources.get(ingestion.source_id)
    prefix = inbox(tenant_id, source.uri)
    found: dict[str, Found] = {}
    refused: list[RefusedEntry] = []
    async for key, size in o.objects.list(prefix):
        path = key.removeprefix(prefix).lstrip("/")
        if not path or is_clutter(path):
            continue
        if size > o.limits.max_bytes:
            detail = f"The file has {size:,} bytes; {o.limits.max_bytes:,} are allowed."
            refused.append(RefusedEntry(path=path, reason="document-too-large", detail=detail))
            continue
        data = await o.objects.get(key)
        digest = await asyncio.to_thread(hashlib.sha256, data)
        found[path] = Found(path, digest.hexdigest(), size)
    async with o.db.tenant(tenant_id) as tx:
        repo = KnowledgeRepository(tx, tenant_id)
        ingestion = await repo.ingestions.get(ingestion_id, lock=True)
        if ingestion.state != IngestionState.running:
            return
        await apply_manifest(o, repo, ingestion, source, list(found.values()), refused=refused)
        # The bytes are in the store already: they are read from where they lie.
        stored = await repo.use_bytes_at(ingestion_id, prefix)
        await defer_items(o, tx, ingestion, stored)
    await finish(o, tenant_id, ingestion_id)


def inbox(tenant_id: UUID, prefix: str) -> str:
    """Where a tenant's own files lie in the store, to be ingested from."""
    return f"{tenant_id}/inbox/{prefix}".rstrip("/") + "/"


def path_in_inbox(key: str) -> tuple[UUID | None, str]:
    """Whose inbox an object lies in, and where; nobody's if it is another kind of file."""
    tenant, _, below = key.partition("/")
    kind, _, path = below.partition("/")
    try:
        return (UUID(tenant), path) if kind == "inbox" else (None, "")
    except ValueError:
        return None, ""
