"""Fits the gate to an error budget from labelled decisions (R000-39).

"At most 5 % wrong answers, at 95 % confidence" becomes, per class of questions, the lowest
confidence threshold whose exact upper bound (Clopper-Pearson) on the wrong-answer rate stays within
the budget. Several thresholds are tried on the same labels, so the certainty is divided among them
(Bonferroni); otherwise a threshold could win by chance and exceed the budget on new questions. If no
threshold stays within the budget, the gate is closed for that class and the report shows coverage 0.

Questions must be sampled like those in production. Labels in clusters (many questions about one
document) carry less information than their number suggests; `group` identifies the clusters, and the
counts are divided by their design effect.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from caseplane.gate.policy import (
    ClassThresholds,
    ErrorBase,
    ErrorBudget,
    GatePolicy,
)

# Thresholds tried per class: each answers a fifth more questions than the one before it.
_GRID_GROWTH = 1.2


class LabelledDecision(BaseModel):
    """A draft with its confidence, and whether a person judged it wrong.

    Attributes:
        wrong: the knowledge base has no answer, or the draft does not give it.
        group: the subject of the question (a document, a customer); labels of one group are similar.
    """

    model_config = ConfigDict(frozen=True)

    confidence: Annotated[float, Field(ge=0, le=1)]
    wrong: bool
    question_class: str = "default"
    group: str | None = None


class ClassCalibration(BaseModel):
    """What was fitted for one class of questions.

    Attributes:
        threshold: lowest confidence that is answered; None when the gate is closed.
        asked: labelled questions of the class.
        answered: how many of them reach the threshold.
        wrong: how many of the answered are wrong.
        bound: upper bound on the budgeted rate at the budget's certainty; 0 when closed.
        note: one sentence for the person who decides whether to activate it.
    """

    model_config = ConfigDict(frozen=True)

    question_class: str
    threshold: float | None
    asked: int
    answered: int
    wrong: int
    bound: float
    note: str

    @property
    def coverage(self) -> float:
        """Share of the questions that would be answered."""
        return self.answered / self.asked if self.asked else 0.0


class Calibration(BaseModel):
    """The fit of every class to one budget."""

    model_config = ConfigDict(frozen=True)

    budget: ErrorBudget
    classes: dict[str, ClassCalibration]

    def policy(self, base: GatePolicy, *, version: str) -> GatePolicy:
        """Return `base` with the fitted thresholds, as a new version.

        A class without labels gets the thresholds of "default"; if that class was not fitted either, it is
        closed, because nothing is known about it.
        """
        fitted = {
            name: base.thresholds(name).model_copy(update={"min_confidence": found.threshold})
            for name, found in self.classes.items()
        }
        closed: ClassThresholds = base.default.model_copy(update={"min_confidence": None})
        return base.model_copy(
            update={
                "version": version,
                "default": fitted.pop("default", closed),
                "classes": {**_closed(base.classes), **fitted},
                "budget": self.budget,
            }
        )


def _closed(classes: dict[str, ClassThresholds]) -> dict[str, ClassThresholds]:
    return {
        name: thresholds.model_copy(update={"min_confidence": None}) for name, thresholds in classes.items()
    }


def calibrate(decisions: Iterable[LabelledDecision], budget: ErrorBudget) -> Calibration:
    """Fit one confidence threshold per class of questions.

    Args:
        decisions: labelled drafts; each counts for the threshold of its class.
        budget: the maximum rate of wrong answers, its base and the certainty.

    Returns:
        The lowest threshold within the budget for each class, or a closed gate.
    """
    by_class: dict[str, list[LabelledDecision]] = defaultdict(list)
    for decision in decisions:
        by_class[decision.question_class].append(decision)
    return Calibration(
        budget=budget,
        classes={name: _fit_class(name, rows, budget) for name, rows in sorted(by_class.items())},
    )


def _fit_class(name: str, rows: Sequence[LabelledDecision], budget: ErrorBudget) -> ClassCalibration:
    ordered = sorted(rows, key=lambda row: -row.confidence)
    prefixes = _prefix_sizes(ordered, budget)
    certainty = 1 - (1 - budget.certainty) / max(1, len(prefixes))
    best: tuple[int, int, float] | None = None
    for size in prefixes:
        answered = ordered[:size]
        wrong = sum(row.wrong for row in answered)
        base = rows if budget.base is ErrorBase.asked else answered
        counted = {id(row) for row in answered if row.wrong}
        effect = design_effect([(id(row) in counted, row.group) for row in base])
        bound = clopper_pearson_upper(wrong / effect, len(base) / effect, certainty)
        if bound <= budget.wrong:
            best = (size, wrong, bound)
    if best is None:
        return ClassCalibration(
            question_class=name,
            threshold=None,
            asked=len(rows),
            answered=0,
            wrong=0,
            bound=0.0,
            note=(
                f"Closed: no threshold keeps wrong answers within {budget.wrong:.1%} of "
                f"{budget.base} questions at {budget.certainty:.0%} certainty "
                f"({len(rows)} labels)."
            ),
        )
    size, wrong, bound = best
    return ClassCalibration(
        question_class=name,
        threshold=ordered[size - 1].confidence,
        asked=len(rows),
        answered=size,
        wrong=wrong,
        bound=bound,
        note=(
            f"Answers {size} of {len(rows)}; at most {bound:.1%} of {budget.base} wrong at "
            f"{budget.certainty:.0%} certainty."
        ),
    )


def _prefix_sizes(ordered: Sequence[LabelledDecision], budget: ErrorBudget) -> list[int]:
    """How many of the most confident rows to try answering, from few to all.

    Sizes do not depend on the labels; otherwise dividing the certainty would be invalid. Each is moved past
    rows of equal confidence, which no threshold can separate.
    """
    # With fewer rows, even a sample without errors proves nothing about the budget.
    least = 1
    if budget.base is ErrorBase.answered and 0 < budget.wrong < 1:
        least = math.ceil(math.log(1 - budget.certainty) / math.log(1 - budget.wrong))
    sizes: list[int] = []
    size = float(max(least, 10))
    while size < len(ordered):
        sizes.append(_past_ties(ordered, round(size)))
        size *= _GRID_GROWTH
    if len(ordered) >= least:
        sizes.append(len(ordered))
    return sorted(set(sizes))


def _past_ties(ordered: Sequence[LabelledDecision], size: int) -> int:
    while size < len(ordered) and ordered[size].confidence == ordered[size - 1].confidence:
        size += 1
    return size


def design_effect(rows: Sequence[tuple[bool, str | None]]) -> float:
    """How much less information a clustered sample has than an independent one of the same size.

    Args:
        rows: for each labelled draft, whether it counts as wrong, and its group (None: on its own).

    Returns:
        The variance of the rate by groups over its binomial variance, at least 1.

    Source: Rao and Scott, Biometrics 1992, doi:10.2307/2532311 (ratio estimator over clusters).
    """
    groups: dict[str, tuple[int, int]] = {}
    for index, (wrong, group) in enumerate(rows):
        key = f"g{group}" if group is not None else f"i{index}"
        seen, bad = groups.get(key, (0, 0))
        groups[key] = (seen + 1, bad + wrong)
    total = len(rows)
    rate = sum(bad for _, bad in groups.values()) / total if total else 0.0
    if len(groups) < 2 or rate in (0.0, 1.0):
        return 1.0
    squares = sum((bad - rate * seen) ** 2 for seen, bad in groups.values())
    variance = len(groups) / (len(groups) - 1) * squares / total**2
    return max(1.0, variance / (rate * (1 - rate) / total))


def clopper_pearson_upper(wrong: float, total: float, certainty: float) -> float:
    """Exact one-sided upper bound on a rate.

    Args:
        wrong: number of events; may be fractional (divided by a design effect).
        total: number of trials; at least `wrong`.
        certainty: in (0, 1).

    Returns:
        The largest rate under which `wrong` or fewer out of `total` still has probability of at
        least 1 - `certainty`; 1 when `total` is 0 or all are wrong.

    Raises:
        ValueError: the counts or the certainty are out of range.

    Source: Clopper and Pearson, Biometrika 1934, doi:10.1093/biomet/26.4.404.
    """
    if not 0 <= wrong <= total or not 0 < certainty < 1:
        raise ValueError(f"no bound for {wrong} out of {total} at certainty {certainty}")
    if wrong == total:
        return 1.0
    low, high = 0.0, 1.0
    # The bound is the `certainty` quantile of Beta(wrong + 1, total - wrong).
    for _ in range(100):
        middle = (low + high) / 2
        if _beta_cdf(middle, wrong + 1, total - wrong) < certainty:
            low = middle
        else:
            high = middle
    return high


def _beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b) for a, b > 0."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The continued fraction converges fast on one side of the mean; use symmetry for the other.
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Continued fraction of the incomplete beta function by Lentz's method.

    Source: DLMF 8.17.22, https://dlmf.nist.gov/8.17#v.
    """
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = 1 + coefficient * d
            d = 1 / (d if abs(d) > tiny else tiny)
            c = 1 + coefficient / c
            c = c if abs(c) > tiny else tiny
            result *= c * d
        if abs(c * d - 1) < 1e-14:
            return result
    raise ArithmeticError(f"incomplete beta of {a}, {b} at {x} does not converge")
