"""Reads labelled texts: CSV with `text` and `category`, or JSON lines with `text` and `fields`."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from caseplane.core.errors import InvalidInputError

_LONGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and what it is about; empty where that is not known."""

    text: str
    category: str


class FieldsOfText(BaseModel):
    """A text, or a ticket's subject and body, and the values that stand in it, by field."""

    model_config = ConfigDict(extra="ignore")

    text: str = ""
    subject: str = ""
    body: str = ""
    category: str | None = None
    fields: dict[str, tuple[str, ...]]

    @field_validator("fields", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        """One value may stand alone, and none be null."""
        if not isinstance(value, dict):
            return value
        return {name: _list(each) for name, each in value.items()}


def _list(value: object) -> object:
    if value is None or value == "":
        return ()
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def load_texts(path: Path, *, labelled: bool = True) -> list[LabelledText]:
    """Read a CSV file.

    Args:
        path: with a heading that has `text` and, if it is labelled, `category`.
        labelled: whether each row must have a category.

    Raises:
        InvalidInputError: naming the line and what is wrong.
    """
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(path, csv.DictReader(file, strict=True), labelled=labelled))
    except OSError as exc:
        raise InvalidInputError(f"{path} cannot be read: {exc.strerror}.") from exc
    except (csv.Error, UnicodeDecodeError) as exc:
        raise InvalidInputError(f"{path} is no CSV file in UTF-8: {exc}") from exc


def _rows(path: Path, reader: "csv.DictReader[str]", *, labelled: bool) -> Iterator[LabelledText]:
    needed = {"text", "category"} if labelled else {"text"}
    missing = needed - set(reader.fieldnames or ())
    if missing:
        raise InvalidInputError(f"{path} has no column {' and no column '.join(sorted(missing))}.")
    for row in reader:
        text, category = (row.get("text") or "").strip(), (row.get("category") or "").strip()
        if labelled and not category:
            raise InvalidInputError(f"{path}, line {reader.line_num}: the category is empty.")
        yield LabelledText(text, category)


def load_fields(path: Path) -> list[FieldsOfText]:
    """Read JSON lines.

    Raises:
        InvalidInputError: naming the line and what is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInputError(f"{path} cannot be read as UTF-8: {exc}") from exc
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(FieldsOfText.model_validate(json.loads(line)))
            except (ValueError, ValidationError) as exc:
                raise InvalidInputError(f"{path}, line {number}: {exc}") from exc
    return found
