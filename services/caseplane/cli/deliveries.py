"""`caseplane deliveries`: what goes out to desks, and what got stuck."""

from typing import Annotated, Any

import typer

from caseplane.cli.api import connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.output import AsJson, say, show_fields, show_json, show_rows

app = typer.Typer(
    help="Deliveries to desks outside; `--state dead` lists what got stuck.", no_args_is_help=True
)


@app.command("list")
def list_deliveries(
    state: Annotated[
        str | None, typer.Option(help="Only these: pending, delivering, delivered or dead.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show deliveries."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows("/deliveries", limit=limit, state=state)

    columns = ["delivery_id", "state", "event", "attempts", "next_attempt_at", "last_error"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no deliveries.")


@app.command()
def show(delivery_id: Annotated[str, typer.Argument(help="Its id.")], as_json: AsJson = False) -> None:
    """Show a delivery and its attempts."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.get(f"/deliveries/{part(delivery_id)}")
            return found

    found = run(work())
    attempts = found.get("log", [])
    if as_json:
        show_json(found)
        return
    show_fields({k: v for k, v in found.items() if k != "log"}, as_json=False)
    for attempt in attempts:
        say(f"  {attempt['at'][:19]}  {attempt['outcome']}  {attempt.get('detail') or ''}")


@app.command()
def redrive(
    delivery_id: Annotated[str | None, typer.Argument(help="A dead delivery's id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead deliveries.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send dead deliveries on their way again."""
    if everything == (delivery_id is not None):
        raise CommandError("Name one delivery, or give --all.", Exit.usage)

    async def work() -> Any:
        async with connect() as api:
            path = "/deliveries/redrive" if everything else f"/deliveries/{part(delivery_id)}/redrive"
            return await api.post(path)

    answer = run(work())
    if as_json:
        show_json(answer)
    elif everything:
        say(f"{answer['redriven']} deliveries are on their way again.")
    else:
        say(f"Delivery {delivery_id} is on its way again.")
