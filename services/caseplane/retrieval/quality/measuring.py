"""Makes a quality report, and reads it."""

import asyncio
import time
from collections import defaultdict
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.quality import finding
from caseplane.retrieval.quality.asking import ask, headings
from caseplane.retrieval.quality.jobs import QUALITY, QualityArgs
from caseplane.retrieval.quality.repository import QualityReports, StoredChunk
from caseplane.retrieval.quality.schemas import QualityRead, QualityReport, QualityState

_SHOWN = 50
_MOST_DOCUMENTS = 2_000
_MOST_CHUNKS = 20_000


async def ask_for_report(work: Work, base_id: UUID) -> QualityRead:
    """Have a report made, unless the installation makes none.

    Raises:
        NotFoundError: the tenant has no such knowledge base.
    """
    await work.repo(IndexedBases).get(base_id)
    if work.context.settings.quality:
        await work.repo(QualityReports).ask(base_id)
        await work.defer(QUALITY, QualityArgs(knowledge_base_id=base_id))
    return await read_report(work, base_id)


async def read_report(work: Work, base_id: UUID) -> QualityRead:
    """The latest report, or how far it is."""
    base = await work.repo(IndexedBases).get(base_id)
    record = await work.repo(QualityReports).of(base_id)
    state = QualityState.none if record is None else QualityState.done
    if record is not None and record.finished_at is None:
        state = QualityState.running
    if not work.context.settings.quality:
        state = QualityState.off
    report = record.report if record else None
    return QualityRead(
        knowledge_base_id=base_id,
        state=state,
        outdated=bool(report and record and record.index_version != base.version),
        finished_at=record.finished_at if record else None,
        report=QualityReport.model_validate(report) if report else None,
    )


async def wait_for_report(
    context: Retrieval, principal: Principal, base_id: UUID, *, seconds: float
) -> QualityRead:
    """The report when it is made, or how far it is when the time is up."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        async with context.work(principal) as work:
            read = await read_report(work, base_id)
        left = deadline - asyncio.get_running_loop().time()
        if read.state is not QualityState.running or left <= 0:
            return read
        await asyncio.sleep(min(0.3, left))


async def make_report(context: Retrieval, principal: Principal, base_id: UUID) -> None:
    """Measure a knowledge base and keep the report; does nothing for one that is gone or no longer asked for.

    Raises:
        UnavailableError: database or model are away; run it again later.
    """
    began = time.monotonic()
    async with context.work(principal) as work:
        record = await work.repo(QualityReports).of(base_id)
        if record is None or record.finished_at is not None:
            return
        version = (await work.repo(IndexedBases).get(base_id)).version
        documents, total, total_chunks = await work.repo(QualityReports).documents(
            base_id, limit=_MOST_DOCUMENTS
        )
        chunks = await work.repo(QualityReports).chunks([d.id for d in documents], limit=_MOST_CHUNKS)
    by_document: dict[UUID, list[StoredChunk]] = defaultdict(list)
    for chunk in chunks:
        by_document[chunk.document_id].append(chunk)
    alike = await asyncio.to_thread(finding.duplicates, documents, by_document)
    unread = finding.unread(documents)
    questions, threshold = await ask(
        context, principal, base_id, headings(chunks, {d.id: d.path for d in documents})
    )
    report = QualityReport(
        documents=total,
        chunks=total_chunks,
        looked_at=len(by_document),
        pages_without_text=sum(len(each.pages_without_text) for each in unread),
        not_read=unread[:_SHOWN],
        duplicates=alike[:_SHOWN],
        duplicate_documents=len({path for each in alike for path in each.paths}),
        long_documents=finding.long_documents(documents)[:_SHOWN],
        link_only=finding.link_only(documents, by_document)[:_SHOWN],
        questions=questions,
        threshold=threshold,
        seconds=round(time.monotonic() - began, 2),
    )
    async with context.work(principal) as work:
        record = await work.repo(QualityReports).of(base_id)
        if record is not None:
            record.report, record.index_version = report.model_dump(mode="json"), version
            record.finished_at = work.now
