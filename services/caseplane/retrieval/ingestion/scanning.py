"""Brings a source up to date that the service can look into: a prefix of the tenant's inbox."""

import asyncio
import hashlib
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.ingestion.limits import too_many_files
from caseplane.retrieval.ingestion.planning import Found
from caseplane.retrieval.ingestion.processing import finish
from caseplane.retrieval.ingestion.syncing import apply_plan, defer_ready, hold, plan_manifest
from caseplane.retrieval.parsing.archives import is_clutter
from caseplane.retrieval.reports.repository import Ingestions, Items
from caseplane.retrieval.reports.schemas import IngestionState
from caseplane.retrieval.schemas import RefusedEntry
from caseplane.retrieval.sources.repository import Sources

FEW = 5
"""Documents that a run deletes however many its source has: single files of small sources go every day."""


async def scan_source(
    context: Retrieval, principal: Principal, ingestion_id: UUID, *, confirmed: bool = False
) -> None:
    """List and hash the files of a source, and plan from that; safe to repeat.

    Args:
        context: of the service.
        principal: whose tenant it is.
        ingestion_id: that was begun for it.
        confirmed: however many documents are deleted; else many of them stay, and are reported.
    """
    async with context.work(principal) as work:
        ingestion = await work.repo(Ingestions).find(ingestion_id)
        if ingestion is None or ingestion.state != IngestionState.running:
            return
        counts, _ = await work.repo(Items).counts(ingestion_id)
        if counts:  # it was planned before this job was started again
            return
        source = await work.repo(Sources).get(ingestion.source_id)
    prefix = inbox(principal.tenant, source.uri)
    found, refused = await _look(context, prefix)
    async with context.work(principal) as work:
        ingestion = await work.repo(Ingestions).get(ingestion_id, lock=True)
        if ingestion.state != IngestionState.running:
            return
        plan = await plan_manifest(work, ingestion, source, found, refused=refused)
        held = [] if confirmed else hold(work, plan, few=FEW)
        await apply_plan(work, ingestion, source, plan, refused=refused, held=held)
        # The bytes are in the store already: they are read from where they lie.
        await defer_ready(work, ingestion, await work.repo(Items).use_bytes_at(ingestion_id, prefix))
    await finish(context, principal, ingestion_id)


async def _look(context: Retrieval, prefix: str) -> tuple[list[Found], list[RefusedEntry]]:
    """The files below a prefix with their hashes, and those that are too large to read."""
    found: list[Found] = []
    refused: list[RefusedEntry] = []
    largest = context.limits.max_bytes
    async for key, size in context.objects.list(prefix):
        path = key.removeprefix(prefix).lstrip("/")
        if not path or is_clutter(path):
            continue
        if len(found) >= context.settings.max_files_per_ingestion:
            refused.append(
                RefusedEntry(path=path, reason="too-many-files", detail=too_many_files(context.settings))
            )
            continue
        if size > largest:
            detail = f"The file has {size:,} bytes; {largest:,} are allowed."
            refused.append(RefusedEntry(path=path, reason="document-too-large", detail=detail))
            continue
        digest = await asyncio.to_thread(hashlib.sha256, await context.objects.get(key))
        found.append(Found(path, digest.hexdigest(), size))
    return found, refused


def inbox(tenant_id: UUID, prefix: str) -> str:
    """Where a tenant's own files lie in the store, to be ingested from."""
    return f"{tenant_id}/inbox/{prefix}".rstrip("/") + "/"


def path_in_inbox(key: str) -> tuple[UUID | None, str]:
    """The tenant whose inbox an object lies in, and its path there; (None, "") for other kinds of files."""
    tenant, _, below = key.partition("/")
    kind, _, path = below.partition("/")
    try:
        return (UUID(tenant), path) if kind == "inbox" else (None, "")
    except ValueError:
        return None, ""
