"""`caseplane insights`: what customers keep asking, what is written about it, and whether it helped."""

import typer

from caseplane.cli import articles, clusters, datasets, metrics

app = typer.Typer(
    help="Insights: what customers keep asking, what is written about it, and whether it helped.",
    no_args_is_help=True,
)
app.add_typer(articles.gaps, name="gaps")
app.add_typer(articles.articles, name="articles")
app.add_typer(metrics.metrics, name="metrics")
app.add_typer(datasets.app, name="datasets")
app.add_typer(clusters.app, name="clusters")
