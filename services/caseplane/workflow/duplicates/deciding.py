"""What a person decides about two tickets that were linked.

A merge is a change of the tickets, which are another service's: it is made first, and the link follows. If the process dies
between the two, the same request finds the tickets merged, and only the link is changed.
"""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.errors import ConflictError
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.duplicates.models import TicketLink
from caseplane.workflow.duplicates.repository import Links
from caseplane.workflow.duplicates.schemas import LinkState


class LinkMergedError(ConflictError):
    """The two tickets were merged."""

    slug, title = "link-merged", "The tickets are merged"


async def decide(work: Work, link_id: UUID, state: LinkState) -> TicketLink:
    """Confirm or reject a link; a rejected pair is not suggested again."""
    link = await work.repo(Links).get(link_id, lock=True)
    if link.state == LinkState.merged:
        raise LinkMergedError("The tickets are merged; part them first.")
    return await _set(work, link, state)


async def merge(context: Workflow, who: Principal, link_id: UUID) -> TicketLink:
    """Close the later ticket in favour of the earlier one; safe to repeat.

    Raises:
        RemoteProblemError: the tickets cannot be merged, such as those of two customers.
    """
    async with context.work(who) as work:
        link = await work.repo(Links).get(link_id)
    await context.escalation.merge(who, link.ticket_id, link.other_id)
    async with context.work(who) as work:
        return await _set(work, await work.repo(Links).get(link_id, lock=True), LinkState.merged)


async def part(context: Workflow, who: Principal, link_id: UUID) -> TicketLink:
    """Undo a merge; the pair counts as rejected from then on. Safe to repeat.

    Raises:
        RemoteProblemError: the merge cannot be undone.
    """
    async with context.work(who) as work:
        link = await work.repo(Links).get(link_id)
    if link.state == LinkState.merged:
        await context.escalation.part(who, link.ticket_id)
    async with context.work(who) as work:
        return await _set(work, await work.repo(Links).get(link_id, lock=True), LinkState.rejected)


async def _set(work: Work, link: TicketLink, state: LinkState) -> TicketLink:
    if link.state != state:
        link.state, link.decided_by, link.decided_at = state, work.principal.subject, work.now
        await work.audit(f"ticket_link.{state}", target_type="ticket_link", target_id=link.id)
    return link
