"""Resolved cases as knowledge: one document each, in a knowledge base that is made when needed.

The text is what the orchestrator wrote, personal data already left out; it is masked once more here,
since it will be shown to other customers.
"""

import asyncio
import json
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.retrieval.bases.repository import Bases
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.ingestion.indexing import cut
from caseplane.retrieval.ingestion.singly import put_document, remove_document
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
    return await put_document(
        context,
        principal,
        source.id,
        prepared,
        embedder,
        path=path,
        uri=f"case:{path}",
        acl=case.entitlements,
        media_type="application/json",
    )


async def forget_case(work: Work, case_id: UUID) -> None:
    """Take a case out of the index; one that is not there is no error."""
    await remove_document(work, await _find_source(work), str(case_id))


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
