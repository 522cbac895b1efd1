"""Judges many texts at once: the embedding model works in batches, and everything else is quick."""

import time
from collections.abc import Sequence

from caseplane.core.auth import Principal
from caseplane.core.embeddings import EmbeddingError, Vectors
from caseplane.core.telemetry import get_logger
from caseplane.triage.results import Classification, Route
from caseplane.triage.ticket_text import read_ticket
from caseplane.workflow.classifiers.active import classifier_in_force
from caseplane.workflow.configurations.active import active_configuration
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.asking import extraction_of, judge
from caseplane.workflow.runs.schemas import BatchItem, BatchRead, BatchResult

log = get_logger(__name__)
EMBEDDED_AT_ONCE = 32


async def judge_batch(context: Workflow, who: Principal, items: Sequence[BatchItem]) -> BatchRead:
    """What the workflow makes of each text, in their order; one that fails says so and stops no other."""
    began = time.monotonic()
    async with context.work(who) as work:
        active, learned = await active_configuration(work), await classifier_in_force(work)
    results: list[BatchResult] = []
    for start in range(0, len(items), EMBEDDED_AT_ONCE):
        some = items[start : start + EMBEDDED_AT_ONCE]
        vectors = await vectors_of(context, [read_ticket(each.subject, each.body).whole for each in some])
        for place, item in enumerate(some):
            state, _ = await judge(
                context, who, item.subject, item.body, channel=item.channel, active=active, learned=learned,
                vector=None if vectors is None else vectors[place],
            )  # fmt: skip
            results.append(
                BatchResult(
                    id=item.id,
                    classification=state.result("classify", Classification),
                    extracted_fields=extraction_of(state),
                    routing=state.result("route", Route),
                    degraded=list(dict.fromkeys(state.degraded)),
                )
            )
    return BatchRead(
        configuration=active.label,
        results=results,
        total_duration_ms=round((time.monotonic() - began) * 1000, 3),
    )


async def vectors_of(context: Workflow, texts: Sequence[str]) -> Vectors | None:
    """The sentence vectors of texts; None if the model does not answer, which each text then says for itself."""
    try:
        return await context.embedder.embed(texts)
    except EmbeddingError as exc:
        log.warning("batch_not_embedded", error=exc.slug)
        return None
