"""The commands that ask before a bill comes: what a stack costs, what would change it, and what it may cost."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from caseplane_costs import allocation, changes, measured
from caseplane_costs import budgets as limits
from caseplane_costs import compare as sides
from caseplane_costs import diff as effects
from caseplane_costs.cli.options import (
    As,
    AsJson,
    Committed,
    Existing,
    ExportFile,
    Output,
    People,
    PreviewFile,
    Region,
    StackName,
    Strict,
    UsageFile,
)
from caseplane_costs.cli.output import FAILED, refusals, require_prices, show
from caseplane_costs.cli.pricing import Pricing, stack_of
from caseplane_costs.levers import levers
from caseplane_costs.lines import Estimate
from caseplane_costs.report import json
from caseplane_costs.report.changes import changed
from caseplane_costs.report.clouds import compared
from caseplane_costs.report.overview import estimated, reported
from caseplane_costs.report.verdicts import judged


def estimate(
    context: typer.Context,
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = "none",
    people: People = False,
    strict: Strict = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """What a stack costs in a month, line by line."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment, people=people)
        found = pricing.estimate(stack_of(context, preview, export, stack))
    show(estimated(found), json.estimated(found), format_=format_, as_json=as_json, path=output)
    if strict:
        require_prices(found)


def report(
    context: typer.Context,
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = "none",
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
        chosen = stack_of(context, preview, export, stack)
        found, tried = pricing.estimate(chosen), levers(pricing.case(chosen), pricing.estimator(chosen))
        comparison = sides.compare([found, *map(pricing.of_file, beside)]) if beside else None
    values = json.ReportOutput(
        currency=found.currency, estimate=json.estimated(found), levers=tried, comparison=comparison
    )
    show(reported(found, tried, comparison), values, format_=format_, as_json=as_json, path=output)
    if strict:
        require_prices(found)


def diff(
    preview: Annotated[
        Path, typer.Option("--preview", help="Output of `pulumi preview --json --show-sames`.", **Existing)
    ],
    export: ExportFile = None,
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = "none",
    strict: Strict = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """What a preview does to the bill, step by step, a month and once."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        change = changes.read(preview, export=export)
        found = effects.compare(change, pricing.estimate)
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
    commitment: Committed = "none",
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Stacks side by side under the same use: clouds for one environment, or environments of one cloud."""
    with refusals():
        pricing = Pricing(usage=usage, region="", commitment=commitment)
        found = sides.compare([pricing.of_file(path) for path in files])
    values = json.ComparisonOutput(currency=found.currency, comparison=found)
    show(compared(found), values, format_=format_, as_json=as_json, path=output)


def budget(
    context: typer.Context,
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
    commitment: Committed = "none",
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
        chosen = stack_of(context, preview, export, stack)
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


def _shares(found: Estimate, use: Path) -> dict[str, Decimal]:
    """Tenant to its part of the estimate."""
    given = measured.read(use)
    shared = allocation.allocate(allocation.of_estimate(found), given.tenants, idle=given.idle)
    return {name: Decimal(share.total) / 100 for name, share in shared.shares.items()}
