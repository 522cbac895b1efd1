"""Budgets and the planned amounts, as a document."""

from collections.abc import Sequence
from decimal import Decimal

from caseplane_costs.budgets import Verdict
from caseplane_costs.lines import Estimate
from caseplane_costs.report.document import NONE, Cell, Document, Section, cells, columns, money

WORDS = {"stop": "stop", "warn": "warning", None: "within"}


def budgets_document(verdicts: Sequence[Verdict], estimate: Estimate) -> Document:
    """Every budget, the exceeded ones first."""
    stopped = sum(each.level == "stop" for each in verdicts)
    warned = sum(each.level == "warn" for each in verdicts)
    headline = f"{stopped} over the limit, {warned} near it, of {len(verdicts)} budgets"
    unpriced = len(estimate.unpriced)
    missing = f"{unpriced} resources have no price: the stack costs more than what is compared here."
    order = {"stop": 0, "warn": 1, None: 2}
    return Document(
        title=f"Budgets: {estimate.stack}",
        headline=headline if stopped or warned else f"All {len(verdicts)} budgets are kept",
        warnings=(*([missing] if unpriced else []), *estimate.warnings),
        sections=(
            Section(
                title="Budgets",
                columns=columns(
                    "verdict",
                    "of",
                    "name",
                    f">planned, {estimate.currency} a month",
                    ">warns at",
                    ">stops at",
                ),
                rows=tuple(_row(each) for each in sorted(verdicts, key=lambda each: order[each.level])),
            ),
        ),
    )


def _row(each: Verdict) -> tuple[Cell, ...]:
    tone = "good" if each.level is None else "bad"
    verdict = Cell(WORDS[each.level], tone=tone)
    return cells(
        verdict, each.scope, each.name, money(each.planned), _bound(each.limit.warn), _bound(each.limit.stop)
    )


def _bound(amount: Decimal | None) -> str:
    return NONE if amount is None else money(amount)
