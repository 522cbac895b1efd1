"""What happens to tickets, as jobs that another service runs: this one defers them and knows no receiver."""

from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class TicketCommented(JobArgs):
    """An agent's public comment, for a conversation of the ticket."""

    session_id: UUID
    ticket_id: UUID
    comment_id: UUID


class TicketStatusChanged(JobArgs):
    """A ticket's new status, for a conversation of the ticket."""

    session_id: UUID
    ticket_id: UUID
    status: str
    actor: str


class MailReceived(JobArgs):
    """A customer's mail, for the conversation of its thread."""

    thread_id: UUID
    mail_id: UUID


class IncidentChanged(JobArgs):
    """An incident was done, or opened again."""

    ticket_id: UUID
    status: str


class TicketCreated(JobArgs):
    """A new ticket, whoever opened it."""

    ticket_id: UUID


class TicketChanged(JobArgs):
    """A ticket is new, or has changed."""

    ticket_id: UUID


class TicketRecategorised(JobArgs):
    """A person said what a ticket is about, so it may belong to another team."""

    ticket_id: UUID
    category: str
    version: int
    """Of the ticket; the same category may be set again later."""


def _conversation(args: TicketCommented | TicketStatusChanged) -> str:
    return str(args.session_id)


COMMENTED = Job(
    "session.agent_message",
    TicketCommented,
    queue="conversation",
    after="an agent's public comment",
    repeat="`source_id`, unique per session",
    lock=_conversation,
)
STATUS_CHANGED = Job(
    "session.ticket_status",
    TicketStatusChanged,
    queue="conversation",
    after="a change of the ticket's status",
    repeat="the state machine",
    lock=_conversation,
)
MAIL_RECEIVED = Job(
    "session.mail",
    MailReceived,
    queue="conversation",
    after="a customer's mail",
    repeat="`client_message_id`, unique per session",
    lock=lambda args: str(args.thread_id),
)
INCIDENT_CHANGED = Job(
    "workflow.incident_changed",
    IncidentChanged,
    queue="workflow",
    after="a change of an incident's status",
    repeat="the incident's state; each ticket is told once, by a key",
    lock=lambda args: f"incident:{args.ticket_id}",
)
TICKET_CREATED = Job(
    "workflow.ticket_created",
    TicketCreated,
    queue="workflow",
    after="a new ticket",
    repeat="a ticket has one run, and a run each step once",
    lock=lambda args: str(args.ticket_id),
)
TICKET_CHANGED = Job(
    "insights.ticket_changed",
    TicketChanged,
    queue="insights",
    after="a new ticket, and each change of one",
    repeat="the receiver reads the ticket as it is, and keeps the newest reading",
    lock=lambda args: f"outcome:{args.ticket_id}",
)
TICKET_RECATEGORISED = Job(
    "workflow.ticket_recategorised",
    TicketRecategorised,
    queue="workflow",
    after="a category set by an agent",
    repeat="the same category leads to the same team",
    lock=lambda args: str(args.ticket_id),
)
