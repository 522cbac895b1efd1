"""Fits a tenant's gate policy to what became of its stored conversations (architecture §4)."""

import asyncio
import math
from collections.abc import Sequence
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import ConflictError
from caseplane.gate import (
    ErrorBudget,
    GatePolicy,
    LabelledSignals,
    cross_validate,
    fit_policy,
    measure_policy,
)
from caseplane.orchestrator.context import Orchestrator, Work
from caseplane.orchestrator.conversations.repository import Events, Messages, Ratings, Sessions
from caseplane.orchestrator.policies.labels import Label, Story, labels_of, sources
from caseplane.orchestrator.policies.schemas import (
    CalibrateCreate,
    CalibrationRead,
    GatePolicyCreate,
    GatePolicyRead,
)
from caseplane.orchestrator.policies.versions import active_policy, propose

DECISIONS = 20_000
"""Newest stored decisions that are looked at."""
_SESSIONS_AT_ONCE = 500


class TooFewLabelsError(ConflictError):
    """Too few conversations have a known outcome to prove the budget."""

    slug, title = "too-few-labels", "Too few conversations have a known outcome"


async def calibrate_policy(
    context: Orchestrator, principal: Principal, body: CalibrateCreate
) -> CalibrationRead:
    """Fit the thresholds of the policy in force to an error budget, and say how that would have done.

    Raises:
        TooFewLabelsError: with how many there are, and how many it takes.
    """
    budget = ErrorBudget(wrong=body.wrong, base=body.base, certainty=body.certainty)
    async with context.work(principal) as work:
        base, version = await active_policy(work)
        stories = await _stories(work)
    labels = [label for story in stories for label in labels_of(story, count_silence=body.count_silence)]
    needed = labels_needed(budget)
    if len(labels) < needed:
        raise TooFewLabelsError(
            f"{len(labels)} answers have a known outcome; at least {needed} are needed for at most"
            f" {budget.wrong:.1%} wrong at {budget.certainty:.0%} certainty.",
            labels=len(labels),
            needed=needed,
            sources=sources(labels),
        )
    customers = {story.session_id: story.customer_id for story in stories}
    name = f"calibrated-{work.now:%Y%m%d-%H%M%S}"
    policy, found = await asyncio.to_thread(_fit, labels, customers, base, budget, name)
    found.active_version = version
    if body.apply:
        note = body.note or f"Fitted to {len(labels)} stored outcomes."
        proposal = GatePolicyCreate(policy=policy.model_dump(mode="json"), note=note)
        async with context.work(principal) as work:
            found.stored = GatePolicyRead.model_validate(await propose(work, proposal))
    return found


def labels_needed(budget: ErrorBudget) -> int:
    """Fewest labels that could prove the budget: so many without a single error.

    Source: the Clopper-Pearson bound for no error, 1 - (1 - certainty)^(1/n), solved for n.
    """
    if budget.wrong >= 1:
        return 1
    return math.ceil(math.log(1 - budget.certainty) / math.log1p(-budget.wrong))


async def _stories(work: Work) -> list[Story]:
    """Every session that a stored decision belongs to, with all that labels can rest on."""
    newest = await work.repo(Events).newest("evaluation", limit=DECISIONS)
    ids = sorted({event.session_id for event in newest})
    stories: list[Story] = []
    for start in range(0, len(ids), _SESSIONS_AT_ONCE):
        some = ids[start : start + _SESSIONS_AT_ONCE]
        followed = await work.repo(Sessions).followed_up(some)
        found = {
            session.id: Story(session.id, session.customer_id, followed_up=session.id in followed)
            for session in await work.repo(Sessions).named(some)
        }
        for event in await work.repo(Events).of_all(some):
            found[event.session_id].events.append(event)
        for message in await work.repo(Messages).of_all(some):
            found[message.session_id].messages.append(message)
        for row in await work.repo(Ratings).of_all(some):
            found[row.session_id].feedback.append(row)
        stories += found.values()
    return stories


def _fit(
    labels: Sequence[Label],
    customers: dict[UUID, str],
    base: GatePolicy,
    budget: ErrorBudget,
    name: str,
) -> tuple[GatePolicy, CalibrationRead]:
    # One customer's cases resemble one another.
    rows = [LabelledSignals(each.signals, each.wrong, customers[each.session_id]) for each in labels]
    policy, fit = fit_policy(rows, base, budget, version=name)
    return policy, CalibrationRead(
        labels=len(rows),
        wrong_labels=sum(row.wrong for row in rows),
        sources=sources(labels),
        budget=budget,
        classes=fit.classes,
        cross_validated=cross_validate(rows, base, budget),
        active=measure_policy([(base, rows)]),
        fitted=measure_policy([(policy, rows)]),
        policy=policy.model_dump(mode="json"),
    )
