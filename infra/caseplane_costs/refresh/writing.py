"""Writes confirmed prices into the catalog's files, each whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from caseplane_costs.catalog import Tier, parse
from caseplane_costs.refresh.changes import Change, Changes

WIDTH = 120


def write(changes: Changes, folder: Path, *, today: date) -> list[Path]:
    """Put what the source confirmed into the files of a provider.

    Args:
        changes: what a refresh found.
        folder: of the provider's files.
        today: the day on which the prices were read.

    Returns:
        The files that were written.

    Raises:
        CatalogError: the result would not be a catalog; then nothing was written.
    """
    contents = {path: _renewed(path, changes, today) for path in sorted(folder.glob("*.yaml"))}
    texts = {path: text for path, text in contents.items() if text != path.read_text()}
    parse({path.name: yaml.safe_load(text) for path, text in contents.items()})
    for path, text in texts.items():
        _replace(path, text)
    return list(texts)


def _renewed(path: Path, changes: Changes, today: date) -> str:
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
        return _plain(change.new[0])
    return [{"from": float(each.start), "price": _plain(each)} for each in change.new]


def _plain(tier: Tier) -> float:
    return float(tier.price)


def _replace(path: Path, text: str) -> None:
    """Beside it, then into its place: a reader sees the old file or the new one."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(path.stat().st_mode)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
