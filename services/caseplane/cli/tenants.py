"""`caseplane tenant`: creates and erases tenants, exports their data."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Yes
from caseplane.cli.output import Meter, note, say, show_fields, show_json, show_rows

app = typer.Typer(
    help="Tenants. All but `export` need the platform's key (CASEPLANE_PLATFORM_ADMIN_KEY).",
    no_args_is_help=True,
)


@app.command()
def create(
    slug: Annotated[str, typer.Argument(help="Short name: lower-case letters, digits, hyphens.")],
    name: Annotated[str | None, typer.Option(help="Name shown to people; else the short name.")] = None,
    admin_key: Annotated[
        bool, typer.Option("--admin-key", help="Issue an admin key even if the tenant was there already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a tenant and print its first admin key; the same name again changes nothing."""

    async def work() -> dict[str, Any]:
        async with connect(platform=True) as api:
            answer = await api.send("POST", "/tenants", json={"slug": slug, "display_name": name or slug})
            tenant: dict[str, Any] = answer.json()
            if answer.status_code == 201 or admin_key:
                issued = await api.post(
                    f"/tenants/{tenant['tenant_id']}/admin-keys", {"name": "first admin key"}
                )
                tenant["admin_key"] = issued["key"]
            return tenant

    tenant = run(work())
    if as_json:
        show_json(tenant)
        return
    show_fields(tenant, as_json=False, names=["tenant_id", "slug", "display_name", "status"])
    if "admin_key" in tenant:
        note("Keep the admin key now; it is not shown again:")
        say(tenant["admin_key"])
    else:
        note("The tenant was there already; --admin-key issues another key.")


@app.command("list")
def list_tenants(as_json: AsJson = False) -> None:
    """Show the tenants."""

    async def work() -> list[dict[str, Any]]:
        async with connect(platform=True) as api:
            return await api.rows("/tenants")

    columns = ["tenant_id", "slug", "display_name", "status", "created_at"]
    show_rows(run(work()), columns, as_json=as_json, empty="There are no tenants.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder to write to.", file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Write everything that is stored of the key's own tenant to a folder."""
    if folder.exists() and any(folder.iterdir()):
        raise CommandError(f"{folder} is not empty; name a new folder.", Exit.usage)
    manifest = run(_export(folder))
    if as_json:
        show_json(manifest)
        return
    rows = sum(table["rows"] for table in manifest["tables"])
    say(
        f"{rows:,} rows of {len(manifest['tables'])} tables and {len(manifest['files'])} files are in {folder}."
    )


async def _export(folder: Path) -> dict[str, Any]:
    async with connect() as api:
        me = await api.get("/me")
        base = f"/tenants/{me['tenant_id']}/exports"
        asked = await api.post(base)
        base = f"{base}/{asked['export_id']}"
        manifest: dict[str, Any] = asked
        while manifest["status"] != "done":
            await asyncio.sleep(0.5)
            manifest = await api.get(base)
        parts = [name for table in manifest["tables"] for name in table["parts"]]
        with Meter("Downloading", unit="files") as meter:
            total = len(parts) + len(manifest["files"])
            for done, name in enumerate(parts, 1):
                await _download(api, f"{base}/parts/{name}", folder / "rows" / name)
                meter.update(done, total)
            for done, file in enumerate(manifest["files"], len(parts) + 1):
                key = "/".join(part(piece) for piece in file["key"].split("/"))
                await _download(api, f"{base}/files/{key}", _inside(folder / "files", file["key"]))
                meter.update(done, total)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    return manifest


async def _download(api: Api, path: str, target: Path) -> None:
    content = (await api.send("GET", path)).content

    def write() -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    await asyncio.to_thread(write)


def _inside(folder: Path, key: str) -> Path:
    """A path below a folder; refuses names that lead outside."""
    target = (folder / key).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise CommandError(f"The server names a file outside of the folder: {key!r}.")
    return target


@app.command()
def erase(
    tenant: Annotated[str, typer.Argument(help="Its id or short name.")],
    yes: Yes = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait until it is done.", min=0)] = 300,
    as_json: AsJson = False,
) -> None:
    """Erase a tenant and everything of it; it cannot be undone."""
    if not yes and not typer.confirm(f"Erase the tenant {tenant} and everything of it for good?"):
        raise CommandError("Nothing was erased.", Exit.interrupted)
    erased = run(_erase(tenant, wait))
    if as_json:
        show_json(erased)
    elif erased["status"] == "erased":
        say(f"Tenant {tenant} is erased.")
    else:
        say(f"Tenant {tenant} is being erased.")


async def _erase(tenant: str, wait: float) -> dict[str, Any]:
    async with connect(platform=True) as api:
        tenant_id = await _tenant_id(api, tenant)
        found: dict[str, Any] = await api.call("DELETE", f"/tenants/{tenant_id}")
        for _ in range(int(wait / 0.5)):
            if found["status"] == "erased":
                break
            await asyncio.sleep(0.5)
            found = await api.get(f"/tenants/{tenant_id}")
        return found


async def _tenant_id(api: Api, tenant: str) -> str:
    try:
        return str(UUID(tenant))
    except ValueError:
        page = await api.get("/tenants", slug=tenant)
    if not page["items"]:
        raise CommandError(
            f"There is no tenant {tenant!r}; `caseplane tenant list` shows them.", Exit.not_found
        )
    return str(page["items"][0]["tenant_id"])
