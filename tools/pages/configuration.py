"""Generates the configuration reference from the settings classes."""

import ast
import importlib
import inspect
import itertools
import re
import textwrap
import types
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

import caseplane
from caseplane.core.settings import FileSettings
from tools.pages.marks import with_generated

SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
ROLE = "ROLE"
"""Placeholder in a variable's name for one of several models of the same kind."""


def settings_classes() -> list[type[FileSettings]]:
    """Every settings class of the package, by prefix; found in the source, so that none is missed."""
    package = Path(next(iter(caseplane.__path__)))
    found: dict[str, type[FileSettings]] = {}
    for source in sorted(package.rglob("*.py")):
        if "FileSettings)" not in source.read_text(encoding="utf-8"):
            continue
        parts = source.relative_to(package.parent).with_suffix("").parts
        module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, FileSettings) and value.model_fields:
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return sorted(found.values(), key=prefix)


def prefix(cls: type[BaseModel]) -> str:
    return str(cls.model_config.get("env_prefix", ""))


def docstrings(cls: type[BaseModel]) -> dict[str, str]:
    """The string after each field, also of inherited fields."""
    found = {}
    for each in reversed(cls.__mro__):
        if not each.__module__.startswith("caseplane."):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
        except OSError:  # made at run time, of fields that explain themselves
            continue
        assert isinstance(tree.body[0], ast.ClassDef)
        for field, after in itertools.pairwise(tree.body[0].body):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                found[field.target.id] = " ".join(str(after.value.value).split())
    return found


def inner(annotation: Any) -> Any:
    """The type without `| None` and `Annotated`."""
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [arg for arg in get_args(annotation) if arg is not type(None)]
        return inner(rest[0]) if len(rest) == 1 else annotation
    return inner(get_args(annotation)[0]) if hasattr(annotation, "__metadata__") else annotation


def model_of(annotation: Any) -> type[BaseModel] | None:
    found = inner(annotation)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def iso(value: timedelta) -> str:
    """A duration in the form of the environment."""
    seconds = int(value.total_seconds())
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{days}D" * bool(days) + ("P" * (not days) + f"T{time}" if time else "") or "PT0S"


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "set per machine"
    value = field.default
    match value:
        case None | "" | ():
            return "empty"
        case SecretStr():
            return "set" if value.get_secret_value() else "empty"
        case bool():
            return f"`{str(value).lower()}`"
        case timedelta():
            return f"`{iso(value)}`"
        case Enum():
            return f"`{value.value}`"
        case tuple() | list() | frozenset():
            return "`[" + ", ".join(f'"{item}"' for item in value) + "]`"
    return f"`{value}`"


def kind(field: FieldInfo) -> str:
    """Type and range, in a word or two."""
    annotation = inner(field.annotation)
    bounds = []
    for rule in [*field.metadata, *getattr(field.annotation, "__metadata__", ())]:
        for held in [rule, *getattr(rule, "metadata", ())]:
            for name, sign in SIGNS.items():
                bound = getattr(held, name, None)
                if bound is not None:
                    shown = iso(bound) if isinstance(bound, timedelta) else f"{bound:,}"
                    bounds.append(f"{sign} {shown}")
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        name = "one of " + ", ".join(f"`{member.value}`" for member in annotation)
    elif get_origin(annotation) is dict:
        name = "object (JSON)"
    elif getattr(annotation, "__value__", None) is not None or get_origin(annotation) is not None:
        literals = [arg for arg in get_args(annotation) if isinstance(arg, str)]
        name = "one of " + ", ".join(f"`{arg}`" for arg in literals) if literals else "list (JSON)"
    else:
        names = {
            "timedelta": "duration",
            "SecretStr": "secret",
            "int": "integer",
            "float": "number",
            "Decimal": "number",
            "bool": "true or false",
            "str": "text",
            "Path": "path",
            "AnyHttpUrl": "URL",
        }
        name = names.get(getattr(annotation, "__name__", ""), "text")
    return ", ".join([name, *dict.fromkeys(bounds)])


def meaning(text: str) -> str:
    return text.replace("|", "\\|")


def rows(cls: type[BaseModel], start: str, *, nested: bool = False) -> Iterator[str]:
    explained = docstrings(cls)
    for name, field in cls.model_fields.items():
        if model_of(field.annotation):
            continue
        words = name.replace("_", " ").capitalize().replace(" url", " URL").replace(" json", " as JSON") + "."
        yield (
            f"| `{start}{name.upper()}` | {kind(field)} | {default(field)} |"
            f" {meaning(explained.get(name, words))} |"
        )


def section(cls: type[FileSettings]) -> str:
    head = "| Variable | Type | Default | Meaning |\n|---|---|---|---|"
    table = prefix(cls).removeprefix("CASEPLANE_").strip("_").lower()
    summary = re.sub(r"\s+", " ", (inspect.getdoc(cls) or "").split("\n\n")[0])
    where = f"the `[{table}]` table" if table else "the top level"
    table_of = head + "\n" + "\n".join(rows(cls, prefix(cls)))
    parts = [
        f"### `{cls.model_config.get('title') or prefix(cls) + '*'}`",
        f"{summary} In the file: {where}.",
        table_of,
    ]
    models: dict[type[BaseModel], list[str]] = {}
    explained = docstrings(cls)
    for name, field in cls.model_fields.items():
        model = model_of(field.annotation)
        if model:
            models.setdefault(model, []).append(f"`{name}`: {explained.get(name, '')}")
    for model, names in models.items():
        start = f"{prefix(cls)}{ROLE}__"
        parts.append(f"#### `{start}*`")
        parts.append("In place of `ROLE` stands one of:\n\n" + "\n".join(f"- {name}" for name in names))
        parts.append(head + "\n" + "\n".join(rows(model, start)))
        if "fallback" in model.model_fields:
            note = docstrings(model).get("fallback", "")
            parts.append(f"`{start}FALLBACK__*` takes the same variables for a second endpoint. {note}")
    return "\n\n".join(parts)


def generated() -> str:
    return "\n\n".join(section(cls) for cls in settings_classes())


def render() -> str:
    return with_generated("docs/configuration.md", generated())
