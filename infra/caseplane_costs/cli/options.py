"""The options that several commands about costs share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from caseplane_costs.options import Commitment

Format = Literal["table", "json", "markdown", "html"]
Existing = {"exists": True, "dir_okay": False, "readable": True}

PreviewFile = Annotated[
    Path | None, typer.Option("--preview", help="Output of `pulumi preview --json`.", **Existing)
]
ExportFile = Annotated[
    Path | None, typer.Option("--export", help="Output of `pulumi stack export`.", **Existing)
]
StackName = Annotated[
    str, typer.Option("--stack", help="A stack to preview now, such as `aws-prod`, instead of a file.")
]
UsageFile = Annotated[
    Path | None,
    typer.Option(
        "--usage",
        help="Monthly use, merged over the baseline; without it the stack file's `usage`.",
        **Existing,
    ),
]
Region = Annotated[str, typer.Option("--region", help="Region of the prices; without it the stack's own.")]
Committed = Annotated[
    Commitment, typer.Option("--commitment", help="Commit to what runs all month, without prepayment.")
]
People = Annotated[bool, typer.Option("--people", help="Add the cost of the people who take over cases.")]
Strict = Annotated[bool, typer.Option("--strict", help="End with 1 if anything has no price.")]
As = Annotated[
    Format | None,
    typer.Option("--format", "-f", help="Without it from the output file's name, else a table."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The same as `--format json`.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write, instead of standard output.")
]
FocusFiles = Annotated[
    list[Path],
    typer.Option(
        "--focus", help="FOCUS export, CSV or Parquet, or a folder of them; may be repeated.", exists=True
    ),
]
Month = Annotated[str, typer.Option("--month", help="Such as 2026-10; without it the latest in the bill.")]
Prefix = Annotated[
    str, typer.Option("--prefix", help="The stack's, as in its tags; without it `gc-tkt-<environment>`.")
]
