"""The job that puts a case summary on its ticket."""

from uuid import UUID

from caseplane.core.jobs import Job
from caseplane.orchestrator.conversations.jobs import PATIENT, SessionArgs, session_lock


class SummaryArgs(SessionArgs):
    ticket_id: UUID
    case_id: UUID


SUMMARISE = Job(
    "ticket.summary",
    SummaryArgs,
    queue="ticketing",
    after="the case summary",
    repeat="the case's id on the ticket",
    lock=session_lock,
    retry=PATIENT,
)
