"""The decision rule (R000-33): pass only if every rule holds, otherwise report the failed ones and why.

`decide` is a pure function of signals and policy, so a stored decision can be replayed and a new
policy can be tested on old signals. It fails closed: a signal that is missing or not a number counts
against the answer.
"""

import math
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from caseplane.gate.policy import Action, ClassThresholds, GatePolicy
from caseplane.gate.reasons import ReasonCode
from caseplane.gate.signals import EvaluatorVerdict, GateSignals


class Verdict(StrEnum):
    """The result for the draft."""

    passed = "pass"
    clarify = "clarify"
    escalate = "escalate"


class FailedRule(BaseModel):
    """One rule that did not hold."""

    model_config = ConfigDict(frozen=True)

    signal: str
    reason: ReasonCode
    detail: str


class Decision(BaseModel):
    """The gate's word on one draft, with all it takes to explain and replay it.

    Attributes:
        reason: why it did not pass; None exactly when it passed.
        confidence: the draft's confidence; 0 when there was none to be had.
        explanation: one sentence for the agent and the event log.
        failed: every rule that did not hold, the decisive one first.
        clarifying_question: the question to ask when the verdict is `clarify`.
        policy_version: the policy that was applied.
    """

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    reason: ReasonCode | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    explanation: str
    failed: tuple[FailedRule, ...]
    clarifying_question: str | None = None
    policy_version: str


_Rule = Callable[[GateSignals, ClassThresholds, GatePolicy], FailedRule | None]


def decide(signals: GateSignals, policy: GatePolicy, *, clarifying_question: str | None = None) -> Decision:
    """Decide on a draft.

    Args:
        signals: measured on question, evidence and draft.
        policy: the thresholds to apply.
        clarifying_question: a question that may still be asked; None if there is none or one was
            already asked.

    Returns:
        Always the same decision for the same arguments.
    """
    thresholds = policy.thresholds(signals.question_class)
    failed = tuple(f for rule in _RULES if (f := rule(signals, thresholds, policy)) is not None)
    confidence = signals.confidence if _is_share(signals.confidence) else 0.0
    assert confidence is not None  # _is_share refused None
    if not failed:
        return Decision(
            verdict=Verdict.passed,
            reason=None,
            confidence=confidence,
            explanation=f"All rules of policy {policy.version} hold.",
            failed=(),
            policy_version=policy.version,
        )
    decisive = failed[0]
    # A question must be able to resolve every failed rule: a clarification must not hide a conflict.
    asks = bool(clarifying_question) and all(
        policy.actions.get(f.reason, Action.escalate) is Action.clarify for f in failed
    )
    return Decision(
        verdict=Verdict.clarify if asks else Verdict.escalate,
        reason=decisive.reason,
        confidence=confidence,
        explanation=decisive.detail,
        failed=failed,
        clarifying_question=clarifying_question if asks else None,
        policy_version=policy.version,
    )


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _is_share(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and 0 <= value <= 1


def _missing(signal: str) -> FailedRule:
    return FailedRule(
        signal=signal,
        reason=ReasonCode.evaluator_error,
        detail=f"The signal {signal} could not be computed.",
    )


def _flag(signal: str, reason: ReasonCode, detail: str, *, bad: bool) -> _Rule:
    """A rule over a yes/no signal that fails when it equals `bad` or is missing."""

    def rule(signals: GateSignals, _: ClassThresholds, __: GatePolicy) -> FailedRule | None:
        value: bool | None = getattr(signals, signal)
        if value is None:
            return _missing(signal)
        if value is bad:
            return FailedRule(signal=signal, reason=reason, detail=detail)
        return None

    return rule


def _class_allowed(
    signals: GateSignals, thresholds: ClassThresholds, policy: GatePolicy
) -> FailedRule | None:
    name = signals.question_class
    if name in policy.escalated_classes:
        detail = f"Questions of class {name} always go to a person."
    elif thresholds.min_confidence is None:
        detail = f"The gate is closed for class {name}: no threshold keeps its error budget."
    else:
        return None
    return FailedRule(signal="question_class", reason=ReasonCode.policy, detail=detail)


def _evidence_found(signals: GateSignals, thresholds: ClassThresholds, _: GatePolicy) -> FailedRule | None:
    top, count = signals.retrieval_top_score, signals.chunks_above_min_relevance
    if top is None or not _is_number(top):
        return _missing("retrieval_top_score")
    if count is None:
        return _missing("chunks_above_min_relevance")
    if top >= thresholds.min_relevance and count >= thresholds.min_chunks:
        return None
    return FailedRule(
        signal="chunks_above_min_relevance",
        reason=ReasonCode.no_evidence,
        detail=(
            f"{count} chunks reach the relevance {thresholds.min_relevance:.2f}, "
            f"{thresholds.min_chunks} are needed; the best has {top:.2f}."
        ),
    )


def _covered(signals: GateSignals, thresholds: ClassThresholds, _: GatePolicy) -> FailedRule | None:
    if signals.coverage is None:
        return _missing("coverage")
    unknown = sorted(thresholds.slots - signals.coverage.keys())
    if unknown:
        return _missing(f"coverage.{unknown[0]}")
    open_slots = sorted(slot for slot, supported in signals.coverage.items() if not supported)
    if not open_slots:
        return None
    return FailedRule(
        signal="coverage",
        reason=ReasonCode.insufficient_coverage,
        detail=f"The evidence does not support: {', '.join(open_slots)}.",
    )


def _evaluator_passed(signals: GateSignals, _: ClassThresholds, __: GatePolicy) -> FailedRule | None:
    verdict = signals.evaluator_verdict
    if verdict is EvaluatorVerdict.passed:
        return None
    if verdict is EvaluatorVerdict.failed:
        return FailedRule(
            signal="evaluator_verdict",
            reason=ReasonCode.low_confidence,
            detail="The evaluator refused the answer.",
        )
    return _missing("evaluator_verdict")


def _confident(signals: GateSignals, thresholds: ClassThresholds, _: GatePolicy) -> FailedRule | None:
    if not _is_share(signals.confidence):
        return _missing("confidence")
    assert signals.confidence is not None  # _is_share refused None
    # `_class_allowed` reports a closed class.
    if thresholds.min_confidence is None or signals.confidence >= thresholds.min_confidence:
        return None
    return FailedRule(
        signal="confidence",
        reason=ReasonCode.low_confidence,
        detail=(
            f"Confidence {signals.confidence:.2f} is below {thresholds.min_confidence:.2f} "
            f"for class {signals.question_class}."
        ),
    )


# In order of precedence: wishes of the customer or the tenant, then failures, then facts about the
# evidence, last the confidence of the answer.
_RULES: tuple[_Rule, ...] = (
    _flag("unsafe_input", ReasonCode.unsafe_input, "The message is unsafe to answer.", bad=True),
    _flag(
        "customer_request",
        ReasonCode.customer_request,
        "The customer asked for a person.",
        bad=True,
    ),
    _class_allowed,
    _flag("llm_error", ReasonCode.llm_error, "The language model failed.", bad=True),
    _flag(
        "evidence_withheld",
        ReasonCode.missing_entitlement,
        "Evidence exists that this customer may not see.",
        bad=True,
    ),
    _evidence_found,
    _flag(
        "citations_complete",
        ReasonCode.missing_citations,
        "A statement of the answer has no verified citation.",
        bad=False,
    ),
    _flag(
        "conflict_detected",
        ReasonCode.conflicting_sources,
        "The best sources contradict one another.",
        bad=True,
    ),
    _covered,
    _evaluator_passed,
    _confident,
)
