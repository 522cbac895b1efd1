"""Resolved cases as knowledge: one document each, in a knowledge base that is made when needed.

The text is what the orchestrator wrote, personal data already left out; it is masked once more here,
since it will be shown to other customers.
"""

import asyncio
import json
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.retrieval.bases.repository import Bases
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.documents.removal import remove_documents
from caseplane.retrieval.documents.repository import Documents
from caseplane.retrieval.index import IndexedBases
from caseplane.retrieval.ingestion.indexing import cut, embed, put_files, swap
from caseplane.retrieval.parsing.documents import BlockKind, ParsedDocument, TextBuilder
from caseplane.retrieval.profiles.choosing import embedder_of
from caseplane.retrieval.schemas import CaseIndex
from caseplane.retrieval.sources.models import Source
from caseplane.retrieval.sources.repository import Sources
from caseplane.retrieval.sources.schemas import SourceKind

SOURCE = "cases"
_TITLE, _HEADING = 200, 500


async def index_case(context: Retrieval, principal: Principal, case: CaseIndex) -> UUID:
    """Make a resolved case findable; the same case again changes nothing.

    Raises:
        EmbeddingError: the model cannot be used; nothing was changed.
        ProfileChangedError: the knowledge base was switched to another model just now; nothing was changed.
    """
    data = json.dumps(case.model_dump(mode="json"), ensure_ascii=False, sort_keys=True).encode()
    document = case_document(case, max_chars=context.limits.max_text_chars)
    prepared = await asyncio.to_thread(cut, context, data, document)
    path = str(case.case_id)
    async with context.work(principal) as work:
        source = await _ensure_source(work)
        embedder = await embedder_of(work, source.knowledge_base_id)
    (chunks,) = await embed(context, embedder, [prepared])
    async with context.work(principal) as work:
        # Cases are indexed one at a time, so that each has one row.
        held = await work.repo(Sources).get(source.id, lock=True)
        present = await work.repo(Documents).at(held.id, path)
        document_id = present.id if present else new_id()
        await swap(
            work,
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
        await put_files(context, work.tenant_id, held.kind, document_id, prepared)
    return document_id


async def forget_case(work: Work, case_id: UUID) -> None:
    """Take a case out of the index; one that is not there is no error."""
    source = await _find_source(work)
    found = await work.repo(Documents).at(source.id, str(case_id)) if source else None
    if source and found:
        await remove_documents(work, source.kind, [found.id])
        await work.repo(IndexedBases).raise_version(source.knowledge_base_id)


def case_document(case: CaseIndex, *, max_chars: int) -> ParsedDocument:
    """The case as readers will see it quoted: what solved it, below the question as its heading.

    The rest becomes metadata: a summary that repeats the question would be quoted as an answer.
    """
    builder = TextBuilder(max_chars=max_chars)
    title = _shortened(case.title, _TITLE)
    builder.heading(_shortened(case.question, _HEADING), 1)
    builder.add(BlockKind.paragraph, case.resolution)
    metadata = {
        "format": "case",
        "case_id": str(case.case_id),
        "tags": case.tags,
        "summary": case.summary,
        "references": case.references,
        "cases": case.cases,
    }
    return builder.build(title=title, metadata=metadata)


def _shortened(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


async def _ensure_source(work: Work) -> Source:
    found = await _find_source(work)
    if found is not None:
        return found
    base_id = await work.repo(Bases).ensure_of_cases(work.context.settings.case_knowledge_base)
    return await work.repo(Sources).ensure(base_id, SOURCE, kind=SourceKind.case)


async def _find_source(work: Work) -> Source | None:
    base_id = await work.repo(Bases).of_cases()
    return await work.repo(Sources).named(base_id, SOURCE) if base_id else None
