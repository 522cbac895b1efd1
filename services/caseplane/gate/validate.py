"""Cross-validation of a fit: fitted on some labels, measured on the others, in turn."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from caseplane.gate.calibrate import Calibration, LabelledDecision, calibrate
from caseplane.gate.policy import ErrorBudget, GatePolicy
from caseplane.gate.rule import Verdict, decide
from caseplane.gate.signals import GateSignals

FOLDS = 5


@dataclass(frozen=True, slots=True)
class LabelledSignals:
    """A stored decision's signals, and whether its draft was wrong.

    Attributes:
        group: labels of one group (an article, a customer) are similar, so a split never separates them.
    """

    signals: GateSignals
    wrong: bool
    group: str


class Measured(BaseModel):
    """What a policy does with labelled drafts.

    Attributes:
        wrong: wrong drafts that it sends.
        wrong_answer_rate: of the drafts that it sends; None where it sends none.
        wrong_per_question: of all drafts.
        coverage: share of the drafts that it sends.
    """

    model_config = ConfigDict(frozen=True)

    asked: int
    answered: int
    wrong: int
    wrong_answer_rate: float | None
    wrong_per_question: float
    coverage: float


def fit_policy(
    rows: Sequence[LabelledSignals], base: GatePolicy, budget: ErrorBudget, *, version: str
) -> tuple[GatePolicy, Calibration]:
    """Fit the confidence thresholds of a policy; its other rules stay unchanged."""
    fit = calibrate(labelled(rows, base), budget)
    return fit.policy(base, version=version), fit


def labelled(rows: Sequence[LabelledSignals], base: GatePolicy) -> list[LabelledDecision]:
    """Labels for `calibrate`.

    Drafts that other rules refuse are never sent, whatever their confidence, so they use no budget.
    """
    opened = _opened(base)
    return [
        LabelledDecision(
            confidence=(row.signals.confidence or 0.0) if sends(opened, row.signals) else 0.0,
            wrong=row.wrong,
            question_class=row.signals.question_class,
            group=row.group,
        )
        for row in rows
    ]


def sends(policy: GatePolicy, signals: GateSignals) -> bool:
    return decide(signals, policy).verdict is Verdict.passed


def measure_policy(policies: Sequence[tuple[GatePolicy, Sequence[LabelledSignals]]]) -> Measured:
    """The total results of policies, each on its own labels."""
    asked = sum(len(rows) for _, rows in policies)
    sent = [row for policy, rows in policies for row in rows if sends(policy, row.signals)]
    wrong = sum(row.wrong for row in sent)
    return Measured(
        asked=asked,
        answered=len(sent),
        wrong=wrong,
        wrong_answer_rate=wrong / len(sent) if sent else None,
        wrong_per_question=wrong / asked if asked else 0.0,
        coverage=len(sent) / asked if asked else 0.0,
    )


def cross_validate(
    rows: Sequence[LabelledSignals], base: GatePolicy, budget: ErrorBudget, *, folds: int = FOLDS
) -> Measured:
    """For each fold of the groups: fit on the other folds and count the results on this one."""
    parts: list[list[LabelledSignals]] = [[] for _ in range(folds)]
    for row in rows:  # by the group's name, so that the same labels give the same figures every time
        parts[zlib.crc32(row.group.encode()) % folds].append(row)
    pairs = []
    for left_out in filter(None, parts):
        others = [row for part in parts if part is not left_out for row in part]
        pairs.append((fit_policy(others, base, budget, version="fold")[0], left_out))
    return measure_policy(pairs)


def _opened(base: GatePolicy) -> GatePolicy:
    """The policy with every other rule but no threshold."""
    return base.model_copy(
        update={
            "default": base.default.model_copy(update={"min_confidence": 0.0}),
            "classes": {
                name: each.model_copy(update={"min_confidence": 0.0}) for name, each in base.classes.items()
            },
        }
    )
