"""`caseplane connector`: desks that tickets are mirrored to, and their secrets."""

import sys
from typing import Annotated, Any
from uuid import UUID

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson
from caseplane.cli.output import note, say, show_fields, show_json, show_rows

app = typer.Typer(
    help="Desks: list, pause and resume them; rotate, list and revoke their secrets.", no_args_is_help=True
)
Connector = Annotated[str, typer.Argument(help="The connector's name or id.")]
HOUR = 3_600


@app.command("list")
def list_connectors(as_json: AsJson = False) -> None:
    """Show the desks."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            found: list[dict[str, Any]] = await api.get("/connectors")
            return [
                {**each, **await api.get(f"/connectors/{each['connection_id']}/health")} for each in found
            ]

    columns = ["connection_id", "name", "kind", "status", "waiting", "waiting_since", "dead", "last_error"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no connectors.")


@app.command()
def health(connector: Connector, as_json: AsJson = False) -> None:
    """Show what waits for a desk and since when, what is dead, and what went wrong last."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.get(f"/connectors/{await _id(api, connector)}/health")
            return found

    show_fields(run(work()), as_json=as_json)


@app.command()
def check(connector: Connector, as_json: AsJson = False) -> None:
    """Ask a desk something harmless, to see whether its address and credentials are right."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            found: dict[str, Any] = await api.post(f"/connectors/{await _id(api, connector)}/check")
            return found

    found = run(work())
    if as_json:
        show_json(found)
    elif found["status"] == "ok":
        say(f"{connector} answers.")
    elif found["status"] == "not_asked":
        say(str(found["detail"]))
    if found["status"] == "failed":
        raise CommandError(f"{connector} cannot be used: {found['detail']}", Exit.failure)


@app.command()
def pause(connector: Connector, as_json: AsJson = False) -> None:
    """Let what a desk should get wait; it is neither sent nor lost."""
    _switch(connector, enabled=False, as_json=as_json)


@app.command()
def resume(connector: Connector, as_json: AsJson = False) -> None:
    """Send what waited for a paused desk, in order."""
    _switch(connector, enabled=True, as_json=as_json)


def _switch(connector: str, *, enabled: bool, as_json: bool) -> None:
    async def work() -> dict[str, Any]:
        async with connect() as api:
            path = f"/connectors/{await _id(api, connector)}"
            version = (await api.get(path))["version"]
            await api.call("PATCH", path, json={"enabled": enabled}, headers={"If-Match": f'"{version}"'})
            found: dict[str, Any] = await api.get(f"{path}/health")
            return found

    found = run(work())
    if as_json:
        show_json(found)
    elif enabled:
        say(f"{connector} is resumed; deliveries that waited: {found['waiting']}.")
    else:
        say(f"{connector} is paused; deliveries that wait: {found['waiting']}.")


@app.command()
def rotate(
    connector: Connector,
    overlap: Annotated[
        float | None,
        typer.Option(
            help="Hours for which the secret before stays valid, 0 ends it now; else the server's setting.",
            min=0,
            max=720,
        ),
    ] = None,
    own: Annotated[
        bool, typer.Option("--stdin", help="Read the new secret from standard input; else one is made.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a desk a new secret and print it, this once; the one before stays valid for a while."""
    body: dict[str, Any] = {} if overlap is None else {"overlap": overlap * HOUR}
    if own:
        body["secret"] = sys.stdin.read().strip()

    async def work() -> dict[str, Any]:
        async with connect() as api:
            made: dict[str, Any] = await api.post(f"/connectors/{await _id(api, connector)}/secrets", body)
            return made

    made = run(work())
    if as_json:
        show_json(made)
        return
    _show(made["secrets"])
    if made["secret"]:
        note("Give the desk the new secret now; it is not shown again:")
        say(made["secret"])


@app.command("secrets")
def list_secrets(connector: Connector, as_json: AsJson = False) -> None:
    """Show which secrets of a desk are valid now, by fingerprint."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            found: list[dict[str, Any]] = await api.get(f"/connectors/{await _id(api, connector)}/secrets")
            return found

    _show(run(work()), as_json=as_json)


@app.command()
def revoke(
    connector: Connector,
    fingerprint: Annotated[str, typer.Argument(help="Of the former secret, as `secrets` shows it.")],
    as_json: AsJson = False,
) -> None:
    """End a former secret of a desk now."""

    async def work() -> None:
        async with connect() as api:
            await api.call("DELETE", f"/connectors/{await _id(api, connector)}/secrets/{part(fingerprint)}")

    run(work())
    if as_json:
        show_json({"fingerprint": fingerprint, "revoked": True})
    else:
        say(f"Secret {fingerprint} is revoked.")


def _show(secrets: list[dict[str, Any]], *, as_json: bool = False) -> None:
    show_rows(secrets, ["fingerprint", "present", "retired_at", "expires_at"], as_json=as_json)


async def _id(api: Api, named: str) -> str:
    """The id of a connector by its name or id."""
    try:
        return str(UUID(named))
    except ValueError:
        found = [row["connection_id"] for row in await api.get("/connectors") if row["name"] == named]
    if not found:
        raise CommandError(
            f"There is no connector {named!r}; `caseplane connector list` shows them.", Exit.not_found
        )
    return str(found[0])
