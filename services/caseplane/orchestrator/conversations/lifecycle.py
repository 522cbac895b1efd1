"""What moves a conversation from one state to another, each through `transition` and with its event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from caseplane.core.auth import Role
from caseplane.core.errors import ConflictError
from caseplane.dialogue import understand
from caseplane.dialogue.matters import is_new_matter
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.history import record, say
from caseplane.orchestrator.conversations.jobs import EXPIRE, LEARN, TURN, LearnArgs, SessionArgs
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.notices import voice_of
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import OWN, MessageRole
from caseplane.orchestrator.conversations.sessions import visible_session
from caseplane.orchestrator.conversations.states import (
    RESOLVED,
    Resolution,
    SessionStatus,
    Trigger,
    transition,
)
from caseplane.orchestrator.conversations.telling import tell_of


class NothingSaidError(ConflictError):
    """Resolving it now would leave the customer without a word."""

    slug, title = "nothing-said", "Nobody has replied to the customer"


def apply(work: Work, session: Session, trigger: Trigger, **detail: Any) -> None:
    """Move the session as the state machine says; a new status is an event.

    Raises:
        TransitionRefusedError: `trigger` cannot happen in the session's state.
    """
    before, after = session.state, transition(session.state, trigger)
    session.status, session.answered = after.status, after.answered
    session.resolution = after.resolution
    if after.status != before.status:
        session.resolved_at = work.now if after.status == RESOLVED else None
        change = {"from": before.status, "to": after.status, "trigger": trigger, **detail}
        record(work, session, "status", change)


async def ask_for_turn(work: Work, session: Session) -> None:
    """Ask for an answer to the session's unanswered messages.

    Every message asks, and the turns of a session run one after another: the first answers all messages that are
    there, and those after it find nothing to do. One job for several messages would not do: a turn that is tried
    again would stand in the way of the one that waits.
    """
    delay = work.context.settings.burst_window or None
    await work.defer(TURN, SessionArgs(session_id=session.id), delay=delay)


async def hand_back(work: Work, session_id: UUID) -> Session:
    """The person gives the conversation back to the assistant, which goes on with a question that is still open."""
    session = await visible_session(work, session_id, lock=True)
    apply(work, session, Trigger.hand_back, by=work.principal.subject)
    session.answered_seq = session.last_seq
    await _go_on(work, session)
    await tell_of(work, session)
    await work.audit("session.hand_back", target_type="session", target_id=session.id)
    return session


async def _go_on(work: Work, session: Session) -> None:
    said = await work.repo(Messages).of(session.id)
    waiting = open_question(said)
    if waiting is not None:
        session.answered_seq = waiting.seq - 1
        await ask_for_turn(work, session)
        return
    last = next((m.content for m in reversed(said) if m.role in OWN), "")
    text = (await voice_of(work, session, last=last)).notice("handed_back")
    await say(work, session, MessageRole.system, text, meta={"kind": "small_talk", "notice": "handed_back"})


def open_question(said: Sequence[Message]) -> Message | None:
    """The first new question that the customer asked while a person had the case and that no one has answered."""
    for place, message in enumerate(said):
        later = said[place + 1 :]
        earlier = [m.asked for m in said[:place] if m.role == MessageRole.customer]
        handed_over = any(m.meta.get("kind") in ("handoff", "takeover") for m in said[:place])
        dealt_with = any(
            m.role == MessageRole.agent or m.meta.get("kind") in ("answer", "handoff") for m in later
        )
        if message.role == MessageRole.customer and handed_over and not dealt_with:
            asked = "\n".join(understand(message.asked).questions)
            if asked and is_new_matter(asked, earlier):
                return message
    return None


async def resolve(work: Work, session_id: UUID, note: str) -> Session:
    """A customer confirms, or an agent declares, that the case is solved; a second time changes nothing.

    Raises:
        NothingSaidError: an agent declares it, and the customer who waits for a person has heard from none.
    """
    session = await visible_session(work, session_id, lock=True)
    if session.status != RESOLVED:
        agent = work.principal.has(Role.agent)
        if agent and session.status == SessionStatus.escalated and not note.strip():
            await _check_words(work, session)
        trigger = Trigger.agent_solves if agent else Trigger.customer_confirms
        await finish(work, session, trigger, by=work.principal.subject, note=note)
    return session


async def _check_words(work: Work, session: Session) -> None:
    said = await work.repo(Messages).of(session.id)
    if not any(message.role == MessageRole.agent for message in said):
        raise NothingSaidError(
            "The customer waits for a person. Reply on the ticket, or say in `note` how it was resolved or why no reply"
            " is needed."
        )


async def finish(work: Work, session: Session, trigger: Trigger, **detail: Any) -> None:
    """Resolve the session, and ask for its case summary where it is known to have helped."""
    apply(work, session, trigger)
    event = record(work, session, "resolution", {"resolution": session.resolution, **detail})
    session.answered_seq = session.last_seq
    await tell_of(work, session)
    if session.resolution != Resolution.assumed:
        await work.defer(LEARN, LearnArgs(session_id=session.id, event_id=event.id))


async def expect_quiet(work: Work, session: Session) -> None:
    """Look later whether the customer wrote again after the answer."""
    delay = work.context.settings.quiet_after
    await work.defer(EXPIRE, SessionArgs(session_id=session.id), delay=delay)


async def expire(work: Work, session_id: UUID) -> None:
    """Resolve an answered session in which the customer wrote no more (`assumed`)."""
    session = await work.repo(Sessions).find(session_id, lock=True)
    if session is None or session.status == RESOLVED or not session.state.answered:
        return
    if work.now - session.last_activity_at < work.context.settings.quiet_after:
        await expect_quiet(work, session)
        return
    await finish(work, session, Trigger.goes_quiet, by="inactivity")


async def follow_ticket(work: Work, session_id: UUID, *, status: str, actor: str) -> None:
    """Follow the ticket's status (R000-18): solved and closed resolve the session, the rest reopen it."""
    session = await work.repo(Sessions).find(session_id, lock=True)
    if session is None:
        return  # erased meanwhile
    if status in ("solved", "closed"):
        if session.status != RESOLVED:
            await finish(work, session, Trigger.agent_solves, by=actor)
    elif session.status == RESOLVED and session.resolution == Resolution.agent:
        apply(work, session, Trigger.ticket_reopens, by=actor)
        await tell_of(work, session)
