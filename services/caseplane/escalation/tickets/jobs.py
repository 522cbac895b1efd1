"""Background jobs of tickets."""

from datetime import datetime
from uuid import UUID

from caseplane.core.jobs import Job, JobArgs


class CheckResponse(JobArgs):
    """Whether a ticket got its first reply by a time."""

    ticket_id: UUID
    at: datetime


CHECK_RESPONSE = Job(
    "ticket.check_response",
    CheckResponse,
    queue="ticketing",
    after="a promised first reply",
    repeat="a warning and a breach are each noted once",
    once=lambda args: f"response:{args.ticket_id}:{args.at.isoformat()}",
)
