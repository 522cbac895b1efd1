"""Documents as one HTML page that asks nothing of anybody: styles and charts are in it, scripts are not needed."""

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
    """The page."""
    return _template().render(document=document)
