"""Options that mean the same in several commands."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Id = Annotated[str, typer.Argument(help="Its id.")]
Limit = Annotated[int, typer.Option(help="At most so many.", min=1)]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)]
Strict = Annotated[bool, typer.Option("--strict", help="End with 1 if a document failed.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="A line for every document.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
