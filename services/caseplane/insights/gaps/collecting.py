"""Sorts the questions that were handed over into gaps: a question joins the gap of the nearest one, or begins its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from caseplane.core.auth import Principal
from caseplane.core.ids import new_id
from caseplane.gate import ReasonCode
from caseplane.insights.context import Insights, Work
from caseplane.insights.gaps.models import Gap
from caseplane.insights.gaps.repository import GapQuestions, Gaps
from caseplane.insights.gaps.schemas import GapState
from caseplane.orchestrator.schemas import HandoverDigest, SessionDigest

KNOWLEDGE = frozenset(
    {
        ReasonCode.no_evidence,
        ReasonCode.insufficient_coverage,
        ReasonCode.conflicting_sources,
        ReasonCode.missing_citations,
        ReasonCode.low_confidence,
        ReasonCode.unhelpful_answer,
    }
)
"""Reasons that an article could remove; a wish for a person, or a failure of ours, is no gap."""
SAME = 0.8
"""Cosine from which two questions are about the same."""


@dataclass(frozen=True)
class _Vector:
    profile: str
    values: Sequence[float]


async def collect(context: Insights, principal: Principal, digest: SessionDigest) -> None:
    """Keep the handed-over questions of a conversation, and what solved them. Safe to repeat."""
    asked = [each for each in digest.handovers if each.reason in KNOWLEDGE and each.question.strip()]
    if not asked:
        return
    async with context.work(principal) as work:
        known = await work.repo(GapQuestions).known([each.id for each in asked])
    new = [each for each in asked if each.id not in known]
    vectors = await _embedded(context, [each.question for each in new])
    async with context.work(principal) as work:
        if new:
            await work.repo(Gaps).hold()
            for each, vector in zip(new, vectors, strict=True):
                await _sort_in(work, digest, each, vector)
        case = digest.case
        if case is not None and case.teaches:
            await work.repo(GapQuestions).solved(
                digest.session_id, case_id=case.case_id, resolution=case.resolution, refs=case.references
            )


async def _embedded(context: Insights, questions: Sequence[str]) -> list[_Vector]:
    if not questions:
        return []
    rows = await context.embedder.embed(questions)
    key = context.embedder.profile.key
    return [_Vector(key, [float(value) for value in row]) for row in rows]


async def _sort_in(work: Work, digest: SessionDigest, asked: HandoverDigest, vector: _Vector) -> None:
    gaps, questions = work.repo(Gaps), work.repo(GapQuestions)
    if asked.id in await questions.known([asked.id]):
        return  # another run of this job was first
    nearest = await questions.nearest(vector.profile, vector.values)
    gap: Gap | None = None
    if nearest is not None and nearest[1] >= SAME:
        gap = await gaps.find(nearest[0], lock=True)
    if gap is None:
        gap = gaps.add(
            id=new_id(),
            question=asked.question,
            state=GapState.open,
            asked=0,
            reason=asked.reason,
            first_at=asked.at,
            last_at=asked.at,
        )
        await work.tx.flush()  # its question refers to it
    gap.asked += 1
    gap.first_at = min(gap.first_at, asked.at)
    if asked.at >= gap.last_at:
        gap.last_at, gap.reason = asked.at, asked.reason
    questions.add(
        id=asked.id,
        gap_id=gap.id,
        session_id=digest.session_id,
        question=asked.question,
        reason=asked.reason,
        at=asked.at,
    )
    await work.tx.flush()  # the vector is written beside it
    await questions.embed(asked.id, vector.profile, vector.values)
