"""The commands about what was spent, and by whom."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from caseplane_costs import focus, measured
from caseplane_costs.actuals import explain
from caseplane_costs.allocation import of_bill, of_estimate
from caseplane_costs.bills import Bill, of_provider, require
from caseplane_costs.catalog import CURRENCY
from caseplane_costs.cli.options import (
    As,
    AsJson,
    Committed,
    Existing,
    ExportFile,
    FocusFiles,
    Month,
    Output,
    Prefix,
    PreviewFile,
    Region,
    StackName,
    UsageFile,
)
from caseplane_costs.cli.output import refusals, show
from caseplane_costs.cli.pricing import Pricing, stack_of
from caseplane_costs.focus import FocusError
from caseplane_costs.report.bills import bill_document
from caseplane_costs.report.outputs import ActualsOutput, allocation_output
from caseplane_costs.report.shares import shares_document


def actuals(
    context: typer.Context,
    focus_files: FocusFiles,
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = "none",
    month: Month = "",
    prefix: Prefix = "",
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """A month's bill against the estimate: why it differs, and the forecast for the month."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        chosen = stack_of(context, preview, export, stack)
        priced, bill = pricing.estimate(chosen), of_provider(focus.read(focus_files), chosen.cloud)
        ours, at = prefix or chosen.prefix, _month(month, bill)
        require(bill, prefix=ours, month=at)
        explained = explain(priced, bill, prefix=ours, month=at)
    values = ActualsOutput(currency=bill.currency, actuals=explained, notes=bill.notes)
    document = bill_document(explained, notes=bill.notes)
    show(document, values, format_=format_, as_json=as_json, path=output)


def allocate(
    context: typer.Context,
    use: Annotated[Path, typer.Option("--use", help="Measured use by tenant, YAML or JSON.", **Existing)],
    preview: PreviewFile = None,
    export: ExportFile = None,
    stack: StackName = "",
    focus_files: Annotated[
        list[Path] | None,
        typer.Option("--focus", help="Split this bill instead of the estimate.", exists=True),
    ] = None,
    month: Month = "",
    prefix: Prefix = "",
    usage: UsageFile = None,
    region: Region = "",
    commitment: Committed = "none",
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Split a stack's cost among tenants, with the cost of a session and of a resolved case."""
    with refusals():
        given = measured.read(use)
        chosen = stack_of(context, preview, export, stack)
        if focus_files:
            bill = of_provider(focus.read(focus_files), chosen.cloud)
            ours, at = prefix or chosen.prefix, _month(month, bill)
            require(bill, prefix=ours, month=at)
            costs = of_bill(bill, prefix=ours, month=at)
            source = f"billed in {at:%Y-%m}"
        else:
            pricing = Pricing(usage=usage, region=region, commitment=commitment)
            costs, source = of_estimate(pricing.estimate(chosen)), "estimated for a month"
        shares = given.split(costs)
    values = allocation_output(shares, given.tenants, stack=chosen.name, currency=CURRENCY)
    document = shares_document(shares, given.tenants, stack=chosen.name, currency=CURRENCY, source=source)
    show(document, values, format_=format_, as_json=as_json, path=output)


def _month(text: str, bill: Bill) -> date:
    """The first day of the given month, else of the latest in the bill."""
    if not text:
        if not bill.charges:
            raise FocusError("The bill has no charges.")
        return max(each.month for each in bill.charges)
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month, anywhere
    except ValueError:
        raise FocusError(f"--month {text}: must be like 2026-10.") from None
