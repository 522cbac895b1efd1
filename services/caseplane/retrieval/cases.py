"""Resolved cases as knowledge: one document each, in a knowledge base that is made when needed.

The text is what the orchestrator wrote, personal data already left out; it is masked once more here,
since it will be shown to other customers.
"""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.indexing import cut, embed, put_files, swap
from caseplane.retrieval.ingestion.documents import BlockKind, ParsedDocument, TextBuilder
from caseplane.retrieval.models import Source
from caseplane.retrieval.profiles import embedder_of
from caseplane.retrieval.removal import remove_documents
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import CaseIndex, SourceKind

SOURCE = "cases"
_TITLE, _HEADING = 200, 500


async def index_case(o: Retrieval, who: Principal, case: CaseIndex) -> UUID:
    """Make a resolved case findable; the same case again changes nothing.

    Raises:
        EmbeddingError: the model cannot be used; nothing was changed.
        ProfileChangedError: the knowledge base was switched to another model just now; nothing was changed.
    """
    data = json.dumps(case.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode()
    prepared = await asyncio.to_thread(cut, o, data, case_document(o, case))
    path = str(case.case_id)
    async with o.db.tenant(who.tenant) as tx:
        source = await _ensure_source(o, KnowledgeRepository(tx, who.tenant))
    embedder = await embedder_of(o, who.tenant, source.knowledge_base_id)
    (chunks,) = await embed(o, embedder, [prepared])
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        held = await repo.sources.get(source.id, lock=True)  # one case at a time, so one row each
        present = await repo.document_at(held.id, path)
        document_id = present.id if present else new_id()
        await swap(
            o,
            repo,
            held,
            prepared,
            chunks,
            embedder=embedder,
            document_id=document_id,
            path=path,
            uri=f"case:{path}",
            acl=case.entitlements,
            media_type="application/json",
        )
        await put_files(o, who.tenant, held.kind, document_id, prepared)
    return document_id


async def forget_case(o: Retrieval, who: Principal, case_id: UUID) -> None:
    """Take a case out of the index; one that is not there is no error."""
    async with o.db.tenant(who.tenant) as tx:
        repo = KnowledgeRepository(tx, who.tenant)
        source = await _find_source(o, repo)
        found = await repo.document_at(source.id, str(case_id)) if source else None
        if source and found:
            await remove_documents(o, repo, source, [found.id])
            await repo.raise_version(source.knowledge_base_id)


def case_document(o: Retrieval, case: CaseIndex) -> ParsedDocument:
    """The case as readers will see it quoted: what solved it, below the question as its heading.

    The rest goes along as metadata: a summary that says the question again would be quoted for an answer.
    """
    builder = TextBuilder(max_chars=o.limits.max_text_chars)
    title = _shortened(case.title, _TITLE)
    builder.heading(_shortened(case.question, _HEADING), 1)
    builder.add(BlockKind.paragraph, case.resolution)
    metadata = {
        "format": "case",
        "case_id": str(case.case_id),
        "tags": case.tags,
        "summary": case.summary,
        "references": case.references,
    }
    return builder.build(title=title, metadata=metadata)


def _shortened(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


async def _ensure_source(o: Retrieval, repo: KnowledgeRepository) -> Source:
    found = await _find_source(o, repo)
    if found is not None:
        return found
    base_id = await repo.ensure_cases_base(o.settings.case_knowledge_base)
    await repo.ensure_source(base_id, SOURCE, kind=SourceKind.case)
    source = await repo.source_named(base_id, SOURCE)
    assert source is not None
    return source


async def _find_source(o: Retrieval, repo: KnowledgeRepository) -> Source | None:
    base_id = await repo.cases_base()
    return await repo.source_named(base_id, SOURCE) if base_id else None
