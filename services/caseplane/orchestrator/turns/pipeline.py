"""The answer pipeline (architecture §4): analyse, build the query, retrieve, answer, judge.

It reads a snapshot of the session and writes nothing: `turn` commits the outcome. Every stage is timed. A stage that
fails closes the gate with a reason, so that the customer always gets an outcome.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from caseplane.answering import DraftAnswer, Evidence
from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.errors import CaseplaneError
from caseplane.core.llm import CallAccount
from caseplane.core.telemetry import get_logger, span
from caseplane.gate import Decision, GatePolicy, GateSignals, decide
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.conversations.models import Message, Session
from caseplane.orchestrator.conversations.schemas import MessageRole, Stage
from caseplane.orchestrator.turns.evaluator import draft_answer, judge
from caseplane.orchestrator.turns.query import build_query
from caseplane.retrieval.schemas import SearchRequest, SearchResponse
from caseplane.text.injection import detect_injection
from caseplane.text.intents import is_confirmation, wants_person

log = get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """A snapshot of what is to be answered.

    Attributes:
        session: as it was read; not attached to a transaction.
        pending: the customer's unanswered messages, in order.
        history: the messages before them, newest last.
        policy: the gate policy that judges the answer.
        policy_version: its number; 0 is the shipped default.
    """

    session: Session
    pending: list[Message]
    history: list[Message]
    policy: GatePolicy
    policy_version: int

    @property
    def text(self) -> str:
        """The pending messages as one, whole."""
        return "\n".join(message.content for message in self.pending)

    @property
    def asked(self) -> str:
        """What they ask, as one."""
        return "\n".join(message.asked for message in self.pending)

    @property
    def follows_answer(self) -> bool:
        """The reply before the pending messages was an answer, so they may confirm it."""
        said = [m for m in self.history if m.role != MessageRole.customer]
        return bool(said) and said[-1].meta.get("kind") == "answer"

    @property
    def may_clarify(self) -> bool:
        """One clarifying question before escalation, not a second."""
        return self.session.clarifications == 0


@dataclass
class Outcome:
    """What should happen, with everything that shows why."""

    query: str = ""
    confirmed: bool = False
    draft: DraftAnswer | None = None
    decision: Decision | None = None
    signals: GateSignals = field(default_factory=GateSignals)
    evidence: list[Evidence] = field(default_factory=list)
    withheld: int = 0
    retrieved_at: datetime | None = None
    questions: list[str] = field(default_factory=list)
    trace: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a stage; what is put into the yielded dict goes into the trace."""
        detail: dict[str, Any] = {}
        began = time.perf_counter()
        try:
            with span(f"answer {name}"):
                yield detail
        finally:
            elapsed = round((time.perf_counter() - began) * 1000, 2)
            self.trace.append(Stage(stage=name, duration_ms=elapsed, detail=detail))

    def evidence_pack(self) -> list[dict[str, Any]]:
        """R000-25: what was found, whether or not it sufficed."""
        at = (self.retrieved_at or utcnow()).isoformat()
        return [
            {
                "document_id": str(e.document_id),
                "chunk_id": str(e.chunk_id),
                "title": e.title,
                "uri": e.uri,
                "score": e.score,
                "scores": e.component_scores,
                "quote": e.text[:500],
                "retrieved_at": at,
            }
            for e in self.evidence
        ]


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
    asked = question.asked
    with outcome.stage("analyse") as detail:
        injection = detect_injection(question.text)  # it may hide anywhere
        person = wants_person(asked)
        outcome.confirmed = question.follows_answer and is_confirmation(asked)
        detail.update(injection=injection.score, wants_person=person)
    if outcome.confirmed:
        return outcome
    base = GateSignals(unsafe_input=injection.detected, customer_request=person, llm_error=False)
    with outcome.stage("query"):
        outcome.query = build_query(question.pending, question.history)
    account = CallAccount(tenant_id=question.session.tenant_id, session_id=question.session.id)
    answerable = not (person or injection.detected)
    done = not answerable or await _attempt(context, question, outcome, account)
    with outcome.stage("gate") as detail:
        if done:
            outcome.signals, outcome.decision, outcome.questions = await judge(
                context,
                account,
                base=base,
                question=outcome.query,
                draft=outcome.draft,
                evidence=outcome.evidence,
                withheld=outcome.withheld,
                policy=question.policy,
                may_clarify=question.may_clarify,
            )
        else:  # nothing was measured, and the gate closes on what is missing
            outcome.signals, outcome.decision = base, decide(base, question.policy)
        detail.update(
            verdict=outcome.decision.verdict,
            reason=outcome.decision.reason,
            confidence=outcome.decision.confidence,
        )
    return outcome


async def _attempt(context: Orchestrator, question: Question, outcome: Outcome, account: CallAccount) -> bool:
    """Retrieve and draft; False if a part that this needs failed."""
    try:
        with outcome.stage("retrieve") as detail:
            await _retrieve(context, question, outcome)
            detail.update(found=len(outcome.evidence), withheld=outcome.withheld)
        with outcome.stage("answer") as detail:
            outcome.draft = await draft_answer(context, account, outcome.query, outcome.evidence)
            detail.update(origin=outcome.draft.origin, sentences=len(outcome.draft.sentences))
    except CaseplaneError as exc:
        outcome.trace[-1].detail["error"] = type(exc).__name__
        log.warning("answer_failed", stage=outcome.trace[-1].stage, error=type(exc).__name__)
        return False
    return True


async def _retrieve(context: Orchestrator, question: Question, outcome: Outcome) -> None:
    session = question.session
    found: SearchResponse = await context.retrieval.search(
        on_behalf_of(session.tenant_id, session),
        SearchRequest(
            query=outcome.query,
            knowledge_base_ids=session.knowledge_base_ids,
            limit=context.settings.evidence_limit,
            session_id=session.id,
        ),
    )
    outcome.retrieved_at = utcnow()
    outcome.withheld = found.withheld
    outcome.evidence = [hit.as_evidence(Evidence) for hit in found.results]
