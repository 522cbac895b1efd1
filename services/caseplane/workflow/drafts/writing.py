"""Writes drafts and keeps them."""

from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.core.errors import ConflictError
from caseplane.core.ids import new_id
from caseplane.triage.configuration import Configuration
from caseplane.triage.drafting import Draft, Situation, draft
from caseplane.workflow.configurations.active import Active, active_configuration
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.drafts import situations
from caseplane.workflow.drafts.answers import Asked, answer_to
from caseplane.workflow.drafts.models import DraftRow
from caseplane.workflow.drafts.repository import Drafts
from caseplane.workflow.drafts.schemas import DraftRequest, ModelTier, ReplyRead, RespondRequest
from caseplane.workflow.drafts.states import DraftState


class TicketMergedError(ConflictError):
    """The ticket goes on elsewhere; a reply belongs there."""

    slug, title = "ticket-merged", "The ticket was merged into another"


async def write(
    context: Workflow,
    tenant_id: UUID,
    situation: Situation,
    configuration: Configuration,
    *,
    tone: str | None = None,
    tier: ModelTier = ModelTier.small,
    customer_id: str | None = None,
) -> tuple[Draft, list[str]]:
    """Draft a reply, without a transaction.

    Returns:
        The draft, and what could not be used for it.
    """
    tone = tone or configuration.tone
    found = await answer_to(
        context,
        Asked(
            situation=situation, configuration=configuration, tenant_id=tenant_id, tone=tone, tier=tier,
            customer_id=customer_id,
        ),
    )  # fmt: skip
    return draft(situation, configuration=configuration, tone=tone, answer=found.answer), found.degraded


async def respond(context: Workflow, who: Principal, body: RespondRequest) -> ReplyRead:
    """Draft a reply to a text; nothing is stored."""
    async with context.work(who) as work:
        active = await active_configuration(work)
        customer = await situations.profile_of(work, body.customer_id)
    situation = situations.of_text(body, active.configuration, now=utcnow(), customer=customer)
    made, degraded = await write(
        context, who.tenant, situation, active.configuration,
        tone=body.tone, tier=body.model_tier, customer_id=body.customer_id,
    )  # fmt: skip
    return ReplyRead(**made.model_dump(), degraded=degraded)


async def draft_for(context: Workflow, who: Principal, ticket_id: UUID, body: DraftRequest) -> DraftRow:
    """Draft a reply to a stored ticket and keep it; an older one that nobody decided on is superseded.

    Raises:
        TicketMergedError: the ticket goes on as another.
        RemoteProblemError: the caller may not see the ticket, or there is none.
    """
    ticket = await context.escalation.facts(who, ticket_id)
    if ticket.merged_into is not None:
        raise TicketMergedError(
            f"Draft a reply to {ticket.merged_into} instead.", merged_into=str(ticket.merged_into)
        )
    async with context.work(who) as work:
        active = await active_configuration(work)
    situation = await situations.of_ticket(context, who, ticket, active.configuration, language=body.language)
    made, degraded = await write(
        context, who.tenant, situation, active.configuration,
        tone=body.tone, tier=body.model_tier, customer_id=ticket.requester_id,
    )  # fmt: skip
    async with context.work(who) as work:
        return await keep(work, ticket_id, made, active=active, degraded=degraded)


async def keep(
    work: Work,
    ticket_id: UUID,
    made: Draft,
    *,
    active: Active,
    degraded: list[str],
    run_id: UUID | None = None,
) -> DraftRow:
    """Store a draft; a run stores one, however often it is told to.

    What an agent asked for replaces an older draft. A run comes by itself, so it does not take away the draft that an agent
    may be reading.
    """
    rows = work.repo(Drafts)
    await rows.hold_ticket(ticket_id)
    if run_id is not None and (known := await rows.of_run(run_id)):
        return known
    state = DraftState.open
    if run_id is None:
        await rows.supersede(ticket_id)
    elif await rows.has_open(ticket_id):
        state = DraftState.superseded
    values = made.model_dump(mode="json", exclude={"expected_by"})
    row = rows.add(
        id=new_id(),
        ticket_id=ticket_id,
        run_id=run_id,
        state=state,
        expected_by=made.expected_by,
        degraded=degraded,
        configuration=active.label,
        created_by=work.principal.subject,
        created_at=work.now,
        **values,
    )
    await work.tx.flush()
    await work.audit(
        "draft.created", target_type="draft", target_id=row.id, ticket_id=str(ticket_id), origin=row.origin
    )
    return row
