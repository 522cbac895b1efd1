"""What the commands about costs share: their options, their inputs, and how results are shown."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pulumi import automation
from pydantic import BaseModel
from rich.console import Console

from caseplane_costs import allocation, budgets, catalog, compare, focus, measured, resources, usage
from caseplane_costs import estimate as pricing
from caseplane_costs.edits import Case
from caseplane_costs.lines import Estimate
from caseplane_costs.meters import Options
from caseplane_costs.report import html, json, markdown, table
from caseplane_costs.report.document import Document
from caseplane_costs.resources import Stack
from caseplane_infra.cli.engine import EngineError, asked

FAILED, REFUSED = 1, 2
ERRORS = (
    allocation.AllocationError, budgets.BudgetError, catalog.CatalogError, compare.CompareError, focus.FocusError,
    measured.MeasuredError, resources.PreviewError, usage.UsageError, EngineError,
)  # fmt: skip
"""What a person can mend; anything else is a fault of ours and shows itself whole."""


class Format(StrEnum):
    """What results are shown as."""

    table = "table"
    json = "json"
    markdown = "markdown"
    html = "html"


class Commitment(StrEnum):
    """How long to commit for."""

    none = "none"
    one_year = "1y"
    three_years = "3y"


SUFFIXES = {".json": Format.json, ".md": Format.markdown, ".html": Format.html, ".txt": Format.table}
Existing = {"exists": True, "dir_okay": False, "readable": True}
PreviewFile = Annotated[
    Path | None, typer.Option("--preview", help="Output of `pulumi preview --json`.", **Existing)
]
ExportFile = Annotated[
    Path | None, typer.Option("--export", help="Output of `pulumi stack export`.", **Existing)
]
StackName = Annotated[
    str, typer.Option("--stack", help="A stack to preview now, such as `aws-prod`, in place of a file.")
]
UsageFile = Annotated[
    Path | None,
    typer.Option(
        "--usage", help="Monthly use, over the baseline; without it the stack file's `usage`.", **Existing
    ),
]
Region = Annotated[str, typer.Option("--region", help="Region of the prices; without it the stack's own.")]
Committed = Annotated[
    Commitment, typer.Option("--commitment", help="Commit what runs all month, without prepayment.")
]
People = Annotated[bool, typer.Option("--people", help="Add what people cost whom cases are handed to.")]
Strict = Annotated[bool, typer.Option("--strict", help="End with 1 if anything has no price.")]
As = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="Without it by the name of the output file, else a table."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The same as `--format json`.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write, in place of standard output.")
]


@contextmanager
def refusals() -> Iterator[None]:
    """End with 2 and the message alone where a person can mend it."""
    try:
        yield
    except ERRORS as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(REFUSED) from None


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """How stacks are priced: the same for all that one command looks at."""

    usage: Path | None
    region: str
    commitment: Commitment
    people: bool = False

    def case(self, stack: Stack) -> Case:
        """What is estimated of a stack."""
        options = Options(commitment=self.commitment.value, people=self.people)
        return Case(stack=stack, usage=usage.of(stack, self.usage), options=options)

    def estimator(self, stack: Stack) -> Callable[[Case], Estimate]:
        """Prices cases of a stack's cloud and region."""
        prices = catalog.load(stack.cloud)
        region = self.region or stack.region
        if not region and stack.cloud != "local":
            raise resources.PreviewError(
                f"The region of {stack.name} is not in the file; give it by --region."
            )
        return lambda case: pricing.estimate(
            case.stack, region=region, usage=case.usage, catalog=prices, options=case.options
        )

    def estimate(self, stack: Stack) -> Estimate:
        """Prices a stack."""
        return self.estimator(stack)(self.case(stack))


def stack_of(preview: Path | None, export: Path | None, name: str = "") -> Stack:
    """The one stack that a command is asked about.

    Raises:
        PreviewError: none or several are named, or the file is no preview or export of this program.
    """
    if sum(map(bool, (preview, export, name))) != 1:
        raise resources.PreviewError("Name one of --preview FILE, --export FILE and --stack NAME.")
    path = preview or export
    return resources.read(path) if path else _previewed(name)


def _previewed(name: str) -> Stack:
    """Preview a stack of the project in the working folder, which asks Pulumi and the cloud.

    The program runs in this process, so that its resources are those of this very version.
    """
    from caseplane_infra import program  # the clouds' SDKs are not for those who bring a file

    events: list[automation.EngineEvent] = []
    with asked():
        chosen = automation.select_stack(
            name,
            project_name=resources.PROJECT,
            program=program.run,
            opts=automation.LocalWorkspaceOptions(work_dir="."),
        )
        chosen.preview(on_event=events.append, color="never")
        config = {key: each.value for key, each in chosen.get_all_config().items() if not each.secret}
    return resources.from_events(events, config)


def show(
    document: Document, output: BaseModel, *, format_: Format | None, as_json: bool, path: Path | None
) -> None:
    """Print a result, or write it to a file."""
    chosen = (
        Format.json if as_json else format_ or (SUFFIXES.get(path.suffix) if path else None) or Format.table
    )
    if chosen is Format.table and path is None and sys.stdout.isatty():
        Console().print(table.render(document))
        return
    text = _text(chosen, document, output)
    if path is None:
        typer.echo(text, nl=False)
    else:
        path.write_text(text, encoding="utf-8")


def _text(chosen: Format, document: Document, output: BaseModel) -> str:
    if chosen is Format.json:
        return json.render(output)
    renderers: dict[Format, Callable[[Document], str]] = {
        Format.table: table.text, Format.markdown: markdown.render, Format.html: html.render,
    }  # fmt: skip
    return renderers[chosen](document)


def unpriced(found: Estimate, *, strict: bool) -> None:
    """End with 1 in strict mode if something has no price, and say what."""
    if strict:
        try:
            pricing.strict(found)
        except pricing.UnpricedError as exc:
            typer.echo(str(exc), err=True)
            raise typer.Exit(FAILED) from None
