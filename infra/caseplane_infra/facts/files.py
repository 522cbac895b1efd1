"""The data, read once."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def read(name: str) -> dict[str, Any]:
    """The content of `NAME.yaml`."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / f"{name}.yaml").read_text())
    return found
