"""`caseplane keys`: a tenant's API keys."""

from typing import Annotated

import typer

from caseplane.cli.api import connect
from caseplane.cli.exits import run
from caseplane.cli.options import AsJson, Id
from caseplane.cli.output import note, say, show_fields, show_json, show_rows
from caseplane.cli.references import whole_id

app = typer.Typer(help="API keys of the tenant.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[list[str], typer.Option(help="A role it has; may be repeated.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="Narrow it to an area, e.g. tickets or tickets:read.")
    ] = None,
    entitlement: Annotated[
        list[str] | None, typer.Option(help="A group whose documents its holder may see.")
    ] = None,
    customer: Annotated[str | None, typer.Option(help="Bind a customer's key to this one customer.")] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends, e.g. 2027-01-31T00:00:00Z.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, this once."""
    body = {
        "name": name,
        "roles": role,
        "scopes": scope or [],
        "entitlements": entitlement or [],
        "customer_id": customer,
        "expires_at": expires,
    }

    async def work() -> dict[str, object]:
        async with connect() as api:
            made: dict[str, object] = await api.post("/api-keys", body)
            return made

    made = run(work())
    if as_json:
        show_json(made)
        return
    show_fields(made, as_json=False, names=["key_id", "name", "roles", "scopes", "customer_id", "expires_at"])
    note("Keep it now; it is not shown again:")
    say(str(made["key"]))


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Show the keys, revoked ones too."""

    async def work() -> list[dict[str, object]]:
        async with connect() as api:
            return await api.rows("/api-keys")

    columns = ["key_id", "prefix", "name", "roles", "scopes", "last_used_at", "expires_at", "revoked_at"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no keys.")


@app.command()
def revoke(key_id: Id, as_json: AsJson = False) -> None:
    """Refuse a key from now on."""

    async def work() -> None:
        async with connect() as api:
            found = await whole_id(
                api, key_id, path="/api-keys", field="key_id", noun="key", listing="keys list"
            )
            await api.call("DELETE", f"/api-keys/{found}")

    run(work())
    if as_json:
        show_json({"key_id": key_id, "revoked": True})
    else:
        say(f"Key {key_id} is revoked.")
