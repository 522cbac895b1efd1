"""Looks at a new ticket: keeps what is compared of it, links those like it, and sees storms."""

from dataclasses import dataclass
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.triage.results import Match
from caseplane.workflow.context import Workflow
from caseplane.workflow.duplicates import finding
from caseplane.workflow.duplicates.reading import SeenTicket, read
from caseplane.workflow.incidents.spotting import spot


@dataclass(frozen=True)
class Seen:
    """What was found beside a new ticket."""

    matches: list[Match]
    incident_id: UUID | None


async def look(context: Workflow, who: Principal, ticket: SeenTicket) -> Seen:
    """The step of the workflow for each new ticket; one transaction, after the embedding model; safe to repeat.

    Raises:
        EmbeddingError: the model cannot be used; nothing was kept.
    """
    found = await read(context.embedder, ticket)
    async with context.work(who) as work:
        matches = await finding.look(work, found)
        return Seen(matches, await spot(work, found))
