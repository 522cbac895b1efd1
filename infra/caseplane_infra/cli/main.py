"""Entry of the `caseplane-infra` command.

Exit codes: 0 if all is well, 1 if something is not, 2 if the request is invalid.
"""

import typer

from caseplane_costs.cli import commands as costs
from caseplane_costs.cli.pricing import Program
from caseplane_infra import notices
from caseplane_infra.cli import verify
from caseplane_infra.cli.preview import preview

app = typer.Typer(
    name="caseplane-infra",
    help="Check a stack, and report what it costs.",
    epilog="Exit codes: 0 all is well, 1 something is not, 2 not a valid request.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("verify")(verify.verify)
costs.register(app, Program(preview=preview, notices=notices.of_stack))


@app.callback()
def _commands() -> None:
    """Keeps `verify` a named command, even if it is the only one."""


def main() -> None:
    """Run the command line."""
    app()
