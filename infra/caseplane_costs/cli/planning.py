"""The commands that answer before there is a bill: what a stack will cost, what a change costs, and the budgets."""

from pathlib import Path
from typing import Annotated

import typer

from caseplane_costs import budgets as limits
from caseplane_costs import changes, measured
from caseplane_costs.allocation import of_estimate
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
from caseplane_costs.comparison import compare_estimates
from caseplane_costs.diff import effect_of
from caseplane_costs.levers.trials import try_levers
from caseplane_costs.report.budgets import budgets_document
from caseplane_costs.report.comparisons import comparison_document
from caseplane_costs.report.diffs import diff_document
from caseplane_costs.report.estimates import estimate_document
from caseplane_costs.report.outputs import (
    BudgetOutput,
    ComparisonOutput,
    DiffOutput,
    ReportOutput,
    estimate_output,
)
from caseplane_costs.report.overview import report_document


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
        pricing = Pricing(
            usage=usage,
            region=region,
            commitment=commitment,
            people=people,
            notices=context.obj.notices,
        )
        priced = pricing.estimate(stack_of(context, preview, export, stack))
    show(estimate_document(priced), estimate_output(priced), format_=format_, as_json=as_json, path=output)
    if strict:
        require_prices(priced)


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
        typer.Option(
            "--beside", help="Preview or export of another stack to compare; may be repeated.", **Existing
        ),
    ] = None,
    strict: Strict = False,
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Everything about what a stack costs: what drives it, models, tenants, and possible savings."""
    with refusals():
        pricing = Pricing(
            usage=usage,
            region=region,
            commitment=commitment,
            people=people,
            notices=context.obj.notices,
        )
        chosen = stack_of(context, preview, export, stack)
        priced, levers = pricing.estimate(chosen), try_levers(pricing.case(chosen), pricing.estimator(chosen))
        comparison = compare_estimates([priced, *map(pricing.of_file, beside)]) if beside else None
    values = ReportOutput(
        currency=priced.currency, estimate=estimate_output(priced), levers=levers, comparison=comparison
    )
    document = report_document(priced, levers, comparison)
    show(document, values, format_=format_, as_json=as_json, path=output)
    if strict:
        require_prices(priced)


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
    """What a change does to the bill, step by step: per month and once."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        change = changes.read(preview, export=export)
        effect = effect_of(change, pricing.estimate)
    values = DiffOutput(currency=effect.currency, monthly=effect.monthly, diff=effect)
    show(diff_document(effect), values, format_=format_, as_json=as_json, path=output)
    if strict and effect.unpriced:
        typer.echo("Without a price: " + "; ".join(effect.unpriced), err=True)
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
    """Stacks side by side with the same use: clouds for one environment, or environments of one cloud."""
    with refusals():
        pricing = Pricing(usage=usage, region="", commitment=commitment)
        comparison = compare_estimates([pricing.of_file(path) for path in files])
    values = ComparisonOutput(currency=comparison.currency, comparison=comparison)
    show(comparison_document(comparison), values, format_=format_, as_json=as_json, path=output)


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
            "--use", help="Measured use by tenant; tenants' budgets then apply to their shares.", **Existing
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
    """Compare what is planned with its budgets; ends with 1 if one is exceeded."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        chosen = stack_of(context, preview, export, stack)
        bounds = limits.of(chosen, budgets)
        priced = pricing.estimate(chosen)
        shares = measured.read(use).split(of_estimate(priced)).amounts if use else None
        verdicts = limits.judge(priced, bounds, shares=shares)
    values = BudgetOutput(
        currency=priced.currency,
        stack=priced.stack,
        verdicts=verdicts,
        unpriced=len(priced.unpriced),
        warnings=priced.warnings,
    )
    show(budgets_document(verdicts, priced), values, format_=format_, as_json=as_json, path=output)
    levels = {each.level for each in verdicts}
    if "stop" in levels or (strict and ("warn" in levels or priced.unpriced)):
        raise typer.Exit(FAILED)
