"""Renders documents as one HTML page that loads nothing: it has its styles and charts in it, and no scripts."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from caseplane_costs.report.document import Document


@cache
def _template() -> Template:
    loader = PackageLoader("caseplane_costs.report", package_path="")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("template.html")


def render(document: Document) -> str:
    return _template().render(document=document)
