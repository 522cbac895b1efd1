"""Background jobs of conversations."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs

# What a conversation hands over must not be lost to an afternoon without one of our own services.
PATIENT = Backoff(60, cap=timedelta(minutes=5))


class SessionArgs(JobArgs):
    session_id: UUID


class LearnArgs(SessionArgs):
    event_id: UUID


class HandOverArgs(SessionArgs):
    ticket_id: UUID
    event_id: UUID


class FollowUpArgs(SessionArgs):
    ticket_id: UUID
    message_id: UUID


class SummaryArgs(SessionArgs):
    ticket_id: UUID
    case_id: UUID


def _session(args: SessionArgs) -> str:
    return str(args.session_id)


TURN = Job("session.turn", SessionArgs, queue="turns", lock=_session)
EXPIRE = Job(
    "session.expire", SessionArgs, queue="conversation", once=lambda args: f"expire:{args.session_id}"
)
LEARN = Job("session.learn", LearnArgs, queue="conversation", once=lambda args: f"learn:{args.event_id}")
HAND_OVER = Job("ticket.create", HandOverArgs, queue="ticketing", lock=_session, retry=PATIENT)
FOLLOW_UP = Job("ticket.comment", FollowUpArgs, queue="ticketing", lock=_session, retry=PATIENT)
SUMMARISE = Job("ticket.summary", SummaryArgs, queue="ticketing", lock=_session, retry=PATIENT)
