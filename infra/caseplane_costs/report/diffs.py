"""A diff as a document, short enough for a comment."""

from collections.abc import Iterable, Iterator

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


def diff_document(diff: Diff) -> Document:
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
    return f"{amount} {diff.currency} a month" if amount != "0.00" else "No change per month"


def _sections(diff: Diff) -> Iterator[Section]:
    steps = [each for each in diff.steps if each.op != "unchanged"]
    others = [each for each in diff.steps if each.op == "unchanged"]
    total = _total(diff)
    if steps:
        silent = (f"{diff.silent} further steps have no effect on cost.",) if diff.silent else ()
        yield _table("Steps", silent, steps, () if others else total)
    else:
        yield Section(title="Steps", text=("No step has an effect on cost.",))
    if others:
        why = "These resources do not change, but get more or less of the use."
        yield _table("Effect on other resources", (why,), others, total)


def _table(title: str, text: tuple[str, ...], steps: Iterable[Step], total: tuple[Cell, ...]) -> Section:
    return Section(
        title=title,
        text=text,
        columns=columns("step", "resource", "component", ">before", ">after", ">a month", ">once", "note"),
        rows=tuple(map(_row, steps)),
        total=total,
    )


def _row(step: Step) -> tuple[Cell, ...]:
    once = NONE if step.once == NOTHING else money(step.once.expected)
    return cells(
        step.op, name_of(step.urn), step.component, money(step.before), money(step.after), change(step.monthly), once,
        step.note,
    )  # fmt: skip


def _total(diff: Diff) -> tuple[Cell, ...]:
    return cells(
        "total", "", "", money(diff.before.expected), money(diff.after.expected), change(diff.monthly),
        money(diff.once.expected), "all lines of the stack, including unchanged ones",
    )  # fmt: skip
