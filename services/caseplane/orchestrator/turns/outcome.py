"""What a turn found, before it is written down."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from caseplane.answering import DraftAnswer, Evidence
from caseplane.core.clock import utcnow
from caseplane.core.telemetry import span
from caseplane.dialogue import Act, Understanding
from caseplane.gate import Choice, Decision, GateSignals, ReasonCode, Verdict
from caseplane.orchestrator.conversations.schemas import Stage

UNSURE = frozenset({ReasonCode.low_confidence, ReasonCode.insufficient_coverage})


@dataclass
class Attempt:
    """One question of the customer, searched for, answered and judged by itself.

    Attributes:
        question: in the customer's words.
        query: what was searched for.
        excluded: whether sources that the customer was shown before were left out.
        handed_over_for: why a person takes over without a decision of the gate.
        section: that the customer means; the evidence is this section.
        choices: what the customer may be offered, or the person who takes over may offer.
        may_clarify: whether the choices could have been offered.
    """

    question: str = ""
    query: str = ""
    excluded: bool = False
    handed_over_for: ReasonCode | None = None
    draft: DraftAnswer | None = None
    decision: Decision | None = None
    signals: GateSignals = field(default_factory=GateSignals)
    evidence: list[Evidence] = field(default_factory=list)
    withheld: int = 0
    retrieved_at: datetime | None = None
    section: Choice | None = None
    choices: list[Choice] = field(default_factory=list)
    may_clarify: bool = False

    @property
    def passed(self) -> bool:
        return bool(self.draft and self.decision and self.decision.verdict is Verdict.passed)

    @property
    def asks(self) -> str | None:
        """The question that the customer is asked back."""
        decision = self.decision
        return decision.clarifying_question if decision and decision.verdict is Verdict.clarify else None

    @property
    def unsure(self) -> bool:
        """Whether the gate refused the draft only because it may not be the answer."""
        failed = self.decision.failed if self.decision else ()
        return bool(failed) and all(rule.reason in UNSURE for rule in failed)

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


@dataclass
class Outcome:
    """What should happen, with everything that shows why.

    Attributes:
        understood: what the message does.
        reply: kind of the notice that replies to it; None if the attempts do, or if it is confirmed.
        attempts: one for each question that was searched for; empty if a notice replies.
    """

    understood: Understanding = field(default_factory=lambda: Understanding(Act.question))
    reply: str | None = None
    attempts: list[Attempt] = field(default_factory=list)
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
