"""Tries a template before it stands in a configuration."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.core.clock import utcnow
from caseplane.triage.drafting import (
    SHAPE,
    Earlier,
    Situation,
    TemplateFaultyError,
    check,
    flags_of,
    language_for,
    render,
    values_of,
    wording,
)
from caseplane.workflow.configurations.active import active_configuration
from caseplane.workflow.context import Workflow
from caseplane.workflow.drafts.schemas import TemplateFault, TemplateTried, TemplateTry
from caseplane.workflow.drafts.situations import of_ticket


async def try_template(context: Workflow, who: Principal, body: TemplateTry) -> TemplateTried:
    """A template's text for a stored ticket or an example, or everything that is wrong with it, by line.

    Raises:
        RemoteProblemError: there is no such ticket, or the caller may not see it.
    """
    faults = check(body.template, SHAPE)
    if faults:
        return TemplateTried(valid=False, faults=[TemplateFault.model_validate(fault) for fault in faults])
    async with context.work(who) as work:
        configuration = (await active_configuration(work)).configuration
    situation = example()
    if body.ticket_id is not None:
        ticket = await context.escalation.facts(who, UUID(str(body.ticket_id)))
        situation = await of_ticket(context, who, ticket, configuration)
    words = wording(language_for(body.language or situation.language))
    labels = {name: rule.title for name, rule in configuration.fields.items() if rule.title}
    values = values_of(situation, words, tone=body.tone or configuration.tone, labels=labels)
    try:
        text = render(body.template, values, SHAPE)
    except TemplateFaultyError as exc:
        return TemplateTried(valid=False, faults=[TemplateFault.model_validate(each) for each in exc.faults])
    return TemplateTried(valid=True, text=text, flags=list(flags_of(text, situation)))


def example() -> Situation:
    """A ticket with something in every value that a template may name."""
    return Situation(
        subject="Parcel has not arrived",
        body="Where is my parcel?",
        number=42,
        language="en",
        customer_name="Ada Lovelace",
        earlier=(Earlier(number=17, open=True, same_matter=True),),
        category="general",
        severity="medium",
        respond_within=timedelta(hours=24),
        received_at=utcnow(),
        fields={"order_id": "ORD-123456", "product_name": "Lamp"},
        missing=("phone_number",),
        invalid=("date",),
        incident=40,
    )
