"""`caseplane deliveries`: deliveries to desks, and failed ones."""

from typing import Annotated, Any

import typer

from caseplane.cli.api import Api, connect
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Id, Limit
from caseplane.cli.output import say, show_fields, show_json, show_rows
from caseplane.cli.references import whole_id

app = typer.Typer(
    help="Deliveries to desks outside; `--state dead` lists what got stuck.", no_args_is_help=True
)


@app.command("list")
def list_deliveries(
    state: Annotated[
        str | None, typer.Option(help="Only these: pending, delivering, delivered or dead.")
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show deliveries."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows("/deliveries", limit=limit, state=state)

    columns = ["delivery_id", "state", "event", "attempts", "next_attempt_at", "last_error"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no deliveries.")


@app.command()
def show(delivery_id: Id, as_json: AsJson = False) -> None:
    """Show a delivery and its attempts."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.get(f"/deliveries/{await _whole(api, delivery_id)}")
            return found

    found = run(work())
    attempts = found.get("log", [])
    if as_json:
        show_json(found)
        return
    show_fields({k: v for k, v in found.items() if k != "log"}, as_json=False)
    for attempt in attempts:
        say(f"  {attempt['at'][:19]}  {attempt['outcome']}  {attempt.get('detail') or ''}")


@app.command("jobs")
def list_jobs(
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what conversations sent and no ticket got."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return [
                {**job, **job["arguments"]}
                for job in (await api.get("/deliveries/jobs", limit=limit))["items"]
            ]

    columns = ["id", "name", "session_id", "ticket_id", "attempts", "failed_at"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no failed jobs.")


@app.command()
def redrive(
    delivery_id: Annotated[str | None, typer.Argument(help="A dead delivery's id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead deliveries.")] = False,
    jobs: Annotated[bool, typer.Option("--jobs", help="All failed jobs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send dead deliveries, or failed jobs, on their way again."""
    if [delivery_id is not None, everything, jobs].count(True) != 1:
        raise CommandError("Name one delivery, or give --all or --jobs.", Exit.usage)

    async def work() -> Any:
        async with connect() as api:
            if delivery_id is not None:
                return await api.post(f"/deliveries/{await _whole(api, delivery_id)}/redrive")
            return await api.post("/deliveries/jobs/redrive" if jobs else "/deliveries/redrive")

    answer = run(work())
    if as_json:
        show_json(answer)
    elif delivery_id is None:
        say(f"{answer['redriven']} {'jobs' if jobs else 'deliveries'} are on their way again.")
    else:
        say(f"Delivery {delivery_id} is on its way again.")


async def _whole(api: Api, given: str) -> str:
    return await whole_id(
        api, given, path="/deliveries", field="delivery_id", noun="delivery", listing="deliveries list"
    )
