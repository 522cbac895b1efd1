"""What is known of a ticket when a reply is drafted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from caseplane.core.auth import Principal
from caseplane.dialogue import Act, understand
from caseplane.escalation.schemas import CommentRead, TicketFacts, TicketStatus
from caseplane.text.language import detect_language
from caseplane.triage.classifying import classify
from caseplane.triage.configuration import Configuration
from caseplane.triage.drafting import Earlier, Situation
from caseplane.triage.extraction import extract
from caseplane.triage.results import Extraction, Sentiment
from caseplane.triage.ticket_text import TicketText, read_ticket
from caseplane.workflow.context import Workflow
from caseplane.workflow.drafts.schemas import RespondRequest

DEFAULT_RESPONSE = timedelta(hours=24)
EARLIER = 50
"""Earlier tickets of the customer that are looked at."""


def of_text(body: RespondRequest, configuration: Configuration, *, now: datetime) -> Situation:
    """A text that was sent to be answered; what the caller does not say of it is judged by rules."""
    text = read_ticket(body.subject, body.body)
    found = classify(text, configuration)
    category = body.category or found.category
    read = extract(text, configuration, category)
    severity = body.severity or found.severity
    return Situation(
        subject=text.subject,
        body=text.body,
        language=body.language or detect_language(text.whole),
        customer_name=body.customer_name,
        contacts=frozenset(filter(None, [body.customer_email, body.customer_id, *_own_contacts(read)])),
        category=category,
        severity=severity,
        critical=is_critical(configuration, severity),
        respond_within=response_of(configuration, severity),
        received_at=now,
        negative=(body.sentiment or found.sentiment) == Sentiment.negative,
        fields=_values(read) | body.fields,
        missing=tuple(name for name in read.missing_required if name not in body.fields),
        unknown=body.category is None and found.unknown,
        wants_person=wants_person(text),
        escalation_path=path_of(configuration, category),
    )


async def of_ticket(
    context: Workflow,
    who: Principal,
    ticket: TicketFacts,
    configuration: Configuration,
    *,
    language: str | None = None,
) -> Situation:
    """A stored ticket: what the customer wrote last, and what the workflow found out about it."""
    # The customer's own words: a handoff's description also has the assistant's.
    digest = await context.escalation.ticket(context.principal(who.tenant), ticket.ticket_id)
    comments = await context.escalation.comments(who, ticket.ticket_id)
    others = await context.escalation.of_requester(who, ticket.requester_id, limit=EARLIER)
    text = read_ticket(ticket.subject, _last_said(comments) or digest.description)
    found = ticket.classification or classify(text, configuration)
    category = ticket.category or found.category
    read = ticket.extraction or extract(text, configuration, category)
    route = ticket.routing
    return Situation(
        subject=text.subject,
        body=text.body,
        number=ticket.number,
        language=language or detect_language(text.whole),
        contacts=frozenset([ticket.requester_id, *_own_contacts(read)]),
        earlier=tuple(_earlier(other, ticket) for other in others if other.ticket_id != ticket.ticket_id),
        category=category,
        severity=found.severity,
        critical=is_critical(configuration, found.severity),
        respond_within=response_of(configuration, found.severity),
        received_at=ticket.created_at,
        due_at=ticket.response_due_at,
        negative=found.sentiment is Sentiment.negative,
        fields=_values(read),
        missing=read.missing_required,
        unknown=found.unknown,
        wants_person=wants_person(text),
        escalation_path=route.escalation_path if route else path_of(configuration, category),
    )


def wants_person(text: TicketText) -> bool:
    return understand(text.whole).act is Act.wants_person


def is_critical(configuration: Configuration, severity: str) -> bool:
    known = configuration.severities.get(severity)
    return known is not None and known.priority == 1


def response_of(configuration: Configuration, severity: str) -> timedelta:
    known = configuration.severities.get(severity)
    return known.response if known else DEFAULT_RESPONSE


def path_of(configuration: Configuration, category: str | None) -> tuple[str, ...]:
    known = configuration.categories.get(category or "")
    team = configuration.teams.get(known.team) if known else None
    return team.escalation_path if team else ()


def _last_said(comments: Sequence[CommentRead]) -> str:
    """The customer's last words, if nobody has replied to them."""
    public = [comment for comment in comments if comment.visibility == "public"]
    return public[-1].body if public and public[-1].author_type == "customer" else ""


def _own_contacts(read: Extraction) -> list[str]:
    return [each.value for each in read.fields if each.name in ("account_email", "phone_number")]


def _values(read: Extraction) -> dict[str, str]:
    """The first value of each field."""
    return {each.name: each.value for each in reversed(read.fields)}


def _earlier(other: TicketFacts, ticket: TicketFacts) -> Earlier:
    done = TicketStatus(other.status).done
    return Earlier(number=other.number, open=not done, same_matter=_matter(other) == _matter(ticket))


def _matter(ticket: TicketFacts) -> str:
    """The subject without what mail programs put before it."""
    words = ticket.subject.casefold().split()
    while (
        words and words[0].rstrip(":") in ("re", "aw", "fw", "fwd", "wg", "antw") and words[0].endswith(":")
    ):
        words = words[1:]
    return " ".join(words)
