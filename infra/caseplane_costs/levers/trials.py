"""Tries levers on a stack."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from caseplane_costs.levers.edits import Case
from caseplane_costs.levers.kinds import KINDS, Kind
from caseplane_costs.lines import Estimate

State = Literal["open", "in use", "dearer", "no effect"]
Estimator = Callable[[Case], Estimate]
CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Lever:
    """A lever, tried on a stack."""

    key: str
    title: str
    source: str
    state: State
    saving: Decimal
    """Expected, a month; for a lever in use what it saves already; negative where it would cost more."""
    assumption: str


def try_levers(case: Case, estimate: Estimator) -> tuple[Lever, ...]:
    """Try every lever on a case.

    Args:
        case: the stack as it is, its use, and the choices about paying.
        estimate: prices a case.
    """
    base = estimate(case)
    return tuple(_tried(kind, case, base, estimate) for kind in KINDS)


def _tried(kind: Kind, case: Case, base: Estimate, estimate: Estimator) -> Lever:
    state, saving, reason = _result(kind, case, base, estimate)
    return Lever(
        key=kind.key, title=kind.title, source=kind.source, state=state, saving=saving,
        assumption=reason or kind.assumption,
    )  # fmt: skip


def _result(kind: Kind, case: Case, base: Estimate, estimate: Estimator) -> tuple[State, Decimal, str]:
    """The effect of applying a lever; if there is none, the effect of undoing it."""
    more: Decimal | None = None
    for edit, sign in ((kind.apply, 1), (kind.undo, -1)):
        if edit is None:
            continue
        changed = estimate(edit(case))
        reason = _newly_unpriced(base, changed)
        if reason:
            return "no effect", Decimal(0), f"cannot be computed: {reason}"
        saving = sign * (base.total.expected - changed.total.expected)
        if saving >= CENT:
            return ("open" if sign == 1 else "in use"), saving, ""
        if sign == 1 and saving <= -CENT:
            more = saving
    return (
        ("dearer", more, "") if more is not None else ("no effect", Decimal(0), "this stack has none of it")
    )


def _newly_unpriced(base: Estimate, changed: Estimate) -> str:
    """The reason why a resource that had a price has none after the change; empty if all have."""
    known = {each.urn for each in base.unpriced}
    return next((each.reason for each in changed.unpriced if each.urn not in known), "")
