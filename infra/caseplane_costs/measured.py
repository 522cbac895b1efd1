"""The file by which costs are split: what each tenant used in a period, as the platform measured it.

The platform serves it as JSON; written by hand it may be YAML.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field

from caseplane_costs import files
from caseplane_costs.allocation import Allocation, Cost, TenantUse, allocate
from caseplane_costs.files import FileError, Strict
from caseplane_costs.stacks import SHARED


class Measured(Strict):
    """The use of a period."""

    tenants: Mapping[str, TenantUse] = Field(min_length=1)
    idle: Mapping[str, Annotated[Decimal, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """Component to the unused part of its capacity."""

    def split(self, costs: Iterable[Cost]) -> Allocation:
        """Split costs among the tenants by their use."""
        return allocate(costs, self.tenants, idle=self.idle)


def read(path: Path) -> Measured:
    """Read measured use.

    Raises:
        FileError: it cannot be read, a key is unknown, a number is invalid, or a tenant is called `shared`.
    """
    measured = files.check(Measured, files.read(path), path.name)
    if SHARED in measured.tenants:
        raise FileError(
            f"{path.name}: a tenant cannot be called `{SHARED}`: that marks what all of them use."
        )
    return measured
