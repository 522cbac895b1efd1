"""Adds the commands to a command line."""

import typer

from caseplane_costs.cli import planning, prices, spending
from caseplane_costs.cli.pricing import Program


def register(app: typer.Typer, program: Program) -> None:
    """Add every command about costs.

    Args:
        app: the command line.
        program: previews the stack that `--stack NAME` names, and knows what of it ends soon.
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
        app.command(command.__name__, context_settings={"obj": program})(command)
    app.add_typer(prices.app)
