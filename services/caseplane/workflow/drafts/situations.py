"""What is known of a ticket when a reply is drafted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from caseplane.core.auth import Principal
from caseplane.dialogue import Act, understand
from caseplane.escalation.schemas import CommentRead, TicketFacts, TicketStatus
from caseplane.text.language import detect_language
from caseplane.triage.classifying import classify
from caseplane.triage.configuration import Configuration
from caseplane.triage.drafting import Earlier, Situation
from caseplane.triage.extraction import extract
from caseplane.triage.results import Classification, Extraction, Route, Sentiment
from caseplane.triage.ticket_text import TicketText, read_ticket
from caseplane.workflow.context import Work, Workflow
from caseplane.workflow.customers.repository import Customers
from caseplane.workflow.drafts.schemas import RespondRequest

DEFAULT_RESPONSE = timedelta(hours=24)
_BEFORE = frozenset(f"{prefix}:" for prefix in ("re", "aw", "fw", "fwd", "wg", "antw"))
GENERAL = "general"
EARLIER = 50
"""Earlier tickets of the customer that are looked at."""


@dataclass(frozen=True)
class Profile:
    """What is on file of the customer."""

    name: str = ""
    email: str = ""
    language: str | None = None


async def profile_of(work: Work, customer_id: str | None) -> Profile:
    """The customer's profile; empty for one of whom nothing is on file."""
    found = await work.repo(Customers).of_customer(customer_id, limit=1) if customer_id else []
    if not found:
        return Profile()
    language = (found[0].language or "").casefold()[:2]
    return Profile(found[0].name or "", found[0].email or "", language or None)


def of_text(
    body: RespondRequest, configuration: Configuration, *, now: datetime, customer: Profile
) -> Situation:
    """A text that was sent to be answered; what the caller does not say of it is judged by rules."""
    text = read_ticket(body.subject, body.body)
    found = classify(text, configuration)
    category = body.category or drafted_as(found, configuration)
    read = extract(text, configuration, category)
    severity = body.severity or found.severity
    return Situation(
        subject=text.subject,
        body=text.body,
        language=body.language or detect_language(text.whole) or customer.language,
        customer_name=body.customer_name or customer.name,
        contacts=_contacts(body.customer_email, body.customer_id, customer.email, *_own_contacts(read)),
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
    async with context.work(who) as work:
        customer = await profile_of(work, ticket.requester_id)
    comments = await context.escalation.comments(who, ticket.ticket_id)
    others = await context.escalation.of_requester(who, ticket.requester_id, limit=EARLIER)
    text = read_ticket(ticket.subject, _last_said(comments) or digest.description)
    found = ticket.classification or classify(text, configuration)
    category = ticket.category or found.category  # a person may have set another
    known = Judged(
        text=text,
        classification=found.model_copy(update={"category": category}),
        extraction=ticket.extraction or extract(text, configuration, category),
        route=ticket.routing,
        received_at=ticket.created_at,
        due_at=ticket.response_due_at,
        number=ticket.number,
        requester_id=ticket.requester_id,
        customer=customer,
        language=language,
        earlier=earlier_than(ticket.number, ticket.subject, others),
    )
    return of_judged(known, configuration)


@dataclass(kw_only=True)
class Judged:
    """A ticket with what the workflow found out about it."""

    text: TicketText
    classification: Classification
    extraction: Extraction
    received_at: datetime
    route: Route | None = None
    due_at: datetime | None = None
    number: int | None = None
    requester_id: str = ""
    customer: Profile = Profile()
    language: str | None = None
    earlier: tuple[Earlier, ...] = ()
    duplicates: tuple[int, ...] = ()
    incident: int | None = None


def of_judged(known: Judged, configuration: Configuration) -> Situation:
    """A ticket that was classified and read."""
    found, read, route = known.classification, known.extraction, known.route
    category = drafted_as(found, configuration)
    return Situation(
        subject=known.text.subject,
        body=known.text.body,
        number=known.number,
        language=known.language or detect_language(known.text.whole) or known.customer.language,
        customer_name=known.customer.name,
        contacts=_contacts(known.requester_id, known.customer.email, *_own_contacts(read)),
        earlier=known.earlier,
        category=category,
        severity=found.severity,
        critical=is_critical(configuration, found.severity),
        respond_within=response_of(configuration, found.severity),
        received_at=known.received_at,
        due_at=known.due_at or (route.due_at if route else None),
        negative=found.sentiment is Sentiment.negative,
        fields=_values(read),
        missing=read.missing_required if category == found.category else (),
        unknown=found.unknown,
        wants_person=wants_person(known.text),
        duplicates=known.duplicates,
        incident=known.incident,
        escalation_path=route.escalation_path if route else path_of(configuration, found.category),
    )


def earlier_than(
    number: int, subject: str, others: Sequence[TicketFacts], *, same: Collection[UUID] = ()
) -> tuple[Earlier, ...]:
    """Those of a customer's tickets that came before one of them.

    Args:
        number: of the ticket.
        subject: of it.
        others: the customer's tickets.
        same: ids of tickets that are known to say the same.
    """
    return tuple(_earlier(other, subject, same) for other in others if other.number < number)


def drafted_as(found: Classification, configuration: Configuration) -> str:
    """The category whose template is used: of a ticket that fits none, the guess is not good enough for a letter."""
    return GENERAL if found.unknown and GENERAL in configuration.categories else found.category


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


def _contacts(*given: str | None) -> frozenset[str]:
    return frozenset(each for each in given if each)


def _own_contacts(read: Extraction) -> list[str]:
    return [each.value for each in read.fields if each.name in ("account_email", "phone_number")]


def _values(read: Extraction) -> dict[str, str]:
    """The first value of each field."""
    return {each.name: each.value for each in reversed(read.fields)}


def _earlier(other: TicketFacts, subject: str, same: Collection[UUID]) -> Earlier:
    done = TicketStatus(other.status).done
    again = other.ticket_id in same or _matter(other.subject) == _matter(subject)
    return Earlier(number=other.number, open=not done, same_matter=again)


def _matter(subject: str) -> str:
    """The subject without what mail programs put before it."""
    words = subject.casefold().split()
    while words and words[0] in _BEFORE:
        words = words[1:]
    return " ".join(words)
