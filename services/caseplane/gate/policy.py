"""The gate's policy: every threshold of the decision rule, versioned, as data.

`calibrate` fits a policy, the evaluator's policy table stores it, an admin activates or reverts it, and
every decision names it. A change of any number makes a new version.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from caseplane.gate.reasons import ReasonCode

Share = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Action(StrEnum):
    """What to do about a failed rule."""

    escalate = "escalate"
    clarify = "clarify"
    """Ask one clarifying question first, if one can be built and none was asked yet."""


class ErrorBase(StrEnum):
    """Out of what wrong answers are counted."""

    answered = "answered"
    """Of the questions answered: how often an answer is wrong."""
    asked = "asked"
    """Of all questions asked: how often a customer gets a wrong answer."""


class ErrorBudget(_Frozen):
    """What a policy was fitted to: "at most `wrong` wrong answers, at `certainty` confidence"."""

    wrong: Share = 0.05
    base: ErrorBase = ErrorBase.answered
    certainty: Annotated[float, Field(gt=0, lt=1)] = 0.95


class ClassThresholds(_Frozen):
    """Thresholds for one class of questions.

    Attributes:
        min_confidence: lowest confidence that passes; None closes the gate for the class.
        min_relevance: lowest cosine similarity at which a chunk counts as evidence.
        min_chunks: how many such chunks an answer needs (N of R000-32).
        slots: parts every answer of this class must be supported for (R000-37).
    """

    min_confidence: Share | None = 0.5
    min_relevance: Annotated[float, Field(ge=-1, le=1)] = 0.3
    min_chunks: Annotated[int, Field(ge=1)] = 1
    slots: frozenset[str] = frozenset()


# A question to the customer cannot resolve these; a person must see the case.
_NEVER_CLARIFIED = frozenset(
    {
        ReasonCode.missing_entitlement,
        ReasonCode.llm_error,
        ReasonCode.evaluator_error,
        ReasonCode.customer_request,
        ReasonCode.policy,
        ReasonCode.unsafe_input,
        ReasonCode.unhelpful_answer,
        ReasonCode.conflicting_sources,
        ReasonCode.missing_citations,
    }
)


class GatePolicy(_Frozen):
    """One version of the decision rule's numbers.

    Attributes:
        version: name of this version, stored with each decision.
        default: thresholds for classes not named in `classes`.
        classes: thresholds by question class.
        escalated_classes: classes that always go to a person (reason `policy`).
        actions: what to do for a reason; reasons not named escalate.
        budget: the error budget it was fitted to; None for one set by hand.
    """

    version: Annotated[str, Field(min_length=1, max_length=100)]
    default: ClassThresholds = ClassThresholds()
    classes: dict[str, ClassThresholds] = {}
    escalated_classes: frozenset[str] = frozenset()
    actions: dict[ReasonCode, Action] = {
        ReasonCode.no_evidence: Action.clarify,
        ReasonCode.insufficient_coverage: Action.clarify,
        ReasonCode.low_confidence: Action.clarify,
    }
    budget: ErrorBudget | None = None

    @model_validator(mode="after")
    def _clarify_only_resolvable_reasons(self) -> Self:
        refused = {
            reason
            for reason, action in self.actions.items()
            if action is Action.clarify and reason in _NEVER_CLARIFIED
        }
        if refused:
            raise ValueError(f"asking the customer cannot resolve {', '.join(sorted(refused))}")
        return self

    def thresholds(self, question_class: str) -> ClassThresholds:
        """Thresholds that hold for a class of questions."""
        return self.classes.get(question_class, self.default)
