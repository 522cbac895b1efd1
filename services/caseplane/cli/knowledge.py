"""`caseplane kb`: knowledge bases and their content."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from caseplane.cli.api import Api, connect, part
from caseplane.cli.exits import CommandError, Exit, run
from caseplane.cli.options import AsJson, Strict, Verbose, Yes
from caseplane.cli.output import Meter, note, say, show_fields, show_json, show_rows
from caseplane.cli.sites import site_of
from caseplane.retrieval.sources.addresses import UriStyle

if TYPE_CHECKING:
    from caseplane.cli import ingest as ingestion

app = typer.Typer(
    help="Knowledge bases: create, list, ingest, sources, sync, search, reindex, delete.",
    no_args_is_help=True,
)
Base = Annotated[str, typer.Argument(help="The knowledge base's name or id.")]
DEFAULT_BASE = "default"
POLL_SECONDS = 0.5
QUALITY_SECONDS = 30
"""How long an ingestion waits for the quality report; it is made anyway."""
LONG_SECONDS = 600
PREVIEWED = ("added", "changed", "reindexed", "moved", "unchanged", "deleted", "refused")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name.")],
    description: Annotated[str, typer.Option(help="What it is about.")] = "",
    acl: Annotated[
        list[str] | None, typer.Option(help="A group that may see it; may be repeated; none: everyone.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="Embedding model of the installation, by its name there.")
    ] = "default",
    as_json: AsJson = False,
) -> None:
    """Make an empty knowledge base."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            body = {"name": name, "description": description, "acl": acl or [], "embedding_profile": profile}
            made: dict[str, Any] = await api.post("/knowledge-bases", body)
            return made

    show_fields(run(work()), as_json=as_json, names=["id", "name", "acl"])


@app.command("list")
def list_bases(as_json: AsJson = False) -> None:
    """Show the knowledge bases."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            return await api.rows("/knowledge-bases")

    bases = run(work())
    for base in [] if as_json else bases:
        base["embedding"] = _embedding(base)
    columns = ["name", "documents", "chunks", "embedding", "acl", "updated_at", "id"]
    show_rows(bases, columns, as_json=as_json, empty="There are no knowledge bases.")


@app.command()
def ingest(
    path: Annotated[Path, typer.Argument(help="A folder, a file or a zip archive.", exists=True)],
    kb: Annotated[str, typer.Option("--kb", help="Name or id; made if there is none.")] = DEFAULT_BASE,
    source: Annotated[
        str | None,
        typer.Option(help="Name of the source in it; else the one that lies where the folder lies."),
    ] = None,
    acl: Annotated[
        list[str] | None, typer.Option(help="A group that may see these documents; may be repeated.")
    ] = None,
    base_uri: Annotated[
        str | None, typer.Option(help="What citations put before a file's path, e.g. https://docs.example/.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be added, changed and deleted.")
    ] = False,
    yes: Yes = False,
    uri_style: Annotated[
        UriStyle | None,
        typer.Option(
            help="Whose rules make a page's address of its path; else what the folder's settings show."
        ),
    ] = None,
    strict: Strict = False,
    quality: Annotated[
        bool,
        typer.Option("--quality/--no-quality", help="End with two lines on the quality of the documents."),
    ] = True,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Bring a folder into a knowledge base; a second run does only what changed."""
    from caseplane.cli import ingest as ingestion
    from caseplane.cli import quality as reporting

    given = {"acl": acl, "base_uri": base_uri, "uri_style": uri_style}
    more = {name: value for name, value in given.items() if value is not None}
    if (more or dry_run) and not path.is_dir():
        raise CommandError(
            "--acl, --base-uri, --uri-style and --dry-run are for a folder; give one.", Exit.usage
        )
    if dry_run:
        _preview(path, kb, source, as_json=as_json)
        return
    if base_uri is not None and uri_style is None:
        more |= _guessed(path, quiet=as_json)

    async def work() -> "tuple[ingestion.Report, list[str]]":
        async with connect() as api:
            base = await ensure_base(api, kb)
            with Meter("Ingesting") as meter:
                if path.is_dir():
                    report = await ingestion.ingest_folder(
                        api, base, path, source=source, meter=meter, confirm=_confirm(yes=yes), **more
                    )
                else:
                    report = await ingestion.upload_file(api, base, path, source=source, meter=meter)
            if as_json or not quality or not report.counts.get("indexed"):
                return report, []
            with Meter("Measuring"):
                read = await reporting.make_quality(api, base, seconds=QUALITY_SECONDS)
            return report, reporting.summary(read, kb)

    report, lines = run(work())
    _finish(report, strict=strict, verbose=verbose, as_json=as_json, more=lines)


def _confirm(*, yes: bool) -> "ingestion.Confirm":
    """How a run that would delete many documents is confirmed: by the option, at a terminal, or not."""
    from caseplane.cli import ingest as ingestion

    def ask(problem: dict[str, Any]) -> bool:
        for path in problem["paths"]:
            note(f"  {path}")
        more = problem["deletions"] - len(problem["paths"])
        if more:
            note(f"  and {more:,} more")
        counted = f"{problem['deletions']:,} of the {problem['documents']:,} documents"
        return typer.confirm(f"Delete these {counted} of source {problem['source']!r}?", err=True)

    if yes:
        return lambda _: True
    return ask if sys.stdin.isatty() and sys.stderr.isatty() else ingestion.refuse


def _preview(path: Path, kb: str, source: str | None, *, as_json: bool) -> None:
    from caseplane.cli import ingest as ingestion

    async def work() -> dict[str, Any]:
        async with connect() as api:
            return await ingestion.preview_folder(api, await _find(api, kb), path, source=source)

    found = run(work())
    if as_json:
        show_json(found)
        return
    for state in ("added", "changed", "reindexed", "deleted"):
        for name in found[state]:
            say(f"{state:<9} {name}")
    for move in found["moved"]:
        say(f"{'moved':<9} {move['path']} (was {move['previous_path']})")
    for entry in found["refused"]:
        say(f"{'refused':<9} {entry['path']}: {entry['detail']}")
    counted = ", ".join(f"{len(found[state]):,} {state}" for state in PREVIEWED if found[state])
    say(f"Source {found['source']}: {counted or 'nothing to do'}. Nothing was done.")
    if found["confirmation_needed"]:
        say("The run would ask, since it deletes a large share of the source's documents; --yes answers it.")


def _guessed(folder: Path, *, quiet: bool) -> dict[str, str]:
    found = site_of(folder)
    if found is None:
        return {}
    style, name = found
    if not quiet:
        say(f"Addresses follow {style}, as {name} shows; --uri-style plain takes the paths as they are.")
    return {"uri_style": style}


@app.command()
def sync(
    kb: Base,
    source: Annotated[str, typer.Option(help="The source to look into: a prefix in the object store.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete however many documents the source no longer has.")
    ] = False,
    strict: Strict = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Have the server bring a source up to date by itself."""
    from caseplane.cli import ingest as ingestion

    async def work() -> "ingestion.Report":
        async with connect() as api:
            base = await base_id(api, kb)
            body = {"source": source, "confirm_deletions": yes}
            begun = await api.post(f"/knowledge-bases/{base}/sync", body)
            with Meter("Syncing") as meter:
                return await ingestion.follow(api, base, begun["id"], meter=meter)

    _finish(run(work()), strict=strict, verbose=verbose, as_json=as_json)


@app.command("sources")
def list_sources(kb: Base, as_json: AsJson = False) -> None:
    """Show where the documents of a knowledge base come from."""

    async def work() -> list[dict[str, Any]]:
        async with connect() as api:
            found: list[dict[str, Any]] = await api.get(f"/knowledge-bases/{await base_id(api, kb)}/sources")
            return found

    found = run(work())
    for source in [] if as_json else found:
        source["from"] = source["prefix"] or _place(source["origin"])
    columns = ["name", "kind", "documents", "last_synced_at", "from"]
    show_rows(found, columns, as_json=as_json, empty="There are no sources.")


def _place(origin: str | None) -> str:
    from caseplane.cli.origins import read_origin

    read = read_origin(origin)
    if read is None:
        return origin or ""
    return f"{read.path} ({read.repository})" if read.repository else str(read.path)


@app.command()
def quality(kb: Base, as_json: AsJson = False) -> None:
    """Measure a knowledge base: what was not read, what is there twice, which of its headings it answers."""
    from caseplane.cli import quality as reporting

    async def work() -> dict[str, Any]:
        async with connect() as api:
            with Meter("Measuring"):
                return await reporting.make_quality(api, await base_id(api, kb), seconds=LONG_SECONDS)

    read = run(work())
    if as_json:
        show_json(read)
    else:
        reporting.show(read, kb)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    kb: Annotated[list[str] | None, typer.Option("--kb", help="Only here; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=100)] = 8,
    as_json: AsJson = False,
) -> None:
    """Find the best evidence for a question."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            ids = [await base_id(api, name) for name in kb or []]
            found: dict[str, Any] = await api.post(
                "/search", {"query": query, "knowledge_base_ids": ids, "limit": limit}
            )
            return found

    found = run(work())
    if as_json:
        show_json(found)
        return
    for number, hit in enumerate(found["results"], 1):
        place = " > ".join(filter(None, [hit["title"], hit["heading"]]))
        say(f"{number}. {place}  ({hit['uri']}, score {hit['score']:.3f})", style="bold")
        say(f"   {' '.join(hit['text'].split())[:400]}\n")
    if not found["results"]:
        say("Nothing was found.")
    if found.get("withheld"):
        say(f"{found['withheld']} more would need other entitlements.")


@app.command()
def reindex(
    kb: Base,
    profile: Annotated[
        str,
        typer.Option(
            help="Embedding model of the installation, by its name there; the present one calls it off."
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until it is done.")] = True,
    as_json: AsJson = False,
) -> None:
    """Embed a knowledge base with another model; until that is done, the present one answers."""

    async def work() -> dict[str, Any]:
        async with connect() as api:
            where = f"/knowledge-bases/{await base_id(api, kb)}"
            base: dict[str, Any] = await api.call("PATCH", where, json={"embedding_profile": profile})
            with Meter("Embedding", unit="chunks") as meter:
                while wait and (now := base["reindexing"]) and now["state"] == "building":
                    meter.update(now["chunks_done"], now["chunks_total"], what=now["error"] or "Embedding")
                    await asyncio.sleep(POLL_SECONDS)
                    base = await api.get(where)
            return base

    base = run(work())
    if as_json:
        show_json(base)
    else:
        say(f"{base['name']}: {_embedding(base)}")
    if base["reindexing"] and base["reindexing"]["state"] == "failed":
        raise typer.Exit(Exit.failure)


@app.command()
def delete(kb: Base, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a knowledge base with everything in it."""
    if not yes and not typer.confirm(f"Delete the knowledge base {kb} with everything in it?"):
        raise CommandError("Nothing was deleted.", Exit.interrupted)

    async def work() -> str:
        async with connect() as api:
            base = await base_id(api, kb)
            await api.call("DELETE", f"/knowledge-bases/{base}")
            return base

    base = run(work())
    if as_json:
        show_json({"id": base, "deleted": True})
    else:
        say(f"Knowledge base {kb} is deleted.")


async def base_id(api: Api, name: str) -> str:
    """The id of a knowledge base by its name or id."""
    found = await _find(api, name)
    if found is None:
        raise CommandError(
            f"There is no knowledge base {name!r}; `caseplane kb list` shows them.", Exit.not_found
        )
    return found


async def ensure_base(api: Api, name: str) -> str:
    """The id of a knowledge base, which is created if missing."""
    found = await _find(api, name)
    if found is None:
        found = str((await api.post("/knowledge-bases", {"name": name}))["id"])
    return found


async def _find(api: Api, name: str) -> str | None:
    try:
        return str((await api.get(f"/knowledge-bases/{part(UUID(name))}"))["id"])
    except ValueError:
        page = await api.get("/knowledge-bases", name=name)
        return str(page["items"][0]["id"]) if page["items"] else None


def _embedding(base: dict[str, Any]) -> str:
    """The model of a knowledge base, with the progress of a change: `default; other 40 of 900, building`."""
    present, coming = base["embedding_profile"], base["reindexing"]
    shown = present["name"] + ("" if present["available"] else " (not available)") if present else ""
    if coming:
        done = f"{coming['chunks_done']:,} of {coming['chunks_total']:,}"
        why = f": {coming['error']}" if coming["error"] else ""
        shown += f"; {coming['profile']['name']} {done}, {coming['state']}{why}"
    return shown


def _finish(
    report: "ingestion.Report", *, strict: bool, verbose: bool, as_json: bool, more: Iterable[str] = ()
) -> None:
    if as_json:
        named = {"source": report.source.name} if report.source else {}
        show_json({**report.ingestion, **named, "seconds": round(report.seconds, 3), "items": report.items})
    else:
        for item in report.items if verbose else report.failed:
            before = f" (was {item['previous_path']})" if item.get("previous_path") else ""
            why = f": {item.get('detail') or item.get('reason')}" if item["state"] == "failed" else ""
            say(f"{item['state']:<9} {item['path']}{before}{why}")
        for item in report.remarked:
            say(f"partly    {item['path']}: {item['detail']}")
        if report.source and report.source.note:
            say(f"This is source {report.source.name!r}. {report.source.note}")
        say(report.line)
        for line in more:
            say(line)
    if strict and report.failed:
        raise typer.Exit(Exit.failure)
