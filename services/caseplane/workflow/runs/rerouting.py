"""Routes a ticket anew when a person said what it is about."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.triage.results import Classification
from caseplane.workflow.context import Workflow
from caseplane.workflow.runs.running import Ran, live_ticket, recategorised, run_ticket
from caseplane.workflow.runs.steps import EXTRACT, ROUTE


async def reroute(
    context: Workflow, who: Principal, ticket_id: UUID, *, category: str, version: int, patient: bool = False
) -> Ran | None:
    """Read the fields that the category asks for, and choose the team again; the rest of the judgement stays."""
    ticket = await live_ticket(context, who, ticket_id)
    if ticket is None:
        return None
    before = ticket.classification or Classification(
        category=category, category_confidence=1, severity="", severity_confidence=0
    )
    corrected = before.model_copy(
        update={
            "category": category,
            "category_confidence": 1.0,
            "unknown": False,
            "by": "person",
            "reasoning": "A person said so.",
            "secondary_categories": tuple(c for c in before.secondary_categories if c != category),
        }
    )
    return await run_ticket(
        context, who, ticket_id, cause=recategorised(version), patient=patient, steps=(EXTRACT, ROUTE),
        given={"classify": corrected}, ticket=ticket,
    )  # fmt: skip
