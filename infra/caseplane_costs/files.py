"""Strict YAML files that people write: every fault is reported at once, each with its key and a way out."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from caseplane_costs.errors import CostError

M = TypeVar("M", bound=BaseModel)


class FileError(CostError):
    """A file cannot be read or is invalid; the message lists every fault with its key."""


class Strict(BaseModel):
    """Refuses keys that it does not know."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True
    )


def read(path: Path) -> Any:
    """A file's content; JSON is YAML, too.

    Raises:
        FileError: it cannot be read.
    """
    try:
        return yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as exc:
        raise FileError(f"{path}: cannot be read: {exc}") from exc


def check(model: type[M], content: Any, where: str) -> M:
    """Check a file's content.

    Raises:
        FileError: a key is unknown, or a value invalid.
    """
    if not isinstance(content, dict):
        keys = ", ".join(model.model_fields)
        raise FileError(f"{where}: must have keys ({keys}), but is a {type(content).__name__}.")
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        faults = "\n".join(f"  - {': '.join(filter(None, each))}" for each in _faults(exc, model))
        raise FileError(f"{where} is invalid:\n{faults}") from exc


def nearest(given: str, known: Iterable[str]) -> str:
    """What a key may have been meant to be."""
    near = difflib.get_close_matches(given, list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"


def _faults(exc: ValidationError, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Path and message of each fault."""
    for error in exc.errors():
        path = [str(each) for each in error["loc"]]
        message = error["msg"].removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            known = _model_at(model, path[:-1]).model_fields
            message = f"no such key; {nearest(path[-1], known)}"
        yield ".".join(path), message


def _model_at(model: type[BaseModel], path: Sequence[str]) -> type[BaseModel]:
    """The model of a section; the keys of a mapping, such as a tenant's name, are no fields and lead nowhere."""
    for key in path:
        field = model.model_fields.get(key)
        model = (field and _model_in(field.annotation)) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is of, such as `dict[str, Tokens]` or `People | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
