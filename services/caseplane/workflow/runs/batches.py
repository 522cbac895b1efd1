"""Judges many texts at once: the embedding model works in batches, everything else is quick."""

import asyncio
import time
from collections.abc import Sequence

from caseplane.core.auth import Principal
from caseplane.triage.results import Classification, Route
from caseplane.workflow.configurations.active import active_configuration
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.asking import extraction_of, judge
from caseplane.workflow.runs.schemas import BatchItem, BatchRead, BatchResult

AT_ONCE = 32
"""Texts under way together; more would only take memory, since the work is the processor's."""


async def judge_batch(context: Workflow, who: Principal, items: Sequence[BatchItem]) -> BatchRead:
    """What the workflow makes of each text, in their order; one that fails says so and stops no other."""
    began = time.monotonic()
    async with context.work(who) as work:
        active = await active_configuration(work)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: BatchItem) -> BatchResult:
        async with slots:
            state, _ = await judge(
                context, who, item.subject, item.body, channel=item.channel, active=active
            )  # fmt: skip
        return BatchResult(
            id=item.id,
            classification=state.result("classify", Classification),
            extracted_fields=extraction_of(state),
            routing=state.result("route", Route),
            degraded=list(dict.fromkeys(state.degraded)),
        )

    results = await asyncio.gather(*(one(item) for item in items))
    return BatchRead(
        configuration=active.label,
        results=results,
        total_duration_ms=round((time.monotonic() - began) * 1000, 3),
    )
