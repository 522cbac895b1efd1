"""How a command ends: with a result, or with a message and an exit code."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer
from pydantic import BaseModel
from rich.console import Console

from caseplane_costs import estimate
from caseplane_costs.cli.options import Format
from caseplane_costs.errors import CostError
from caseplane_costs.lines import Estimate
from caseplane_costs.report import html, markdown, outputs, table
from caseplane_costs.report.document import Document

FAILED, REFUSED = 1, 2
SUFFIXES: Mapping[str, Format] = {".json": "json", ".md": "markdown", ".html": "html", ".txt": "table"}
RENDERERS: Mapping[str, Callable[[Document], str]] = {
    "table": table.text,
    "markdown": markdown.render,
    "html": html.render,
}


@contextmanager
def refusals() -> Iterator[None]:
    """End with 2 and the message alone where a person can fix it; any other error is a bug and keeps its traceback."""
    try:
        yield
    except CostError as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(REFUSED) from None


def show(
    document: Document, output: BaseModel, *, format_: Format | None, as_json: bool, path: Path | None
) -> None:
    """Print a result, or write it to a file; end with 2 if nothing says in which form."""
    if path and path.suffix not in SUFFIXES and not (as_json or format_):
        known = ", ".join(SUFFIXES)
        typer.echo(f"{path}: the name ends in none of {known}; choose a form with --format.", err=True)
        raise typer.Exit(REFUSED)
    chosen = "json" if as_json else format_ or (SUFFIXES.get(path.suffix) if path else None) or "table"
    if chosen == "table" and path is None and sys.stdout.isatty():
        Console().print(table.render(document))
        return
    text = outputs.render(output) if chosen == "json" else RENDERERS[chosen](document)
    if path is None:
        typer.echo(text, nl=False)
    else:
        path.write_text(text, encoding="utf-8")


def require_prices(priced: Estimate) -> None:
    """End with 1 and the list of what has no price, if anything has none."""
    try:
        estimate.strict(priced)
    except estimate.UnpricedError as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(FAILED) from None
