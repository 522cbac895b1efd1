"""`caseplane insights clusters`: what the tickets of a data set are about."""

import asyncio
from typing import Annotated, Any

import typer

from caseplane.cli.api import connect, part
from caseplane.cli.datasets import PATH, Name, dataset_id_of
from caseplane.cli.exits import Exit, run
from caseplane.cli.options import AsJson, Limit
from caseplane.cli.output import say, show_fields, show_json, show_rows

app = typer.Typer(help="Clusters: what the tickets of a data set are about.", no_args_is_help=True)
Cluster = Annotated[str, typer.Argument(help="Its id.")]
_PAUSE = 0.5
_OVER = frozenset({"done", "failed", "cancelled"})


@app.command("run")
def run_clustering(
    dataset: Name,
    detail: Annotated[str, typer.Option(help="How fine: coarse, normal or fine.")] = "normal",
    smallest: Annotated[
        int, typer.Option(help="Fewest tickets of a topic; 0 lets their number decide.", min=0)
    ] = 0,
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
    as_json: AsJson = False,
) -> None:
    """Group the tickets by topic; names, locks and moves that people made are kept."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{PATH}/{part(await dataset_id_of(api, dataset))}/clusterings"
            made: dict[str, Any] = await api.post(path, {"detail": detail, "smallest": smallest})
            while wait and made["state"] not in _OVER:
                await asyncio.sleep(_PAUSE)
                made = await api.get(f"{path}/{part(made['clustering_id'])}")
            return made

    made = run(work())
    show_fields(made, as_json=as_json)
    if made["state"] == "failed":
        raise typer.Exit(Exit.failure)


@app.command("list")
def list_clusters(
    dataset: Name,
    level: Annotated[str | None, typer.Option(help="Only: theme, or topic.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show topics and themes, the largest first."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            path = f"{PATH}/{part(await dataset_id_of(api, dataset))}/clusters"
            return await api.rows(path, limit=limit, level=level)

    columns = ["size", "share", "level", "title", "locked", "cluster_id"]
    show_rows(
        run(work()),
        columns,
        as_json=as_json,
        empty="Nothing is grouped; `caseplane insights clusters run` does it.",
    )


@app.command()
def show(dataset: Name, cluster: Cluster, as_json: AsJson = False) -> None:
    """Show a topic with typical tickets and its trend."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{PATH}/{part(await dataset_id_of(api, dataset))}/clusters/{part(cluster)}"
            found: dict[str, Any] = await api.get(path)
            return found

    found = run(work())
    if as_json:
        show_json(found)
        return
    show_fields(
        found, as_json=False, names=["title", "level", "size", "share", "unresolved", "locked", "terms"]
    )
    for each in found["trend"]:
        say(f"  {each['month']}  {each['tickets']}")
    for each in found["examples"]:
        say(f"  {each['external_id']}  {each['subject'] or each['excerpt']}"[:120])


@app.command()
def rename(
    dataset: Name,
    cluster: Cluster,
    name: Annotated[str, typer.Argument(help="What it is called; empty takes the name away.")],
    as_json: AsJson = False,
) -> None:
    """Give a topic a name, which later runs keep."""
    _change(dataset, cluster, {"name": name or None}, as_json=as_json)


@app.command()
def lock(
    dataset: Name,
    cluster: Cluster,
    locked: Annotated[
        bool, typer.Option("--on/--off", help="Whether later runs leave its tickets in it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Keep a topic's tickets together in later runs."""
    _change(dataset, cluster, {"locked": locked}, as_json=as_json)


@app.command()
def merge(
    dataset: Name,
    into: Annotated[str, typer.Argument(help="The topic that stays.")],
    clusters: Annotated[list[str], typer.Argument(help="Topics that become part of it.")],
    as_json: AsJson = False,
) -> None:
    """Make several topics one."""
    _post(dataset, "merge", {"into": into, "clusters": clusters}, as_json=as_json)


@app.command()
def split(
    dataset: Name,
    cluster: Cluster,
    name: Annotated[str | None, typer.Option(help="Of the new topic.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a topic two: the halves that lie farthest apart."""
    _post(dataset, f"{part(cluster)}/split", {"name": name}, as_json=as_json)


def _change(dataset: str, cluster: str, body: dict[str, Any], *, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{PATH}/{part(await dataset_id_of(api, dataset))}/clusters/{part(cluster)}"
            found: dict[str, Any] = await api.call("PATCH", path, json=body)
            return found

    show_fields(run(work()), as_json=as_json)


def _post(dataset: str, what: str, body: dict[str, Any], *, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"{PATH}/{part(await dataset_id_of(api, dataset))}/clusters/{what}"
            found: dict[str, Any] = await api.post(path, body)
            return found

    show_fields(run(work()), as_json=as_json)
