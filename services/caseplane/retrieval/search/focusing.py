"""Reduces a long message to what it asks, by what the searched documents know of its sentences."""

from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.embeddings import Embedder
from caseplane.dialogue import focus
from caseplane.retrieval.context import Retrieval
from caseplane.retrieval.schemas import Reduced

CANDIDATES = 8
"""Sentences that are searched for each; more did not change what was chosen."""


async def reduce_message(
    context: Retrieval,
    principal: Principal,
    message: str,
    embedder: Embedder,
    bases: Sequence[UUID],
    entitlements: Sequence[str] | None,
) -> Reduced | None:
    """What a long message asks; None if it is short enough to be searched as it is.

    Raises:
        EmbeddingError: the model cannot be used.
    """
    if not focus.is_long(message):
        return None
    found = focus.sentences(message)
    if len(found) < 3:
        return None
    vectors = await embedder.embed([each.text for each in found])
    scores: dict[int, float] = {}
    searcher = context.searcher(embedder)
    async with context.work(principal) as work:
        for at in focus.likely(found, CANDIDATES):
            best = await searcher.search(
                work.tx,
                work.tenant_id,
                found[at].text,
                knowledge_base_ids=bases,
                entitlements=entitlements,
                limit=1,
                query_vector=vectors[at],
            )
            scores[at] = best.hits[0].score if best.hits else 0.0
    lead = focus.leading(found, scores)
    searched = focus.with_support(found, lead, (vectors @ vectors[lead]).tolist())
    return Reduced(searched=searched, asks=found[lead].text)
