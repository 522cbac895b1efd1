"""Adds the commands to a command line."""

import typer

from caseplane_costs.cli import planning, prices, spending
from caseplane_costs.cli.pricing import Preview


def register(app: typer.Typer, preview: Preview) -> None:
    """Add every command about costs.

    Args:
        app: the command line.
        preview: previews the stack that `--stack NAME` names.
    """
    for command in (
        planning.estimate,
        planning.report,
        planning.diff,
        planning.compare,
        planning.budget,
        spending.actuals,
        spending.allocate,
    ):
        app.command(command.__name__, context_settings={"obj": preview})(command)
    app.add_typer(prices.app)
