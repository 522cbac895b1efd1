"""`caseplane insights datasets`: tickets from files, and the platform's own."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Limit, Yes
from caseplane.cli.output import Meter, note, say, show_fields, show_json, show_rows
from caseplane.core.files import pieces_of

app = typer.Typer(help="Data sets: tickets from files, and the platform's own.", no_args_is_help=True)
PATH = "/datasets"
Name = Annotated[str, typer.Argument(help="A data set's name, or its id.")]
File = Annotated[
    Path, typer.Argument(help="CSV, XLSX, JSON or JSON lines.", exists=True, dir_okay=False, readable=True)
]
Column = Annotated[
    list[str] | None,
    typer.Option("--column", help="FIELD=COLUMN, such as subject=Title, where it is not recognised."),
]
DateOrder = Annotated[str | None, typer.Option(help="Of dates such as 03/04/2025: day_first or month_first.")]
TimeZone = Annotated[str, typer.Option(help="Of dates that name none, such as Europe/Berlin.")]
Sheet = Annotated[str | None, typer.Option(help="Of a workbook.")]
_PAUSE = 0.5
_OVER = frozenset({"done", "failed", "cancelled"})


@app.command("list")
def list_datasets(as_json: AsJson = False) -> None:
    """Show data sets and how many tickets they have."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows(PATH)

    columns = ["name", "kind", "rows", "embedded", "clustered", "updated_at", "dataset_id"]
    show_rows(run(work()), columns, as_json=as_json)


@app.command()
def preview(
    file: File,
    column: Column = None,
    date_order: DateOrder = None,
    time_zone: TimeZone = "UTC",
    sheet: Sheet = None,
    as_json: AsJson = False,
) -> None:
    """Show what a file holds and how it would be read, without storing it."""
    options = _options(column, date_order, time_zone, sheet)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.call(
                "POST",
                f"{PATH}/preview",
                params={"file": file.name, "options": options},
                content=pieces_of(file),
            )
            return found

    found = run(work())
    if as_json:
        show_json(found)
        return
    say(
        f"{found['format']}, as {found['desk']} exports it; {found['rejected']} of {found['looked_at']} rows rejected"
    )
    for field, name in found["mapping"].items():
        say(f"  {field:<14}{name}")
    for remark in found["remarks"]:
        say(remark)
    for row in found["rows"]:
        ticket = row["ticket"]
        text = (
            row["problem"]
            if ticket is None
            else f"{ticket['external_id']}  {ticket['subject'] or ticket['body']}"
        )
        say(f"line {row['line']}: {text[:120]}")


@app.command()
def upload(
    file: File,
    dataset: Annotated[str, typer.Option(help="Name of the data set; it is added if there is none.")],
    column: Column = None,
    date_order: DateOrder = None,
    time_zone: TimeZone = "UTC",
    sheet: Sheet = None,
    wait: Annotated[bool, typer.Option(help="Wait until its rows have been read.")] = True,
    as_json: AsJson = False,
) -> None:
    """Upload a file; tickets that are known by their id are updated."""
    options = _options(column, date_order, time_zone, sheet)

    async def work() -> dict[str, Any]:
        async with connect() as api:
            dataset_id = await _found_or_added(api, dataset)
            made: dict[str, Any] = await api.call(
                "POST", f"{PATH}/{part(dataset_id)}/uploads",
                params={"file": file.name, "options": options}, content=pieces_of(file),
            )  # fmt: skip
            return await _until_read(api, made) if wait else made

    made = run(work())
    show_fields(made, as_json=as_json)
    if made["state"] == "failed":
        raise typer.Exit(Exit.failure)
    if made["rejected_rows"] and not as_json:
        note(
            f"`caseplane insights datasets rejections {made['upload_id']} --dataset ...` says which, and why."
        )


@app.command()
def uploads(dataset: Name, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Show a data set's files, the newest first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows(f"{PATH}/{part(await dataset_id_of(api, dataset))}/uploads", limit=limit)

    columns = [
        "file_name",
        "state",
        "rows_read",
        "created_rows",
        "updated_rows",
        "rejected_rows",
        "created_at",
        "upload_id",
    ]
    show_rows(run(work()), columns, as_json=as_json, empty="No file was uploaded.")


@app.command()
def rejections(
    upload_id: Annotated[str, typer.Argument(help="The upload's id.")],
    dataset: Annotated[str, typer.Option(help="The data set's name, or its id.")],
    limit: Limit = 1000,
    as_json: AsJson = False,
) -> None:
    """Show the rows of a file that are no tickets, with line and reason."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            where = f"{PATH}/{part(await dataset_id_of(api, dataset))}/uploads/{part(upload_id)}/rejections"
            return await api.rows(where, limit=limit)

    show_rows(run(work()), ["line", "reason"], as_json=as_json, empty="No row was rejected.")


@app.command()
def export(
    dataset: Name,
    to: Annotated[Path, typer.Option(help="File to write: .csv or .xlsx.", dir_okay=False)],
) -> None:
    """Write a data set's rows with their topics to a file."""
    form = to.suffix.removeprefix(".").lower()
    if form not in ("csv", "xlsx"):
        raise CommandError("Name a file that ends with .csv or .xlsx.", Exit.usage)

    async def work() -> None:
        async with connect() as api:
            path = f"{PATH}/{part(await dataset_id_of(api, dataset))}/export"
            answer = await api.send("GET", path, params={"format": form})
            await asyncio.to_thread(to.write_bytes, answer.content)

    run(work())
    note(f"Written to {to}.")


@app.command()
def delete(dataset: Name, yes: Yes = False) -> None:
    """Delete a data set with its rows, topics and files."""
    if not yes:
        typer.confirm(f"Delete the data set {dataset} with all that is in it?", abort=True)

    async def work() -> None:
        async with connect() as api:
            await api.call("DELETE", f"{PATH}/{part(await dataset_id_of(api, dataset))}")

    run(work())
    note("Deleted.")


async def dataset_id_of(api: Api, name: str) -> str:
    """The id of a data set by name or id.

    Raises:
        CommandError: there is none.
    """
    found = await _named(api, name)
    if found is None:
        raise CommandError(f"There is no data set {name!r}.", Exit.not_found)
    return found


async def _named(api: Api, name: str) -> str | None:
    async for each in api.pages(PATH):
        if name in (each["name"], each["dataset_id"]):
            return str(each["dataset_id"])
    return None


async def _found_or_added(api: Api, name: str) -> str:
    found = await _named(api, name)
    return found or str((await api.post(PATH, {"name": name}))["dataset_id"])


async def _until_read(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    path = f"{PATH}/{part(made['dataset_id'])}/uploads/{part(made['upload_id'])}"
    with Meter("Reading", unit="rows") as meter:
        while made["state"] not in _OVER:
            await asyncio.sleep(_PAUSE)
            made = await api.get(path)
            meter.update(made["rows_read"], max(made["rows_read"], 1))
    return made


def _options(columns: list[str] | None, date_order: str | None, time_zone: str, sheet: str | None) -> str:
    pairs = [each.partition("=") for each in columns or []]
    wrong = [name for name, sign, _ in pairs if not sign]
    if wrong:
        raise CommandError(f"--column {wrong[0]}: write FIELD=COLUMN, such as subject=Title.", Exit.usage)
    found = {
        "columns": {field: name for field, _, name in pairs}, "date_order": date_order,
        "time_zone": time_zone, "sheet": sheet,
    }  # fmt: skip
    return json.dumps(found)
