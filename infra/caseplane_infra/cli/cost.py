"""The commands about costs.

Exit codes: 0 all is well; 1 a budget is broken, or in strict mode something has no price; 2 not a valid request, such
as a file that is not what it should be.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from caseplane_costs import actuals as bills
from caseplane_costs import allocation, focus, measured, resources
from caseplane_costs import budgets as limits
from caseplane_costs import compare as sides
from caseplane_costs import diff as changes
from caseplane_costs.allocation import Cost
from caseplane_costs.catalog import CURRENCY
from caseplane_costs.focus import Bill
from caseplane_costs.levers import levers
from caseplane_costs.lines import Estimate
from caseplane_costs.report import json
from caseplane_costs.report.changes import changed
from caseplane_costs.report.clouds import compared
from caseplane_costs.report.overview import estimated, reported
from caseplane_costs.report.spending import billed, shared_out
from caseplane_costs.report.verdicts import judged
from caseplane_costs.resources import Stack
from caseplane_infra.cli.costing import (
    FAILED,
    As,
    AsJson,
    Commitment,
    Committed,
    Existing,
    ExportFile,
    Output,
    People,
    PreviewFile,
    Pricing,
    Region,
    StackName,
    Strict,
    UsageFile,
    refusals,
    show,
    stack_of,
    unpriced,
)

FocusFiles = Annotated[
    list[Path],
    typer.Option(
        "--focus", help="FOCUS export, CSV or Parquet, or a folder of them; may be repeated.", exists=True
    ),
]
Month = Annotated[
    str, typer.Option("--month", help="Such as 2026-10; without it the latest that the bill has.")
]
Prefix = Annotated[
    str, typer.Option("--prefix", help="The stack's, as its tags have it; without it `gc-tkt-<environment>`.")
]


def estimate(
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = Commitment.none,
    people: People = False,
    strict: Strict = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """What a stack costs in a month, line by line."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment, people=people)
        found = pricing.estimate(stack_of(preview, export, stack))
    show(estimated(found), json.estimated(found), format_=format_, as_json=as_json, path=output)
    unpriced(found, strict=strict)


def report(
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = Commitment.none,
    people: People = False,
    beside: Annotated[
        list[Path] | None,
        typer.Option("--beside", help="Preview or export to set beside it; may be repeated.", **Existing),
    ] = None,
    strict: Strict = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """All there is to say of what a stack costs: what drives it, models, tenants, and what would save how much."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment, people=people)
        chosen = stack_of(preview, export, stack)
        found, tried = pricing.estimate(chosen), levers(pricing.case(chosen), pricing.estimator(chosen))
        comparison = sides.compare([found, *_others(pricing, beside)]) if beside else None
    values = json.ReportOutput(
        currency=found.currency, estimate=json.estimated(found), levers=tried, comparison=comparison
    )
    show(reported(found, tried, comparison), values, format_=format_, as_json=as_json, path=output)
    unpriced(found, strict=strict)


def diff(
    preview: Annotated[
        Path, typer.Option("--preview", help="Output of `pulumi preview --json --show-sames`.", **Existing)
    ],
    export: ExportFile = None,
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = Commitment.none,
    strict: Strict = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """What a preview does to the bill, step by step, a month and once."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        change = changes.read(preview, export=export)
        found = changes.compare(change, pricing.estimate)
    values = json.DiffOutput(currency=found.currency, monthly=found.monthly, diff=found)
    show(changed(found), values, format_=format_, as_json=as_json, path=output)
    if strict and found.unpriced:
        typer.echo("Without a price: " + "; ".join(found.unpriced), err=True)
        raise typer.Exit(FAILED)


def compare(
    files: Annotated[
        list[Path], typer.Argument(help="Previews or exports of two stacks or more.", **Existing)
    ],
    usage: UsageFile = None,
    commitment: Committed = Commitment.none,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Stacks side by side under the same use: clouds for one environment, or environments of one cloud."""
    with refusals():
        pricing = Pricing(usage=usage, region="", commitment=commitment)
        found = sides.compare(_others(pricing, files))
    values = json.ComparisonOutput(currency=found.currency, comparison=found)
    show(compared(found), values, format_=format_, as_json=as_json, path=output)


def budget(
    budgets: Annotated[
        Path | None,
        typer.Option("--budgets", help="Budgets, YAML; without it the stack file's `budgets`.", **Existing),
    ] = None,
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    use: Annotated[
        Path | None,
        typer.Option(
            "--use", help="Measured use by tenant; their budgets then hold their shares.", **Existing
        ),
    ] = None,
    region: Region = "",
    commitment: Committed = Commitment.none,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 1 for warnings and missing prices too.")
    ] = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Hold what is planned against its budgets; ends with 1 if one is broken."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        chosen = stack_of(preview, export, stack)
        bounds = limits.of(chosen, budgets)
        found = pricing.estimate(chosen)
        shares = _shares(found, use) if use else None
        verdicts = limits.judge(found, bounds, shares=shares)
    missing = len(found.unpriced)
    values = json.BudgetOutput(
        currency=found.currency,
        stack=found.stack,
        verdicts=verdicts,
        unpriced=missing,
        warnings=found.warnings,
    )
    document = judged(
        verdicts, stack=found.stack, currency=found.currency, unpriced=missing, warnings=found.warnings
    )
    show(document, values, format_=format_, as_json=as_json, path=output)
    levels = {each.level for each in verdicts}
    if "stop" in levels or (strict and ("warn" in levels or missing)):
        raise typer.Exit(FAILED)


def actuals(
    focus_files: FocusFiles,
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = Commitment.none,
    month: Month = "",
    prefix: Prefix = "",
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """A month's bill against the estimate: why it differs, and where the month will end."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        chosen = stack_of(preview, export, stack)
        found, bill = pricing.estimate(chosen), focus.read(focus_files)
        compared_ = bills.compare(found, bill, prefix=prefix or _prefix(chosen), month=_month(month, bill))
    notes = _notes(bill)
    values = json.ActualsOutput(currency=bill.currency, actuals=compared_, notes=notes)
    show(billed(compared_, notes=notes), values, format_=format_, as_json=as_json, path=output)


def allocate(
    use: Annotated[Path, typer.Option("--use", help="Measured use by tenant, YAML or JSON.", **Existing)],
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    focus_files: Annotated[
        list[Path] | None,
        typer.Option("--focus", help="Share out this bill in place of the estimate.", exists=True),
    ] = None,
    month: Month = "",
    prefix: Prefix = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = Commitment.none,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Share a stack's cost out to tenants, and say what a session and a resolved case cost."""
    with refusals():
        given = measured.read(use)
        chosen = stack_of(preview, export, stack)
        if focus_files:
            bill = focus.read(focus_files)
            at = _month(month, bill)
            costs = _billed_costs(bill, prefix or _prefix(chosen), at)
            source = f"billed in {at:%Y-%m}"
        else:
            pricing = Pricing(usage=usage, region=region, commitment=commitment)
            costs, source = _estimated_costs(pricing.estimate(chosen)), "estimated for a month"
        found = allocation.allocate(costs, given.use, idle=given.idle)
    values = json.allocated(found, given.use, stack=chosen.name, currency=CURRENCY)
    document = shared_out(found, given.use, stack=chosen.name, currency=CURRENCY, source=source)
    show(document, values, format_=format_, as_json=as_json, path=output)


def _others(pricing: Pricing, paths: Sequence[Path]) -> list[Estimate]:
    return [pricing.estimate(resources.read(path)) for path in paths]


def _estimated_costs(found: Estimate) -> list[Cost]:
    return [
        Cost(component=line.component, tenant=line.tenant, amount=line.monthly.expected)
        for line in found.lines
    ]


def _billed_costs(bill: Bill, prefix: str, month: date) -> list[Cost]:
    return [
        Cost(
            component=each.component or "untagged",
            tenant=each.tenant or resources.SHARED,
            amount=each.effective,
        )
        for each in bill.charges
        if each.prefix == prefix and each.month == month
    ]


def _shares(found: Estimate, use: Path) -> dict[str, Decimal]:
    given = measured.read(use)
    shared = allocation.allocate(_estimated_costs(found), given.use, idle=given.idle)
    return {name: Decimal(share.total) / 100 for name, share in shared.shares.items()}


def _prefix(stack: Stack) -> str:
    return stack.config.get("caseplane:prefix") or f"gc-tkt-{stack.environment}"


def _month(text: str, bill: Bill) -> date:
    """The first day of the month that is asked for, else of the latest in the bill."""
    if not text:
        if not bill.charges:
            raise focus.FocusError("The bill holds no charges.")
        return max(each.month for each in bill.charges)
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month, anywhere
    except ValueError:
        raise focus.FocusError(f"--month {text}: write it as 2026-10.") from None


def _notes(bill: Bill) -> tuple[str, ...]:
    doubled = f"{bill.duplicates} of {bill.rows} rows were there twice, and are counted once."
    return (
        *([doubled] if bill.duplicates else []),
        *(f"{each}; check that it is not billed twice." for each in bill.overlaps),
    )


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (estimate, report, diff, compare, budget, actuals, allocate):
        app.command(command.__name__)(command)
