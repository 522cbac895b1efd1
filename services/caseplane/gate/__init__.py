"""The quality gate: a decision rule on named signals, fitted to an error budget.

Pure: no SQL, no HTTP. The evaluator measures the signals of a draft (`measure`), the rule decides
(`decide`), and policies are fitted from labelled decisions (`calibrate`).
"""

from caseplane.gate.calibrate import (
    Calibration,
    ClassCalibration,
    LabelledDecision,
    calibrate,
    clopper_pearson_upper,
)
from caseplane.gate.clarify import Choice, find_choices
from caseplane.gate.conflict import find_conflict
from caseplane.gate.identical import same_question
from caseplane.gate.measure import measure
from caseplane.gate.policy import (
    Action,
    ClassThresholds,
    ErrorBase,
    ErrorBudget,
    GatePolicy,
)
from caseplane.gate.reasons import ReasonCode
from caseplane.gate.rule import Decision, FailedRule, Verdict, decide
from caseplane.gate.shipped import SHIPPED_POLICY
from caseplane.gate.signals import EvaluatorVerdict, GateSignals
from caseplane.gate.validate import (
    LabelledSignals,
    Measured,
    cross_validate,
    fit_policy,
    measure_policy,
    sends,
)

__all__ = [
    "SHIPPED_POLICY",
    "Action",
    "Calibration",
    "Choice",
    "ClassCalibration",
    "ClassThresholds",
    "Decision",
    "ErrorBase",
    "ErrorBudget",
    "EvaluatorVerdict",
    "FailedRule",
    "GatePolicy",
    "GateSignals",
    "LabelledDecision",
    "LabelledSignals",
    "Measured",
    "ReasonCode",
    "Verdict",
    "calibrate",
    "clopper_pearson_upper",
    "cross_validate",
    "decide",
    "find_choices",
    "find_conflict",
    "fit_policy",
    "measure",
    "measure_policy",
    "same_question",
    "sends",
]
