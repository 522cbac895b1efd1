"""The commands that look at what was spent, and by whom."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from caseplane_costs import actuals as bills
from caseplane_costs import allocation, focus, measured
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
from caseplane_costs.focus import Bill
from caseplane_costs.report import json
from caseplane_costs.report.spending import billed, shared_out


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
    """A month's bill against the estimate: why it differs, and where the month will end."""
    with refusals():
        pricing = Pricing(usage=usage, region=region, commitment=commitment)
        chosen = stack_of(context, preview, export, stack)
        found, bill = pricing.estimate(chosen), focus.read(focus_files)
        compared = bills.compare(found, bill, prefix=prefix or chosen.prefix, month=_month(month, bill))
    values = json.ActualsOutput(currency=bill.currency, actuals=compared, notes=bill.notes)
    show(billed(compared, notes=bill.notes), values, format_=format_, as_json=as_json, path=output)


def allocate(
    context: typer.Context,
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
    commitment: Committed = "none",
    format_: As = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Share a stack's cost out to tenants, and say what a session and a resolved case cost."""
    with refusals():
        given = measured.read(use)
        chosen = stack_of(context, preview, export, stack)
        if focus_files:
            bill = focus.read(focus_files)
            at = _month(month, bill)
            costs = allocation.of_bill(bill, prefix=prefix or chosen.prefix, month=at)
            source = f"billed in {at:%Y-%m}"
        else:
            pricing = Pricing(usage=usage, region=region, commitment=commitment)
            costs, source = allocation.of_estimate(pricing.estimate(chosen)), "estimated for a month"
        found = allocation.allocate(costs, given.tenants, idle=given.idle)
    values = json.allocated(found, given.tenants, stack=chosen.name, currency=CURRENCY)
    document = shared_out(found, given.tenants, stack=chosen.name, currency=CURRENCY, source=source)
    show(document, values, format_=format_, as_json=as_json, path=output)


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
