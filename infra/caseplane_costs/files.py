"""Strict YAML files that people write: all errors are reported at once, each with its key and a suggestion."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from caseplane_costs.errors import CostError

M = TypeVar("M", bound=BaseModel)


class FileError(CostError):
    """A file cannot be read or is invalid; the message lists every error with its key."""


class Strict(BaseModel):
    """Refuses unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True
    )


def read(path: Path) -> Any:
    """A file's content; JSON is YAML too.

    Raises:
        FileError: it cannot be read.
    """
    try:
        return yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as exc:
        raise FileError(f"{path}: cannot be read: {exc}") from exc


def check(model: type[M], content: Any, where: str) -> M:
    """Validate a file's content.

    Raises:
        FileError: a key is unknown, or a value is invalid.
    """
    if not isinstance(content, dict):
        keys = ", ".join(model.model_fields)
        raise FileError(f"{where}: must be a mapping with the keys {keys}; it is a {type(content).__name__}.")
    try:
        return model.model_validate(content)
    except ValidationError as exc:
        errors = "\n".join(f"  - {': '.join(filter(None, each))}" for each in _errors(exc, model))
        raise FileError(f"{where} is invalid:\n{errors}") from exc


def nearest(given: str, known: Iterable[str]) -> str:
    """A suggestion in place of an unknown key."""
    near = difflib.get_close_matches(given, list(known), n=1)
    return f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"


def _errors(exc: ValidationError, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Path and message of each error."""
    for error in exc.errors():
        path = [str(each) for each in error["loc"]]
        message = error["msg"].removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            known = _model_at(model, path[:-1]).model_fields
            message = f"no such key; {nearest(path[-1], known)}"
        yield ".".join(path), message


def _model_at(model: type[BaseModel], path: Sequence[str]) -> type[BaseModel]:
    """The model at a path; a key that is not a field, such as a tenant's name in a mapping, is skipped."""
    for key in path:
        field = model.model_fields.get(key)
        model = (field and _model_in(field.annotation)) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `dict[str, Tokens]` or `People | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
