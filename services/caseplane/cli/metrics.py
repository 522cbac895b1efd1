"""`caseplane insights metrics`: figures from the ledger of outcomes."""

from typing import Annotated, Any

import typer

from caseplane.cli.api import connect, part
from caseplane.cli.exits import run
from caseplane.cli.options import AsJson
from caseplane.cli.output import show_json, show_rows

metrics = typer.Typer(help="Metrics: what became of conversations and tickets.", no_args_is_help=True)


@metrics.command("list")
def list_metrics(as_json: AsJson = False) -> None:
    """Show all metrics with what they say."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            found: list[dict[str, Any]] = await api.get("/metrics")
            return found

    show_rows(run(work()), ["name", "title", "kind", "unit", "definition"], as_json=as_json, empty="")


@metrics.command("show")
def show_metric(
    name: Annotated[str, typer.Argument(help="As `list` shows it.")],
    by: Annotated[list[str] | None, typer.Option(help="Split by this, such as month or channel.")] = None,
    since: Annotated[str | None, typer.Option(help="Such as 2026-01-01T00:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Likewise; not included.")] = None,
    timezone: Annotated[str, typer.Option(help="In which months, weeks and days are cut.")] = "UTC",
    days: Annotated[int, typer.Option(help="Within which a case that comes back counts.", min=1)] = 7,
    as_json: AsJson = False,
) -> None:
    """Show a metric for a period, without --since the last 28 days."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.get(
                f"/metrics/{part(name)}", by=by, since=since, until=until, timezone=timezone, days=days
            )
            return found

    found = run(work())
    if as_json:
        show_json(found)
        return
    values = [{**figure["group"], **figure} for figure in found["figures"]]
    groups = list(found["figures"][0]["group"]) if found["figures"] else []
    kinds = {"share": ["share", "low", "high"], "mean": ["mean"], "quantiles": ["p50", "p95"]}
    columns = [*groups, "count", "of", *kinds[found["metric"]["kind"]]]
    show_rows(values, columns, as_json=False, empty="Nothing in this period.")
