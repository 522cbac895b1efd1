"""The answer pipeline (architecture §4): understand, build the query, retrieve, answer, judge.

It reads a snapshot of the session and writes nothing: `turn` commits the outcome. A message that asks nothing gets a
notice and is not searched for. Every stage is timed. A stage that fails closes the gate with a reason, so that the
customer always gets an outcome.
"""

from collections.abc import Sequence
from uuid import UUID

from caseplane.answering import Evidence
from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.errors import CaseplaneError
from caseplane.core.llm import CallAccount
from caseplane.core.telemetry import get_logger
from caseplane.dialogue import Act, Part, understand
from caseplane.dialogue.follow_ups import stands_alone
from caseplane.gate import Choice, GateSignals, ReasonCode, decide, same_question
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.models import Session
from caseplane.orchestrator.turns.evaluator import draft_answer, judge
from caseplane.orchestrator.turns.formatting import shown_on
from caseplane.orchestrator.turns.outcome import Attempt, Outcome
from caseplane.orchestrator.turns.query import failed_query, queries
from caseplane.orchestrator.turns.question import Question
from caseplane.orchestrator.turns.replying import notice_for
from caseplane.orchestrator.turns.sections import Picked, picked_sections
from caseplane.orchestrator.turns.several import (
    left_out,
    parts_of,
    queries_of,
    speaks_of,
    without_repeats,
)
from caseplane.orchestrator.turns.sources import same_task, unshown
from caseplane.retrieval.schemas import SearchRequest, SearchResponse, SectionName
from caseplane.text.injection import detect_injection

log = get_logger(__name__)
SECTION = 20
"""Chunks of a section that are read."""


def on_behalf_of(tenant_id: UUID, session: Session) -> Principal:
    """The customer of the session, as the retrieval service may know them: their groups, nothing more."""
    return Principal(
        tenant_id=tenant_id,
        subject=f"session:{session.id}",
        roles=frozenset({Role.customer}),
        entitlements=frozenset(session.entitlements),
        customer_id=session.customer_id,
    )


async def run(context: Orchestrator, question: Question) -> Outcome:
    """Find the outcome of the pending messages."""
    outcome = Outcome()
    with outcome.stage("analyse") as detail:
        injection = detect_injection(question.whole)
        understood = outcome.understood = understand(question.text, after=question.after)
        person = understood.act is Act.wants_person
        detail.update(injection=injection.score, act=understood.act, wants_person=person)
    if not injection.detected:
        outcome.reply = notice_for(understood, question)
        if outcome.reply or understood.act is Act.confirmation:
            return outcome
    base = GateSignals(unsafe_input=injection.detected, customer_request=person, llm_error=False)
    outcome.attempts = await _attempts(context, question, outcome, base)
    return outcome


async def _attempts(
    context: Orchestrator, question: Question, outcome: Outcome, base: GateSignals
) -> list[Attempt]:
    """An attempt for each section that was picked, or for each question of the message."""
    if base.unsafe_input or base.customer_request:
        unsearched = Attempt(question=question.text)
        return [await _judged(context, question, outcome, unsearched, base, done=False, may_clarify=False)]
    sections = picked_sections(outcome.understood, question)
    asked = parts_of(outcome.understood, question)
    found = [await _from_section(context, question, outcome, base, each) for each in sections]
    if len(asked) < 2 and not sections:
        return [await _attempt(context, question, outcome, base)]
    limit = context.settings.questions_per_message
    for part in asked[:limit]:
        found.append(await _part(context, question, outcome, base, part, said=_said_in(found)))
    found += [left_out(part) for part in asked[limit:]]
    if sections or any(attempt.passed for attempt in found):
        return without_repeats(found)
    whole = await _attempt(context, question, outcome, base)  # perhaps it was one question after all
    return [whole] if whole.passed or whole.asks else found


def _said_in(attempts: Sequence[Attempt]) -> set[str]:
    return {attempt.draft.content for attempt in attempts if attempt.passed and attempt.draft}


async def _part(
    context: Orchestrator,
    question: Question,
    outcome: Outcome,
    base: GateSignals,
    part: Part,
    *,
    said: set[str],
) -> Attempt:
    """One of several questions: answered or left open, but never asked back about.

    What answers another of them already answers this one only if no other wording finds more.
    """
    made: list[Attempt] = []
    for query in queries_of(part):
        attempt = Attempt(question=part.words, query=query)
        done = await _tried(context, question, outcome, attempt)
        attempt = await _settled(context, question, outcome, attempt, base, done=done, may_clarify=False)
        if attempt.passed and attempt.draft and attempt.draft.content not in said:
            return attempt
        made.append(attempt)
    repeated = next((attempt for attempt in made if attempt.passed), None)
    if repeated is None:
        return made[-1]
    speaks = repeated.draft is not None and speaks_of(repeated.draft.content, part.asks)
    return repeated if speaks else left_out(part)


async def _from_section(
    context: Orchestrator, question: Question, outcome: Outcome, base: GateSignals, picked: Picked
) -> Attempt:
    """An answer from the section that the customer means."""
    attempt = Attempt(question=picked.section.label, query=picked.query, section=picked.section)
    done = await _tried(context, question, outcome, attempt)
    return await _judged(context, question, outcome, attempt, base, done=done, may_clarify=False)


async def _settled(
    context: Orchestrator,
    question: Question,
    outcome: Outcome,
    attempt: Attempt,
    base: GateSignals,
    *,
    done: bool,
    may_clarify: bool,
) -> Attempt:
    """The judged attempt; if it is too unsure, but a section asks the very same question, one from that section."""
    await _judged(context, question, outcome, attempt, base, done=done, may_clarify=may_clarify)
    if attempt.passed or not attempt.unsure:
        return attempt
    same = same_question(attempt.query, attempt.evidence)
    if same is None:
        return attempt
    settled = await _from_section(context, question, outcome, base, Picked(same, attempt.query))
    settled.question = attempt.question
    return settled if settled.passed else attempt


async def _attempt(context: Orchestrator, question: Question, outcome: Outcome, base: GateSignals) -> Attempt:
    """Search for what the message asks, until an answer passes or nothing is left to search for."""
    if reason := _person_for(outcome, question):
        return Attempt(question=question.text, query=failed_query(question.history), handed_over_for=reason)
    with outcome.stage("query") as detail:
        wordings = queries(outcome.understood, question)
        detail.update(wordings=len(wordings))
    made: list[Attempt] = []
    for query in wordings:
        attempt = Attempt(question=question.text, query=query)
        attempt.excluded = outcome.understood.act is Act.failure
        done = await _tried(context, question, outcome, attempt)
        may_clarify = question.may_clarify and not attempt.excluded and not question.beside_person
        attempt = await _settled(
            context, question, outcome, attempt, base, done=done, may_clarify=may_clarify
        )
        attempt.repeats = attempt.passed and _said_last(attempt, question)
        if attempt.passed and not attempt.repeats:
            return attempt
        made.append(attempt)
    return next((attempt for attempt in made if attempt.passed), made[0])


def _said_last(attempt: Attempt, question: Question) -> bool:
    """Whether the answer is the one that the customer has before their eyes."""
    answer = question.last_answer
    if answer is None or attempt.draft is None:
        return False
    shown, _ = shown_on(question.session.channel, attempt.draft.content)
    return shown in answer.content


def _person_for(outcome: Outcome, question: Question) -> ReasonCode | None:
    """Why a person takes over without another search; None if there is something to search for."""
    act = outcome.understood.act
    if act is Act.none_of_them:
        return ReasonCode.no_evidence
    answer = question.last_answer
    if act is Act.failure and (answer is None or answer.meta.get("retry")):
        return ReasonCode.unhelpful_answer
    return None


async def _judged(
    context: Orchestrator,
    question: Question,
    outcome: Outcome,
    attempt: Attempt,
    base: GateSignals,
    *,
    done: bool,
    may_clarify: bool,
) -> Attempt:
    with outcome.stage("gate") as detail:
        attempt.may_clarify = may_clarify
        if done:
            attempt.signals, attempt.decision, attempt.choices = await judge(
                context,
                _account(question),
                base=base,
                question=attempt.query,
                draft=attempt.draft,
                evidence=attempt.evidence,
                withheld=attempt.withheld,
                policy=question.policy,
                may_clarify=may_clarify,
                language=outcome.understood.language or question.session.language,
            )
        else:  # nothing was measured, and the gate closes on what is missing
            attempt.signals, attempt.decision = base, decide(base, question.policy)
        detail.update(
            verdict=attempt.decision.verdict,
            reason=attempt.decision.reason,
            confidence=attempt.decision.confidence,
        )
    return attempt


def _account(question: Question) -> CallAccount:
    return CallAccount(tenant_id=question.session.tenant_id, session_id=question.session.id)


async def _tried(context: Orchestrator, question: Question, outcome: Outcome, attempt: Attempt) -> bool:
    """Retrieve and draft; False if a part that this needs failed."""
    try:
        with outcome.stage("retrieve") as detail:
            await _retrieve(context, question, attempt)
            detail.update(found=len(attempt.evidence), withheld=attempt.withheld)
        with outcome.stage("answer") as detail:
            attempt.draft = await draft_answer(
                context, _account(question), attempt.query, attempt.evidence, section=attempt.section
            )
            detail.update(origin=attempt.draft.origin, sentences=len(attempt.draft.sentences))
    except CaseplaneError as exc:
        outcome.trace[-1].detail["error"] = type(exc).__name__
        log.warning("answer_failed", stage=outcome.trace[-1].stage, error=type(exc).__name__)
        return False
    return True


async def _retrieve(context: Orchestrator, question: Question, attempt: Attempt) -> None:
    session = question.session
    if attempt.section is not None and await _read(context, session, attempt, attempt.section):
        return
    found: SearchResponse = await context.retrieval.search(
        on_behalf_of(session.tenant_id, session),
        SearchRequest(
            query=attempt.query,
            knowledge_base_ids=session.knowledge_base_ids,
            limit=context.settings.evidence_limit,
            session_id=session.id,
        ),
    )
    attempt.retrieved_at = utcnow()
    attempt.withheld = found.withheld
    if found.reduced:
        asks = found.reduced.asks
        attempt.query = asks if stands_alone(asks) else found.reduced.searched
    attempt.evidence = [hit.as_evidence(Evidence) for hit in found.results]
    if attempt.excluded:
        attempt.evidence = same_task(unshown(attempt.evidence, question.history), attempt.query)


async def _read(context: Orchestrator, session: Session, attempt: Attempt, section: Choice) -> bool:
    """Take the section for the evidence; False if it is gone meanwhile, so that it has to be searched for."""
    named = SectionName(document_id=section.document_id, heading=section.heading)
    found = await context.retrieval.read_sections(
        on_behalf_of(session.tenant_id, session), [named], limit=SECTION
    )
    attempt.retrieved_at = utcnow()
    attempt.evidence = [hit.as_evidence(Evidence) for hit in found.results]
    if not attempt.evidence:
        attempt.section = None
    return bool(attempt.evidence)
