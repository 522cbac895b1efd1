"""Search on a caller's behalf: entitlements first, evidence remembered for a moment."""

import time
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Embedder
from caseplane.core.errors import NotFoundError
from caseplane.core.llm import CallAccount
from caseplane.core.telemetry import span
from caseplane.core.tenant_settings import tenant_setting
from caseplane.retrieval.access import visible_to
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.index import IndexedBases, SearchResult
from caseplane.retrieval.index.reranking import LlmReranker
from caseplane.retrieval.profiles.choosing import searching_embedder
from caseplane.retrieval.profiles.repository import Profiles, StoredProfile
from caseplane.retrieval.schemas import Reduced, SearchHit, SearchRequest, SearchResponse
from caseplane.retrieval.search.focusing import reduce_message


async def search(context: Retrieval, principal: Principal, request: SearchRequest) -> SearchResponse:
    """The best chunks that the caller may see, and how many better ones they may not.

    Raises:
        NotFoundError: a named knowledge base is not the tenant's.
        EmbeddingError: the model cannot be used.
    """
    began = time.perf_counter()
    entitlements = visible_to(principal)
    question = normalised(request.query)
    async with context.work(principal) as work:
        versions = await work.repo(IndexedBases).versions(request.knowledge_base_ids)
        active, _ = await work.repo(Profiles).of(list(versions))
        reranker = await _reranker(work)
    unknown = set(request.knowledge_base_ids) - set(versions)
    if unknown:
        raise NotFoundError(f"There is no knowledge base {min(unknown)}.")
    # All that the answer depends on, the version of the index included, which every change to a knowledge base
    # raises: a stale or foreign answer has no key to be found under, and the time limit only bounds memory.
    key = (
        principal.tenant,
        request.session_id,
        None if entitlements is None else tuple(entitlements),
        question,
        request.limit,
        reranker is not None,
        tuple(sorted(versions.items())),
    )
    found = context.cache.get(key) if request.session_id else None
    cached = found is not None
    if found is None:
        with span("retrieval.search", limit=request.limit, bases=len(versions)):
            groups = _by_model(context, list(versions), active)
            reduced = await _reduced(context, principal, request.query, groups, entitlements)
            question = normalised(reduced.searched) if reduced else question
            depth = max(request.limit, reranker.depth) if reranker else request.limit
            hits = await _search(
                context, principal, question, groups, entitlements, limit=request.limit, depth=depth
            )
            found = await _ordered(reranker, principal.tenant, request, question, hits)
            found.reduced = reduced
        if request.session_id:
            with suppress(ValueError):  # what a cache of no entries answers
                context.cache[key] = found
    took = round((time.perf_counter() - began) * 1000, 2)
    return found.model_copy(update={"cached": cached, "took_ms": took})


def normalised(query: str) -> str:
    """The question as it is searched: one Unicode form, one kind of space."""
    return " ".join(unicodedata.normalize("NFC", query).split())


@dataclass
class _Group:
    """Knowledge bases that are searched under the same model."""

    embedder: Embedder
    bases: list[UUID] = field(default_factory=list)


@dataclass
class _Found:
    """What a search found for the caller, and how many better chunks they may not see."""

    result: SearchResult
    withheld: int = 0


async def _reranker(work: Work) -> LlmReranker | None:
    """Where there is one and it is wanted: by the tenant's own settings, else by the installation's."""
    if work.context.reranker is None:
        return None
    own = await tenant_setting(work.tx, work.tenant_id, "retrieval", "rerank")
    wanted = work.context.settings.rerank if own is None else bool(own)
    return work.context.reranker if wanted else None


def _by_model(
    context: Retrieval, bases: Sequence[UUID], active: Mapping[UUID, StoredProfile]
) -> list[_Group]:
    groups: dict[int, _Group] = {}
    for base_id in bases:
        embedder = searching_embedder(context, active.get(base_id))
        groups.setdefault(id(embedder), _Group(embedder)).bases.append(base_id)
    return list(groups.values())


async def _reduced(
    context: Retrieval,
    principal: Principal,
    message: str,
    groups: Sequence[_Group],
    entitlements: Sequence[str] | None,
) -> Reduced | None:
    """What a long message asks, by the largest group of knowledge bases; None if it is searched as it is."""
    if not groups:
        return None
    most = max(groups, key=lambda group: len(group.bases))
    return await reduce_message(context, principal, message, most.embedder, most.bases, entitlements)


async def _search(
    context: Retrieval,
    principal: Principal,
    question: str,
    groups: Sequence[_Group],
    entitlements: Sequence[str] | None,
    *,
    limit: int,
    depth: int,
) -> _Found:
    """The `depth` best chunks; the `limit` best are those that a caller without restrictions would be shown."""
    if not groups or not question:
        return _Found(SearchResult([]))
    # Before a connection is taken.
    vectors = [await group.embedder.embed_query(question) for group in groups]

    async def ask(work: Work, allowed: Sequence[str] | None, wanted: int) -> SearchResult:
        return merged(
            [
                await context.searcher(group.embedder).search(
                    work.tx,
                    work.tenant_id,
                    question,
                    knowledge_base_ids=group.bases,
                    entitlements=allowed,
                    limit=wanted,
                    query_vector=vector,
                )
                for group, vector in zip(groups, vectors, strict=True)
            ],
            wanted,
        )

    bases = [base_id for group in groups for base_id in group.bases]
    async with context.work(principal) as work:
        found = await ask(work, entitlements, depth)
        withheld = 0
        if entitlements is not None and await work.repo(IndexedBases).has_restricted(bases, entitlements):
            withheld = _withheld(context, found, await ask(work, None, limit))
    return _Found(found, withheld)


async def _ordered(
    reranker: LlmReranker | None, tenant_id: UUID, request: SearchRequest, question: str, found: _Found
) -> SearchResponse:
    """What is found as it is answered; no transaction is open while a model thinks."""
    hits, ordered = found.result.hits, None
    if reranker is not None:
        ordered = await reranker.order(CallAccount(tenant_id, request.session_id), question, hits)
    return SearchResponse(
        results=[SearchHit.model_validate(hit) for hit in (ordered or hits)[: request.limit]],
        withheld=found.withheld,
        idf=found.result.idf,
        reranked=ordered is not None,
    )


def merged(results: Sequence[SearchResult], limit: int) -> SearchResult:
    """Results of several groups of knowledge bases as one, by their scores.

    A word has the lowest of its weights in the groups. Cosines of two models are not on quite the same scale, which
    only matters to tenants that search knowledge bases of several models at once.
    """
    if len(results) == 1:
        return results[0]
    hits = sorted(
        (hit for result in results for hit in result.hits), key=lambda hit: (-hit.score, hit.chunk_id)
    )
    idf: dict[str, float] = {}
    for result in results:
        for word, weight in result.idf.items():
            idf[word] = min(weight, idf.get(word, weight))
    return SearchResult(hits[:limit], idf)


def _withheld(context: Retrieval, visible: SearchResult, everything: SearchResult) -> int:
    """Chunks that are relevant, and better than all that the caller may see."""
    seen = {hit.chunk_id for hit in visible.hits}
    floor = max([context.settings.withheld_min_score, *(hit.score for hit in visible.hits[:1])])
    return sum(hit.chunk_id not in seen and hit.score >= floor for hit in everything.hits)
