"""`caseplane insights`: what customers keep asking, what is written about it, and whether it helped."""

import typer

from caseplane.cli import clusters, datasets

app = typer.Typer(
    help="Insights: what customers keep asking, what is written about it, and whether it helped.",
    no_args_is_help=True,
)
app.add_typer(datasets.app, name="datasets")
app.add_typer(clusters.app, name="clusters")
