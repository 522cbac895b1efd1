"""`caseplane workflow`: the configuration that a support lead owns."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from caseplane.cli.api import connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Limit
from caseplane.cli.output import note, say, show_fields, show_json, show_rows
from caseplane.cli.references import ticket_id as find_ticket
from caseplane.cli.references import whole_id

app = typer.Typer(
    help="Workflow configurations: check, try, store, activate, roll back.", no_args_is_help=True
)
File = Annotated[Path, typer.Argument(help="A configuration as YAML; `-` reads standard input.")]
Name = Annotated[str, typer.Option(help="Of the configuration.")]
PATH, RUNS = "/workflow/configurations", "/workflow/runs"
SHOWN = ["configuration_id", "name", "version", "active", "note", "created_by", "created_at", "activated_at"]


@app.command()
def check(file: File) -> None:
    """Say what is wrong with a configuration, line by line, without storing it."""
    source = read_text(file)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.post(f"{PATH}/check", {"source": source})
            return found

    found = run(work())
    for fault in found["faults"]:
        where = f"{fault['where']}: " if fault["where"] else ""
        say(f"{file}:{fault['line']}: {where}{fault['message']}")
    if not found["valid"]:
        raise typer.Exit(Exit.usage)
    note("The configuration is valid.")


@app.command("try")
def try_on_tickets(
    file: File,
    tickets: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many are judged.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Say which stored tickets a configuration would send to another team."""
    source = read_text(file)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.post(f"{PATH}/try", {"source": source, "tickets": tickets})
            return found

    tried = run(work())
    if as_json:
        show_json(tried)
        return
    say(tried["summary"])
    rows = [
        {"number": each["number"], "from": each["before"]["team"], "to": each["after"]["team"],
         "category": each["after"]["category"], "priority": each["after"]["priority"]}
        for each in tried["changes"]
    ]  # fmt: skip
    if rows:
        show_rows(rows, ["number", "from", "to", "category", "priority"], as_json=False, empty="")


@app.command()
def store(
    file: File,
    name: Name = "main",
    remark: Annotated[str, typer.Option("--note", help="What is new about it.")] = "",
    activate: Annotated[bool, typer.Option("--activate", help="Put it in force at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Store a configuration as a new version; the same text again is the same version."""
    source = read_text(file)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            made: dict[str, Any] = await api.post(PATH, {"source": source, "name": name, "note": remark})
            if activate:
                made = await api.post(f"{PATH}/{part(made['configuration_id'])}/activate")
            return made

    _show(run(work()), as_json=as_json)


@app.command("list")
def list_versions(limit: Limit = 50, as_json: AsJson = False) -> None:
    """Show the stored versions, the newest first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows(PATH, limit=limit)

    columns = ["version", "name", "active", "note", "created_by", "created_at", "configuration_id"]
    show_rows(
        run(work()), columns, as_json=as_json, empty="No version is stored; the platform's own holds."
    )  # fmt: skip


@app.command()
def show(
    shipped: Annotated[
        str | None, typer.Option(help="One that comes with the platform: default, ecommerce.")
    ] = None,
) -> None:
    """Print the configuration in force as YAML."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{PATH}/active" if shipped is None else f"{PATH}/shipped"
            found: dict[str, Any] = await api.get(path, name=shipped)
            return found

    sys.stdout.write(run(work())["source"])


@app.command()
def activate(
    version: Annotated[int, typer.Argument(help="As `list` shows it.")], as_json: AsJson = False
) -> None:
    """Put a stored version in force."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            async for row in api.pages(PATH):
                if row["version"] == version:
                    made: dict[str, Any] = await api.post(f"{PATH}/{part(row['configuration_id'])}/activate")
                    return made
        raise CommandError(f"There is no version {version}; `list` shows them.", Exit.not_found)

    _show(run(work()), as_json=as_json)


@app.command("roll-back")
def roll_back(name: Name = "main", as_json: AsJson = False) -> None:
    """Go back to the version that was in force before; after the first, to the platform's own."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.post(f"{PATH}/roll-back", name=name)
            return found

    _show(run(work()), as_json=as_json)


@app.command("runs")
def list_runs(
    status: Annotated[str | None, typer.Option(help="Only these: running, done, failed.")] = None,
    ticket: Annotated[str | None, typer.Option(help="Only of this ticket.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show how tickets went through the workflow, the newest first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            ticket_id = await find_ticket(api, ticket) if ticket else None
            return await api.rows(RUNS, limit=limit, status=status, ticket_id=ticket_id)

    columns = ["run_id", "status", "cause", "error", "duration_ms", "created_at", "ticket_id"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no such runs.")


@app.command("retry")
def retry(
    run_id: Annotated[str, typer.Argument(help="A failed run's id, or the end of it.")],
    as_json: AsJson = False,
) -> None:
    """Have a run tried again that was given up; steps that are done are not done again."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            whole = await whole_id(
                api, run_id, path=RUNS, field="run_id", noun="failed run",
                listing="workflow runs --status failed", status="failed",
            )  # fmt: skip
            found: dict[str, Any] = await api.post(f"{RUNS}/{whole}/retry")
            return found

    show_fields(run(work()), as_json=as_json, names=["run_id", "ticket_id", "status", "cause"])


def read_text(file: Path) -> str:
    """A text file, or standard input for `-`.

    Raises:
        CommandError: it cannot be read as UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as exc:
        raise CommandError(f"{file} cannot be read: {exc.strerror}.", Exit.usage) from exc
    except UnicodeDecodeError as exc:
        raise CommandError(f"{file} is not UTF-8, at byte {exc.start}.", Exit.usage) from exc


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    show_fields(row, as_json=as_json, names=SHOWN)
