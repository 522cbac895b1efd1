"""Search on a caller's behalf: entitlements first, evidence remembered for a moment."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import NotFoundError
from caseplane.core.telemetry import span
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.index import SearchHit as IndexHit
from caseplane.retrieval.index import SearchResult
from caseplane.retrieval.repository import KnowledgeRepository
from caseplane.retrieval.schemas import SearchHit, SearchRequest, SearchResponse
from caseplane.retrieval.service import visible_to


async def search(o: Retrieval, who: Principal, request: SearchRequest) -> SearchResponse:
    """The best chunks that the caller may see, and how many better ones they may not.

    Raises:
        NotFoundError: a named knowledge base is not the tenant's.
        EmbeddingError: the model cannot be used.
    """
    began = time.perf_counter()
    entitlements = visible_to(who)
    question = normalised(request.query)
    async with o.db.tenant(who.tenant) as tx:
        versions = await KnowledgeRepository(tx, who.tenant).versions(request.knowledge_base_ids)
    unknown = set(request.knowledge_base_ids) - set(versions)
    if unknown:
        raise NotFoundError(f"There is no knowledge base {min(unknown)}.")
    key = (
        who.tenant,
        request.session_id,
        None if entitlements is None else tuple(entitlements),
        question,
        request.limit,
        tuple(sorted(versions.items())),
    )
    found = o.cache.get(key) if request.session_id else None
    cached = found is not None
    if found is None:
        with span("retrieval.search", limit=request.limit, bases=len(versions)):
            found = await _search(o, who.tenant, question, list(versions), entitlements, request.limit)
        if request.session_id:
            o.cache.put(key, found)
    took = round((time.perf_counter() - began) * 1000, 2)
    return found.model_copy(update={"cached": cached, "took_ms": took})


def normalised(query: str) -> str:
    """The question as it is searched: one Unicode form, one kind of space."""
    return " ".join(unicodedata.normalize("NFC", query).split())


async def _search(
    o: Retrieval,
    tenant_id: UUID,
    question: str,
    bases: Sequence[UUID],
    entitlements: Sequence[str] | None,
    limit: int,
) -> SearchResponse:
    if not bases or not question:
        return SearchResponse(results=[])
    vector = await o.embedder.embed_query(question)  # before a connection is taken
    async with o.db.tenant(tenant_id) as tx:
        found = await o.searcher.search(
            tx,
            tenant_id,
            question,
            knowledge_base_ids=bases,
            entitlements=entitlements,
            limit=limit,
            query_vector=vector,
        )
        withheld = 0
        if entitlements is not None and await KnowledgeRepository(tx, tenant_id).has_restricted(
            bases, entitlements
        ):
            everything = await o.searcher.search(
                tx,
                tenant_id,
                question,
                knowledge_base_ids=bases,
                entitlements=None,
                limit=limit,
                query_vector=vector,
            )
            withheld = _withheld(o, found, everything)
    return SearchResponse(results=[_hit(h) for h in found.hits], withheld=withheld, idf=found.idf)


def _withheld(o: Retrieval, visible: SearchResult, everything: SearchResult) -> int:
    """Chunks that are relevant, and better than all that the caller may see."""
    seen = {hit.chunk_id for hit in visible.hits}
    floor = max([o.settings.withheld_min_score, *(hit.score for hit in visible.hits[:1])])
    return sum(hit.chunk_id not in seen and hit.score >= floor for hit in everything.hits)


def _hit(hit: IndexHit) -> SearchHit:
    return SearchHit(
        chunk_id=hit.chunk_id,
        document_id=hit.document_id,
        knowledge_base_id=hit.knowledge_base_id,
        source=hit.source,
        title=hit.title,
        uri=hit.uri,
        heading=hit.heading,
        text=hit.text,
        start=hit.start,
        end=hit.end,
        score=hit.score,
        component_scores=hit.scores.as_dict(),
        sentences=[(start, end, round(near, 4)) for start, end, near in hit.sentences],
    )
