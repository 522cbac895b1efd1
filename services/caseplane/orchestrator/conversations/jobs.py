"""Jobs that follow from what happens in a conversation; turns, handoffs and cases run most of them."""

from datetime import timedelta
from uuid import UUID

from caseplane.core.jobs import Backoff, Job, JobArgs

# A handover must survive an afternoon without one of our own services.
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


def session_lock(args: SessionArgs) -> str:
    """Jobs of one session run one after another, in the order of what they follow from."""
    return str(args.session_id)


TURN = Job("session.turn", SessionArgs, queue="turns", lock=session_lock)
EXPIRE = Job(
    "session.expire", SessionArgs, queue="conversation", once=lambda args: f"expire:{args.session_id}"
)
LEARN = Job("session.learn", LearnArgs, queue="conversation", once=lambda args: f"learn:{args.event_id}")
HAND_OVER = Job("ticket.create", HandOverArgs, queue="ticketing", lock=session_lock, retry=PATIENT)
FOLLOW_UP = Job("ticket.comment", FollowUpArgs, queue="ticketing", lock=session_lock, retry=PATIENT)
