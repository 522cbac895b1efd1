"""Generated and committed pages: the module of each has `render() -> str`, which returns the file's text."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES: Mapping[str, str] = {
    "charts/caseplane/files/services.json": "services",
    "charts/caseplane/values.schema.json": "chart_values",
    "docs/command-line.md": "commands",
    "docs/configuration.md": "configuration",
    "docs/errors.md": "problems",
    "docs/infrastructure-policies.md": "policies",
    "docs/reference/openapi.json": "openapi",
    "docs/reference/handoff-packet.v1.schema.json": "handoff_packet",
    "02-design/delivery.md": "jobs",
    "02-design/infrastructure-parity.md": "parity",
    "docs/cost-estimates.md": "cost_estimates",
}
"""Path of each page to its module; pages that take minutes come last."""


def rendered(path: str) -> str:
    """The text that a page should have; imports only its module, since some need minutes or an engine."""
    text: str = import_module(f"tools.pages.{PAGES[path]}").render()
    return text


def written(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
