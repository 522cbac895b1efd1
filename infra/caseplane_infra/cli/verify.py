"""`caseplane-infra verify`: the validation rows of a stack, read from the cloud's current state."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pulumi import automation

from caseplane_infra import notices
from caseplane_infra import verify as rows_of
from caseplane_infra.cli.engine import EngineError, asked
from caseplane_infra.settings import NAMESPACE, Settings, SettingsError, parse
from caseplane_infra.verify import Row

REFUSED = 2


def verify(
    stack: Annotated[str, typer.Option(help="Stack to check, such as `aws-prod`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
    refresh: Annotated[
        bool, typer.Option(help="Read the cloud first; without this, check the last known state.")
    ] = True,
    project: Annotated[
        Path, typer.Option(help="Folder of Pulumi.yaml.", exists=True, file_okay=False)
    ] = Path(),
) -> None:
    """Check row by row whether a stack is as its settings say; exits with 1 if a row fails."""
    try:
        with asked():
            rows, notes = _rows(stack, project, refresh=refresh)
    except (EngineError, SettingsError) as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(json.dumps([asdict(row) for row in rows], indent=2) if as_json else table(rows))
    for each in notes:
        typer.echo(f"note: {each}", err=True)
    raise typer.Exit(any(rows_of.failed(rows)))


def _rows(name: str, project: Path, *, refresh: bool) -> tuple[list[Row], Sequence[str]]:
    chosen = automation.select_stack(name, work_dir=str(project))
    settings = _settings(chosen)
    if refresh:
        chosen.refresh(on_output=lambda line: typer.echo(line, err=True), color="never")
    rows = rows_of.verify(settings, chosen.export_stack().deployment or {})
    return rows, notices.of_settings(settings)


def _settings(chosen: automation.Stack) -> Settings:
    texts = {key: each.value for key, each in chosen.get_all_config().items() if key.startswith(NAMESPACE)}
    settings = parse({key.removeprefix(NAMESPACE): text for key, text in texts.items()})
    if settings.cloud == "local":
        raise SettingsError("`local` has no cloud to check; look at the cluster: kubectl get pods -A")
    return settings


def table(rows: Sequence[Row]) -> str:
    """Rows as text: result, requirement, subject, value seen, and the value wanted if it differs."""
    width = max((len(row.what) for row in rows), default=0)
    lines = [_line(row, width) for row in rows]
    count = len(list(rows_of.failed(rows)))
    return "\n".join([*lines, f"{len(rows) - count} of {len(rows)} rows pass, {count} fail"])


def _line(row: Row, width: int) -> str:
    seen = row.seen if row.passed else f"{row.seen}; wanted {row.wanted}"
    return f"{'pass' if row.passed else 'FAIL'}  {row.id}  {row.what:<{width}}  {seen}"
