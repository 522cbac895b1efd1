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


class ReplyByMailArgs(SessionArgs):
    message_id: UUID


def session_lock(args: SessionArgs) -> str:
    """Jobs of one session run one after another, in the order of what they follow from."""
    return str(args.session_id)


TURN = Job(
    "session.turn",
    SessionArgs,
    queue="turns",
    after="the customer's message",
    repeat="with nothing unanswered it does nothing (`answered_seq`)",
    lock=session_lock,
)
EXPIRE = Job(
    "session.expire",
    SessionArgs,
    queue="conversation",
    after="an answer",
    repeat="only an answered, quiet session resolves",
    once=lambda args: f"expire:{args.session_id}",
)
LEARN = Job(
    "session.learn",
    LearnArgs,
    queue="conversation",
    after="the resolution",
    repeat="the case's id is the event's id",
    once=lambda args: f"learn:{args.event_id}",
)
HAND_OVER = Job(
    "ticket.create",
    HandOverArgs,
    queue="ticketing",
    after="the escalation",
    repeat="the ticket's id is minted with the escalation; the same packet changes nothing",
    lock=session_lock,
    retry=PATIENT,
)
FOLLOW_UP = Job(
    "ticket.comment",
    FollowUpArgs,
    queue="ticketing",
    after="a customer's message while a person has the case",
    repeat="`source_message_id`, unique per ticket",
    lock=session_lock,
    retry=PATIENT,
)
REPLY_BY_MAIL = Job(
    "session.reply_by_mail",
    ReplyByMailArgs,
    queue="ticketing",
    after="a reply in a conversation by mail",
    repeat="`source_message_id`, unique per mail",
    lock=session_lock,
    retry=PATIENT,
)
