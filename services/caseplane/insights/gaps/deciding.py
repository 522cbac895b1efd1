"""People decide that a gap needs no article, or that it does after all."""

from uuid import UUID

from caseplane.core.errors import ConflictError
from caseplane.insights.context import Work
from caseplane.insights.gaps.models import Gap
from caseplane.insights.gaps.repository import Gaps
from caseplane.insights.gaps.schemas import GapState


class GapInWorkError(ConflictError):
    """The gap has an article."""

    slug, title = "gap-in-work", "The gap has an article"


async def dismiss(work: Work, gap_id: UUID, note: str) -> Gap:
    """Say that no article is wanted; again with the same note changes nothing.

    Raises:
        NotFoundError
        GapInWorkError: reject or roll back its article first.
    """
    gap = await work.repo(Gaps).get(gap_id, lock=True)
    if gap.state in (GapState.drafted, GapState.covered):
        raise GapInWorkError(f"Article {gap.article_id} is about this gap.", article_id=str(gap.article_id))
    if (gap.state, gap.note) != (GapState.dismissed, note):
        gap.state, gap.note = GapState.dismissed, note
        await work.audit("gap.dismissed", target_type="gap", target_id=gap.id)
    return gap


async def reopen(work: Work, gap_id: UUID) -> Gap:
    """Undo a dismissal; a gap that is not dismissed stays as it is."""
    gap = await work.repo(Gaps).get(gap_id, lock=True)
    if gap.state == GapState.dismissed:
        gap.state, gap.note = GapState.open, ""
        await work.audit("gap.reopened", target_type="gap", target_id=gap.id)
    return gap
