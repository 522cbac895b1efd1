"""Indexes files as they are sent, without a list of what the source holds."""

import asyncio
import hashlib
import unicodedata
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.ingestion.planning import Found
from caseplane.retrieval.ingestion.receiving import Content, receive_files
from caseplane.retrieval.ingestion.schemas import IngestionStarted
from caseplane.retrieval.ingestion.syncing import (
    apply_plan,
    finish_if_done,
    hold_source,
    new_ingestion,
    plan_manifest,
    started,
)
from caseplane.retrieval.parsing.archives import read_archive, safe_path
from caseplane.retrieval.parsing.errors import DocumentError, EmptyDocumentError
from caseplane.retrieval.parsing.formats import Format, detect
from caseplane.retrieval.parsing.settings import IngestionSettings
from caseplane.retrieval.reports.repository import Ingestions
from caseplane.retrieval.schemas import RefusedEntry


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent, or the reason why it cannot be used."""

    path: str
    data: bytes
    media_type: str | None = None
    error: DocumentError | None = None


async def upload(
    context: Retrieval, principal: Principal, base_id: UUID, files: Iterable[Upload], *, source_name: str
) -> IngestionStarted:
    """Index some files, leaving the others of their source alone; archives are opened.

    Raises:
        NotFoundError, ManagedSourceError
    """
    opened = await asyncio.to_thread(_expand, list(files), context.limits)
    good = {f.path: f for f in opened if f.error is None}
    bad = {f.path: f.error for f in opened if f.error is not None and f.path not in good}
    found = [Found(f.path, hashlib.sha256(f.data).hexdigest(), len(f.data)) for f in good.values()]
    refused = [
        RefusedEntry(path=path, reason=error.slug, detail=error.detail[:1000]) for path, error in bad.items()
    ]
    async with context.work(principal) as work:
        source = await hold_source(work, base_id, source_name)
        ingestion = await new_ingestion(work, source, "upload", principal.subject, keep_missing=True)
        plan = await plan_manifest(work, ingestion, source, found, refused=refused)
        needed = await apply_plan(work, ingestion, source, plan, refused=refused)
        await finish_if_done(work, ingestion.id)
        ingestion_id = ingestion.id
    if needed:
        await receive_files(context, principal, ingestion_id, _contents(good[path] for path in needed))
    async with context.work(principal) as work:
        return await started(work, await work.repo(Ingestions).get(ingestion_id))


def _expand(files: list[Upload], limits: IngestionSettings) -> list[Upload]:
    opened: list[Upload] = []
    for file in files:
        try:
            path = safe_path(file.path)
            if file.data and detect(file.data, name=path) is Format.archive:
                members = list(read_archive(file.data, limits=limits))
                if not members:
                    raise EmptyDocumentError("The archive holds no files.")
                opened += [Upload(_shown(f"{path}/{m.path}"), m.data, error=m.error) for m in members]
                continue
        except DocumentError as exc:
            opened.append(Upload(_shown(file.path), b"", error=exc))
            continue
        opened.append(replace(file, path=path))
    return opened


def _shown(path: str) -> str:
    """A path that a report can hold, whatever its characters were."""
    clean = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c for c in path)
    return clean.strip()[:1024] or "unnamed"


async def _contents(files: Iterable[Upload]) -> AsyncIterable[Content]:
    for file in files:
        yield file.data, file.media_type
