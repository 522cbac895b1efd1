"""Entry of the `caseplane-infra` command.

Commands end with 0 when all is well, 1 when something is not as it should be, 2 when they were asked wrongly.
"""

import typer

from caseplane_costs.cli import commands as costs
from caseplane_infra.cli import verify
from caseplane_infra.cli.preview import preview

app = typer.Typer(
    name="caseplane-infra",
    help="What a stack is and what it costs, beside what `pulumi` itself tells.",
    epilog="Exit codes: 0 all is well, 1 something is not, 2 not a valid request.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("verify")(verify.verify)
costs.register(app, preview)


@app.callback()
def _commands() -> None:
    """Keeps `verify` a command by its name, however many commands there are."""


def main() -> None:
    """Run the command line."""
    app()
