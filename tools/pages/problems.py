"""Generates the table of problem types from the error classes."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import caseplane
from caseplane.core.errors import CaseplaneError
from tools.pages.marks import with_generated


def import_everything() -> None:
    """Import every module with a problem: Python knows subclasses only after their import."""
    package = Path(next(iter(caseplane.__path__)))
    for source in sorted(package.rglob("*.py")):
        if "slug, title = " not in source.read_text(encoding="utf-8"):
            continue
        parts = source.relative_to(package.parent).with_suffix("").parts
        importlib.import_module(".".join(part for part in parts if part != "__init__"))


def problem_classes() -> list[type[CaseplaneError]]:
    """Every class with its own slug, by status and slug."""
    import_everything()
    # One fact may be two services'; in the order of their names, so that it does not matter what was imported first.
    classes = sorted(_subclasses(CaseplaneError), key=lambda cls: (cls.__module__, cls.__name__))
    found = {cls.slug: cls for cls in classes if "slug" in vars(cls)}
    found.setdefault(CaseplaneError.slug, CaseplaneError)
    return sorted(found.values(), key=lambda cls: (cls.status, cls.slug))


def _subclasses(cls: type[CaseplaneError]) -> Iterator[type[CaseplaneError]]:
    for child in cls.__subclasses__():
        if child.__module__.startswith("caseplane."):
            yield child
            yield from _subclasses(child)


def generated() -> str:
    lines = ["| Status | `type` ends with | Title | Meaning |", "|---|---|---|---|"]
    for cls in problem_classes():
        said = " ".join((inspect.getdoc(cls) or "").split("\n\n")[0].split()).replace("|", "\\|")
        if cls is CaseplaneError:
            said = "A fault of the platform. The log has the cause under the request id."
        lines.append(f"| {cls.status} | `{cls.slug}` | {cls.title} | {said} |")
    return "\n".join(lines)


def render() -> str:
    return with_generated("docs/errors.md", generated())
