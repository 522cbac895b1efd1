"""What the platform measured of each tenant in a period: the file that shares costs out.

The platform's own records give it (requests, tokens, storage, compute time, sessions, resolved cases); by hand it is
a strict YAML or JSON file.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field

from caseplane_costs import files
from caseplane_costs.allocation import TenantUse
from caseplane_costs.files import FileError, Strict
from caseplane_costs.stacks import SHARED


class Measured(Strict):
    """A period's use."""

    tenants: Mapping[str, TenantUse] = Field(min_length=1)
    idle: Mapping[str, Annotated[Decimal, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """Component to the part of its capacity that nobody used."""


def read(path: Path) -> Measured:
    """Read measured use.

    Raises:
        FileError: it cannot be read, a key is unknown, a number makes no sense, or a tenant is called `shared`.
    """
    found = files.check(Measured, files.read(path), path.name)
    if SHARED in found.tenants:
        raise FileError(f"{path.name}: `{SHARED}` is no tenant: it marks what all of them use.")
    return found
