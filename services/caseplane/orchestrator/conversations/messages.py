"""Messages of customers and agents, and what follows from them."""

from uuid import UUID

from caseplane.core.errors import InvalidInputError, PayloadTooLargeError
from caseplane.core.privacy import redact
from caseplane.dialogue import Act, After, Said, understand
from caseplane.dialogue.languages import shown_language, voted
from caseplane.dialogue.matters import is_new_matter
from caseplane.gate import ReasonCode
from caseplane.orchestrator.context import Work
from caseplane.orchestrator.conversations.acknowledging import acknowledge, introduce, mirrored
from caseplane.orchestrator.conversations.handover import escalate, take_over
from caseplane.orchestrator.conversations.history import say
from caseplane.orchestrator.conversations.jobs import FOLLOW_UP, FollowUpArgs
from caseplane.orchestrator.conversations.lifecycle import apply, ask_for_turn
from caseplane.orchestrator.conversations.matter import asked_in, subject_of
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.notices import voice_of
from caseplane.orchestrator.conversations.repository import Messages, Sessions
from caseplane.orchestrator.conversations.schemas import MessageCreate, MessageRole
from caseplane.orchestrator.conversations.sessions import visible_session
from caseplane.orchestrator.conversations.states import ESCALATED, OPEN, RESOLVED, Resolution, Trigger
from caseplane.orchestrator.conversations.telling import tell_of
from caseplane.text.cleaning import clean
from caseplane.text.language import detect_language

LONG_ENOUGH = 20
"""Characters in which a detected language can be believed."""
SURE = 3
"""Small words of another language after which the customer has changed to it."""


async def post_message(work: Work, session_id: UUID, body: MessageCreate) -> tuple[Session, Message]:
    """Store a customer's message, and ask for what follows from it.

    Returns:
        The session that holds the message (a new, linked one if the old was resolved too long ago), and the
        message: the earlier one if `client_message_id` was seen before.
    """
    _check_length(work, body.content)
    session = await visible_session(work, session_id, lock=True)
    if body.client_message_id:
        seen = await work.repo(Messages).find_by(session.id, client_message_id=body.client_message_id)
        if seen is not None:
            return session, seen
    if body.choice_id:
        await _check_offered(work, session, body.choice_id)
    ended = session.status == RESOLVED
    if ended and not _reopens(clean(body.content)):
        message = await _say_as_customer(work, session, body)
        await ask_for_turn(work, session)  # a thank-you after the end gets a reply, and the case stays solved
        return session, message
    if ended:
        session = await _recontact(work, session, clean(body.content))
    message = await _say_as_customer(work, session, body)
    await _follow_up(work, session, message)
    if ended:
        await tell_of(work, session)
    return session, message


async def _check_offered(work: Work, session: Session, choice_id: str) -> None:
    said = await work.repo(Messages).of(session.id, MessageRole.assistant)
    if not any(choice["id"] == choice_id for message in said for choice in message.choices):
        raise InvalidInputError("`choice_id` is not the id of a choice that this conversation offered.")


def _reopens(content: str) -> bool:
    """Whether a message after the end is more than small talk."""
    understood = understand(content, after=After(Said.closing))
    return bool(understood.questions) or understood.act in (Act.failure, Act.wants_person)


def _check_length(work: Work, content: str) -> None:
    limit = work.context.settings.message_limit
    if len(content) > limit:
        raise PayloadTooLargeError(
            f"A message may have at most {limit:,} characters; this one has {len(content):,}. Send long text as an"
            " attachment of the ticket.",
            limit=limit,
        )


async def _say_as_customer(work: Work, session: Session, body: MessageCreate) -> Message:
    session.language = _language(session.language, clean(body.content))
    redacted = redact(body.content).text
    # A greeting names the case only until something is asked.
    if session.subject is None or not asked_in(session.subject):
        session.subject = subject_of(asked_in(clean(redacted)) or session.subject or clean(redacted))
    return await say(
        work,
        session,
        MessageRole.customer,
        body.content,
        redacted=redacted,
        client_message_id=body.client_message_id,
        meta={"choice_id": body.choice_id} if body.choice_id else {},
    )


def _language(known: str | None, content: str) -> str | None:
    """The customer's language: as the first words show it, until a longer message is clearly in another."""
    if len(content) < LONG_ENOUGH:
        return known or shown_language(content)
    detected = detect_language(content)
    other, words = voted(content)
    return detected if known is None or (detected == other and words >= SURE) else known


async def _recontact(work: Work, session: Session, content: str) -> Session:
    """A customer writes after the end: the same session, or a new one linked to it.

    A new one begins when the window is over, and for a new matter after a person had the case: it gets an answer, and
    if need be a ticket, of its own.
    """
    assert session.resolved_at is not None
    recent = work.now - session.resolved_at <= work.context.settings.reopen_window
    had_person = session.ticket_id is not None or session.resolution == Resolution.agent
    if recent and not (had_person and await _is_new(work, session, content)):
        session.recontacts += 1
        if session.resolution != Resolution.agent or session.ticket_id is not None:
            apply(work, session, Trigger.customer_writes, recontact=True)
        return session
    return await work.repo(Sessions).begin(
        work.now,
        channel=session.channel,
        customer_id=session.customer_id,
        language=session.language,
        entitlements=session.entitlements,
        knowledge_base_ids=session.knowledge_base_ids,
        meta=session.meta,
        previous_session_id=session.id,
    )


async def _follow_up(work: Work, session: Session, message: Message) -> None:
    """Ask for the answer, or pass the message on to the person who has the case."""
    if session.status == RESOLVED:  # by an agent without a ticket: no person has the case yet
        explanation = "A person solved this case before, so it goes back to a person."
        await escalate(work, session, ReasonCode.policy, explanation=explanation, recontact=True)
    elif session.status == ESCALATED:
        await _pass_on(work, session, message)
    else:
        if session.state.answered:
            apply(work, session, Trigger.customer_writes)
        await ask_for_turn(work, session)


async def _pass_on(work: Work, session: Session, message: Message) -> None:
    """Put the message on the ticket; a question also gets a word on what happens next, or an answer beside the person."""
    assert session.ticket_id is not None
    args = FollowUpArgs(session_id=session.id, ticket_id=session.ticket_id, message_id=message.id)
    await work.defer(FOLLOW_UP, args)
    act = understand(message.asked, after=After(Said.handoff)).act
    asks = act is Act.question
    new = asks and await _is_new(work, session, message.asked, before=message.seq)
    if (await voice_of(work, session)).answers_beside_person and (
        new or await _waits(work, session, message)
    ):
        if not await _waits(work, session, message):
            session.answered_seq = message.seq - 1
        await ask_for_turn(work, session)
        return
    person_wrote = await work.repo(Messages).latest(session.id, MessageRole.agent) is not None
    reply: Message | None = None
    if act is Act.asks_about_assistant and not person_wrote:
        reply = await introduce(work, session)
    elif new or (asks and not person_wrote):
        reply = await acknowledge(work, session)
    mirrored(work, session, message, reply)


async def _waits(work: Work, session: Session, message: Message) -> bool:
    """Whether an earlier message still waits for its answer beside the person."""
    earlier = await work.repo(Messages).latest(session.id, MessageRole.customer, before=message.seq)
    return earlier is not None and earlier.seq > session.answered_seq


async def _is_new(work: Work, session: Session, content: str, *, before: int | None = None) -> bool:
    """Whether a message clearly raises another matter than the session's."""
    asked = understand(content, after=After(Said.closing)).questions
    said = await work.repo(Messages).of(session.id, MessageRole.customer)
    earlier = [m.asked for m in said if before is None or m.seq < before]
    return bool(asked) and is_new_matter("\n".join(asked), earlier)


async def add_agent_message(
    work: Work,
    session_id: UUID,
    *,
    content: str,
    source_id: str,
    author: str,
    ticket_id: UUID | None = None,
    replaces: str | None = None,
) -> None:
    """Put an agent's public reply into the conversation, once; nothing if the conversation was erased meanwhile.

    Args:
        work: under way.
        session_id: whose conversation it is.
        content: what the customer reads.
        source_id: the comment's id.
        author: who wrote it.
        ticket_id: where it was written.
        replaces: the comment of which this is a new version.
    """
    session = await work.repo(Sessions).find(session_id, lock=True)
    if session is None or await work.repo(Messages).find_by(session_id, source_id=source_id) is not None:
        return
    if session.status == OPEN and ticket_id is not None:
        await take_over(work, session, ticket_id, by=author)
    elif session.status == OPEN:  # a person writes, so the assistant no longer answers what came before
        session.answered_seq = session.last_seq
    else:
        apply(work, session, Trigger.agent_writes)
    former = await work.repo(Messages).find_by(session_id, source_id=replaces) if replaces else None
    await say(
        work,
        session,
        MessageRole.agent,
        content,
        redacted=redact(content).text,
        source_id=source_id,
        meta={"author": author} | ({"replaces": str(former.id)} if former else {}),
    )
    await tell_of(work, session)
