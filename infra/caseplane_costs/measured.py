"""What the platform measured of each tenant in a period: the file that shares costs out.

The platform's own records give it (requests, tokens, storage, compute time, sessions, resolved cases); by hand it is
a strict YAML or JSON file.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from caseplane_costs.allocation import TenantUse
from caseplane_costs.budgets import nearest
from caseplane_costs.resources import SHARED


class MeasuredError(Exception):
    """The file is wrong; the message lists every fault with its key."""


def _exact(value: Any) -> Any:
    """YAML's floats as they were written."""
    return Decimal(str(value)) if isinstance(value, float) else value


Amount = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=Decimal(10) ** 15)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Tenant(_Strict):
    requests: Amount = Decimal(0)
    tokens: Amount = Decimal(0)
    storage_gb: Amount = Decimal(0)
    compute_seconds: Amount = Decimal(0)
    sessions: Count = 0
    resolved_cases: Count = 0


class Measured(_Strict):
    """A period's use."""

    tenants: Mapping[str, _Tenant] = Field(min_length=1)
    idle: Mapping[str, Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=1)]] = Field(
        default_factory=dict
    )
    """Component to the part of its capacity that nobody used."""

    @property
    def use(self) -> dict[str, TenantUse]:
        """As the allocation takes it."""
        return {name: TenantUse(**each.model_dump()) for name, each in self.tenants.items()}


def read(path: Path) -> Measured:
    """Read measured use.

    Raises:
        MeasuredError: it cannot be read, a key is unknown, a number makes no sense, or a tenant is called `shared`.
    """
    try:
        given = yaml.safe_load(path.read_text())  # JSON is YAML
    except (OSError, yaml.YAMLError) as exc:
        raise MeasuredError(f"{path}: cannot be read: {exc}") from exc
    try:
        found = Measured.model_validate(given)
    except ValidationError as exc:
        raise MeasuredError(f"{path.name} needs mending:\n" + "\n".join(map(_fault, exc.errors()))) from exc
    if SHARED in found.tenants:
        raise MeasuredError(f"{path.name}: `{SHARED}` is no tenant: it marks what all of them use.")
    return found


def _fault(error: Any) -> str:
    path = [str(each) for each in error["loc"]]
    said = error["msg"]
    if error["type"] == "extra_forbidden":
        said = f"no such key; {nearest(path[-1], Measured.model_fields if len(path) == 1 else _Tenant.model_fields)}"
    return f"  - {'.'.join(path)}: {said}"
