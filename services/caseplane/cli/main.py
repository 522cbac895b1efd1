"""Entry of the `caseplane` command.

Commands end with the codes of `caseplane.cli.exits.Exit`: 0 done, 1 failed, 2 not a valid request, 3 not found,
4 not allowed, 5 in conflict with the present state, 6 server not available, 130 interrupted.
"""

import os
import sys
from importlib.metadata import version as distribution_version
from typing import Annotated

import typer
import typer.exceptions

from caseplane.cli import (
    connectors,
    conversation,
    deliveries,
    evaluation,
    insights,
    keys,
    knowledge,
    learning,
    serving,
    tenants,
    tickets,
    workflows,
)
from caseplane.cli.exits import Exit, debugging, describe
from caseplane.cli.options import AsJson, Host, Yes
from caseplane.cli.output import note, say, show_json

app = typer.Typer(
    name="caseplane",
    help="Support cases: answers from evidence, or a person with everything they need.",
    epilog="Exit codes: 0 done, 1 failed, 2 not a valid request, 3 not found, 4 not allowed, 5 conflict,"
    " 6 server not available, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serving.serve)
app.command("console")(serving.console)
app.command("worker")(serving.worker)
app.command("migrate")(serving.migrate)
app.command("ask")(conversation.ask)
app.add_typer(knowledge.app, name="kb")
app.add_typer(tenants.app, name="tenant")
app.add_typer(tickets.app, name="ticket")
app.add_typer(workflows.app, name="workflow")
app.add_typer(learning.labels, name="label")
app.add_typer(learning.classifiers, name="classifier")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(connectors.app, name="connector")
app.add_typer(keys.app, name="keys")
app.add_typer(insights.app, name="insights")
app.add_typer(evaluation.app, name="eval")


@app.command()
def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Play the whole story against the running server.")
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Delete the local data first, and begin anew.")
    ] = False,
    yes: Yes = False,
    host: Host = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on; else 8080, or a free one if that is in use.", min=0, max=65535),
    ] = None,
) -> None:
    """Run the platform with a demo tenant that knows this project's documentation."""
    from caseplane.cli.demo import demo as run_demo
    from caseplane.cli.ingest import ingest_folder_for_demo

    serving.prepare(quiet=True)
    code = run_demo(check=check, host=host, port=port, reset=reset, yes=yes, ingest=ingest_folder_for_demo)
    raise typer.Exit(code)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Print the version."""
    number = distribution_version("caseplane")
    if as_json:
        show_json({"version": number})
    else:
        say(f"caseplane {number}")


def main() -> None:
    """Run the command line; errors are one line on standard error."""
    try:
        code = app(standalone_mode=False)
    except typer.exceptions.TyperException as exc:  # invalid arguments
        code = Exit.usage
        _explain_usage(exc)
    except typer.Abort:
        code = Exit.interrupted
    except BrokenPipeError:  # the reader of our output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.ok
    except (Exception, KeyboardInterrupt) as exc:
        if debugging():
            raise
        message, code = describe(exc)
        note(f"caseplane: {' '.join(message.split())}")
    sys.exit(int(code or 0))


def _explain_usage(exc: typer.exceptions.TyperException) -> None:
    """Print one line; a command without arguments has already printed its help."""
    context = getattr(exc, "ctx", None)
    if type(exc).__name__ == "NoArgsIsHelpError":
        return
    command = context.command_path if context is not None else "caseplane"
    message = exc.format_message().rstrip(".")
    note(f"caseplane: {message[:1].upper()}{message[1:]}. See `{command} --help`.")


if __name__ == "__main__":
    main()
