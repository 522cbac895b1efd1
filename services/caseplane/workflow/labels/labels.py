"""Use cases of labels."""

from caseplane.core.auth import Principal, Role
from caseplane.core.errors import ForbiddenError, InvalidInputError
from caseplane.core.ids import new_id
from caseplane.core.privacy import redact
from caseplane.workflow.configurations.active import active_configuration
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.labels.models import LabelRow
from caseplane.workflow.labels.repository import Labels
from caseplane.workflow.labels.schemas import LabelCreate, LabelSource

_EXPERTS = (Role.sme, Role.product_owner)


class StaffOnlyError(ForbiddenError):
    """A customer tried to say what only people of the tenant may."""

    slug, title = "staff-only", "Only agents and experts may say this"


def source_of(who: Principal) -> LabelSource:
    """As what somebody speaks."""
    if any(who.has(role) for role in _EXPERTS):
        return LabelSource.expert
    return LabelSource.agent if who.has(Role.agent) else LabelSource.customer


async def give(context: Workflow, who: Principal, body: LabelCreate) -> LabelRow:
    """Store what somebody says of a ticket that they may read.

    Raises:
        NotFoundError: there is no such ticket for them.
        StaffOnlyError: a customer names a category, a severity or a draft.
    """
    if source_of(who) is LabelSource.customer and (body.category or body.severity or body.draft_id):
        raise StaffOnlyError("Send rating, helpful, correction or comment.")
    if who.has(Role.agent) or who.has(Role.customer):
        await context.escalation.require_readable(who, body.ticket_id)
    else:  # experts read no tickets; it must exist
        await context.escalation.ticket(context.principal(who.tenant), body.ticket_id)
    async with context.work(who) as work:
        return await add(work, body)


async def add(work: Work, body: LabelCreate) -> LabelRow:
    """Store an opinion in the transaction of what it is about.

    Raises:
        InvalidInputError: the configuration in force has no such category or severity.
    """
    await _check(work, body)
    row = work.repo(Labels).add(
        id=new_id(),
        created_at=work.now,
        created_by=work.principal.subject,
        source=source_of(work.principal),
        correction=redact(body.correction.strip()).text,
        comment=redact(body.comment.strip()).text,
        **body.model_dump(exclude={"correction", "comment"}),
    )
    await work.audit("ticket.labelled", target_type="ticket", target_id=body.ticket_id, label_id=str(row.id))
    return row


async def _check(work: Work, body: LabelCreate) -> None:
    if body.category is None and body.severity is None:
        return
    configuration = (await active_configuration(work)).configuration
    for what, name, known in (
        ("category", body.category, configuration.categories),
        ("severity", body.severity, configuration.severities),
    ):
        if name is not None and name not in known:
            raise InvalidInputError(f"There is no {what} {name!r}; there are {', '.join(known)}.")
