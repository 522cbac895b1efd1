"""A diff as a document, short enough for a comment."""

from collections.abc import Iterator

from caseplane_costs.diff import Diff, Step
from caseplane_costs.quantities import NOTHING
from caseplane_costs.report.document import (
    NONE,
    Cell,
    Document,
    Section,
    cells,
    change,
    columns,
    money,
    percent,
    span,
)
from caseplane_costs.stacks import name_of


def changed(diff: Diff) -> Document:
    """What a preview does to the bill."""
    return Document(
        title=f"Cost of this change: {diff.stack}",
        headline=_headline(diff),
        facts=(
            f"{money(diff.before.expected)} before, {money(diff.after.expected)} after "
            f"({percent(diff.monthly, diff.before.expected)})",
            f"low to high: {span(diff.before)} before, {span(diff.after)} after",
            f"once: {money(diff.once.expected)} ({money(diff.once.low)} to {money(diff.once.high)})",
        ),
        warnings=(*diff.warnings, *(f"Without a price: {each}" for each in diff.unpriced)),
        sections=tuple(_sections(diff)),
    )


def _headline(diff: Diff) -> str:
    amount = money(diff.monthly, sign=True)
    return f"{amount} {diff.currency} a month" if amount != "0.00" else "No change a month"


def _sections(diff: Diff) -> Iterator[Section]:
    steps = [each for each in diff.steps if each.op != "unchanged"]
    others = [each for each in diff.steps if each.op == "unchanged"]
    quiet = f"{diff.silent} further steps cost nothing more or less."
    yield Section(
        title="Steps",
        text=(
            *([] if steps else ["No step costs anything more or less."]),
            *([quiet] if steps and diff.silent else []),
        ),
        columns=columns("step", "resource", "component", ">before", ">after", ">a month", ">once", "note")
        if steps
        else (),
        rows=tuple(_row(each) for each in steps),
        total=_total(diff) if steps and not others else (),
    )
    if others:
        yield Section(
            title="Moved by the others",
            text=("These stay as they are, but take more or less of what is used.",),
            columns=columns(
                "step", "resource", "component", ">before", ">after", ">a month", ">once", "note"
            ),
            rows=tuple(_row(each) for each in others),
            total=_total(diff),
        )


def _row(step: Step) -> tuple[Cell, ...]:
    once = NONE if step.once == NOTHING else money(step.once.expected)
    name = name_of(step.urn)
    return cells(
        step.op,
        name,
        step.component,
        money(step.before),
        money(step.after),
        change(step.monthly),
        once,
        step.note,
    )


def _total(diff: Diff) -> tuple[Cell, ...]:
    return cells(
        "total", "", "", money(diff.before.expected), money(diff.after.expected), change(diff.monthly),
        money(diff.once.expected), "all lines of the stack, what is unchanged among them",
    )  # fmt: skip
