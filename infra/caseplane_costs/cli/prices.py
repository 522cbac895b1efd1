"""`caseplane-infra prices refresh`: compares the catalog with the provider's price API.

Exit codes: 0 done; 1 the API had none of the prices; 2 an invalid request, such as missing credentials.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import typer

from caseplane_costs.catalog import FOLDER, Entry, Provider, read
from caseplane_costs.cli.output import FAILED, refusals
from caseplane_costs.refresh.changes import Changes, find_changes
from caseplane_costs.refresh.providers import source_of
from caseplane_costs.refresh.writing import write

app = typer.Typer(name="prices", help="The price catalog.", no_args_is_help=True)


@app.callback()
def _prices() -> None:
    """Typer needs a callback to keep the name of a single command."""


@app.command()
def refresh(
    provider: Annotated[Provider, typer.Argument(help="Whose prices.")],
    only: Annotated[str, typer.Option("--only", help="Keys to read, such as `rds.*`; without it all.")] = "*",
    write_: Annotated[
        bool, typer.Option("--write", help="Write what the API confirmed into the catalog's files.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help="The provider's files; without it the catalog's own.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the difference as JSON.")] = False,
) -> None:
    """Read the provider's prices of today and show the differences; nothing is written without `--write`."""
    place = folder or FOLDER / provider
    with refusals():
        found = find_changes(read(place), source_of(provider), only=_named(only))
        written = write(found, place, today=datetime.now(UTC).date()) if write_ and found.confirmed else []
    typer.echo(
        json.dumps(_values(found, written), indent=2)
        if as_json
        else _text(found, written if write_ else None)
    )
    if not found.confirmed:
        raise typer.Exit(FAILED)


def _named(pattern: str) -> Callable[[Entry], bool]:
    return lambda entry: fnmatchcase(entry.sku, pattern)


def _text(found: Changes, written: list[Path] | None) -> str:
    same = sum(not any(each.changed for each in changes) for changes in found.confirmed.values())
    lines = [
        *(f"changed  {each}" for each in found.changed),
        *(f"unknown  {sku}: {why}" for sku, why in found.missing.items()),
        f"{len(found.confirmed)} prices read, {len(found.confirmed) - same} changed, {len(found.missing)} not found",
    ]
    if written is not None:
        lines.append(f"written: {', '.join(map(str, written)) or 'nothing'}")
    elif found.confirmed:
        lines.append("Nothing was written; use --write.")
    return "\n".join(lines)


def _values(found: Changes, written: list[Path]) -> dict[str, Any]:
    changed = [
        {
            "sku": each.sku,
            "region": each.region,
            "old": [[str(tier.start), str(tier.price)] for tier in each.old],
            "new": [[str(tier.start), str(tier.price)] for tier in each.new],
        }
        for each in found.changed
    ]
    return {
        "source": found.source,
        "confirmed": sorted(found.confirmed),
        "changed": changed,
        "missing": found.missing,
        "written": [str(each) for each in written],
    }
