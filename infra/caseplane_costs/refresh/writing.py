"""Writes confirmed prices into the catalog's files; each file is written as a whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from caseplane_costs.catalog import parse
from caseplane_costs.refresh.changes import Change, Changes

WIDTH = 120


def write(changes: Changes, folder: Path, *, today: date) -> list[Path]:
    """Write the confirmed prices into a provider's files.

    Args:
        changes: what a refresh found.
        folder: with the provider's files.
        today: when the prices were read.

    Returns:
        The files that changed.

    Raises:
        CatalogError: the result would be an invalid catalog; nothing was written.
    """
    contents = {path: _updated(path, changes, today) for path in sorted(folder.glob("*.yaml"))}
    texts = {path: text for path, text in contents.items() if text != path.read_text()}
    parse({path.name: yaml.safe_load(text) for path, text in contents.items()})
    for path, text in texts.items():
        _replace(path, text)
    return list(texts)


def _updated(path: Path, changes: Changes, today: date) -> str:
    text = path.read_text()
    content: dict[str, Any] = yaml.safe_load(text)
    touched = [each for each in content["prices"] if each["sku"] in changes.confirmed]
    if not touched:
        return text
    for entry in touched:
        found = changes.confirmed[entry["sku"]]
        entry["regions"] = {each.region: _price(each) for each in found}
        entry |= {"as_of": today, "source": changes.source, "note": "Read from the provider's price API."}
    comments = [line for line in text.splitlines(keepends=True) if line.startswith("#")]
    body: str = yaml.safe_dump(
        content, sort_keys=False, width=WIDTH, default_flow_style=None, allow_unicode=True
    )
    return "".join(comments) + body


def _price(change: Change) -> float | list[Mapping[str, float]]:
    if len(change.new) == 1:
        return float(change.new[0].price)
    return [{"from": float(each.start), "price": float(each.price)} for each in change.new]


def _replace(path: Path, text: str) -> None:
    """Write a temporary file and rename it, so that a reader sees either the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(path.stat().st_mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
