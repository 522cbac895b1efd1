"""The answer pipeline (architecture §4): analyse, build the query, retrieve, answer, judge.

It reads a snapshot of the session and writes nothing: `turns` commits what it says. Every stage is timed. A
stage that fails closes the gate with a reason; it never leaves the customer without an outcome.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from caseplane.core.auth import Principal, Role
from caseplane.core.clock import utcnow
from caseplane.core.errors import CaseplaneError
from caseplane.core.llm import CallAccount
from caseplane.core.privacy import detect_injection, is_confirmation, wants_person
from caseplane.core.telemetry import get_logger, span
from caseplane.orchestrator.answering import DraftAnswer, Evidence
from caseplane.orchestrator.context import Orchestrator
from caseplane.orchestrator.evaluator import answerer_for, judge
from caseplane.orchestrator.gate.policy import GatePolicy
from caseplane.orchestrator.gate.rule import Decision
from caseplane.orchestrator.gate.signals import GateSignals
from caseplane.orchestrator.models import Message, Session
from caseplane.orchestrator.query import build_query
from caseplane.orchestrator.schemas import Stage
from caseplane.retrieval.schemas import SearchRequest, SearchResponse

log = get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """A snapshot of what is to be answered.

    Attributes:
        session: as it was read; not attached to a transaction.
        pending: the customer's messages that nobody has dealt with, in order.
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
        """The pending messages as one."""
        return "\n".join(message.content for message in self.pending)

    @property
    def may_clarify(self) -> bool:
        """One clarifying question before escalation, not a second."""
        return self.session.clarifications == 0


@dataclass
class Outcome:
    """What the pipeline says should happen, with everything that shows why."""

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


async def run(o: Orchestrator, question: Question) -> Outcome:
    """Find out what should happen with the pending messages."""
    outcome = Outcome()
    text = question.text
    with outcome.stage("analyse") as detail:
        injection = detect_injection(text)
        person = wants_person(text)
        outcome.confirmed = question.session.answered and is_confirmation(text)
        detail.update(injection=injection.score, wants_person=person)
    if outcome.confirmed:
        return outcome
    base = GateSignals(unsafe_input=injection.detected, customer_request=person, llm_error=False)
    with outcome.stage("query"):
        outcome.query = build_query(question.pending, question.history)
    if not (person or injection.detected):
        failed = await _find(o, question, outcome)
        if failed is None:
            await _answer(o, question, outcome)
        else:  # a person must see it: what could not be searched cannot be answered
            base = base.model_copy(update={"evaluator_verdict": "error"})
            log.warning("retrieval_failed", error=failed)
    with outcome.stage("gate") as detail:
        outcome.signals, outcome.decision, outcome.questions = await judge(
            base=base,
            question=outcome.query,
            draft=outcome.draft,
            evidence=outcome.evidence,
            withheld=outcome.withheld,
            policy=question.policy,
            may_clarify=question.may_clarify,
        )
        detail.update(
            verdict=outcome.decision.verdict,
            reason=outcome.decision.reason,
            confidence=outcome.decision.confidence,
        )
    return outcome


async def _find(o: Orchestrator, question: Question, outcome: Outcome) -> str | None:
    """Search; returns the class of the error if it failed."""
    session = question.session
    request = SearchRequest(
        query=outcome.query,
        knowledge_base_ids=session.knowledge_base_ids,
        limit=o.settings.evidence_limit,
        session_id=session.id,
    )
    with outcome.stage("retrieve") as detail:
        try:
            found: SearchResponse = await o.retrieval.search(
                on_behalf_of(session.tenant_id, session), request
            )
        except CaseplaneError as exc:
            detail["error"] = type(exc).__name__
            return type(exc).__name__
        outcome.retrieved_at = utcnow()
        outcome.withheld = found.withheld
        outcome.evidence = [hit.as_evidence(Evidence) for hit in found.results]
        detail.update(found=len(outcome.evidence), withheld=found.withheld)
    return None


async def _answer(o: Orchestrator, question: Question, outcome: Outcome) -> None:
    account = CallAccount(tenant_id=question.session.tenant_id, session_id=question.session.id)
    with outcome.stage("answer") as detail:
        answerer = answerer_for(o, account)
        outcome.draft = await answerer.answer(outcome.query, outcome.evidence)
        detail.update(origin=outcome.draft.origin, sentences=len(outcome.draft.sentences))
