"""Wire models of costs: what is measured, what is published, and what a tenant reads."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from caseplane.core.errors import InvalidInputError

UNALLOCATED = "unallocated"
"""Takes what is shared where there is no tenant at all."""
Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=2)]
"""In units of the currency, whole cents; a credit is negative."""
Name = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class TenantUse(BaseModel):
    """What was measured of a tenant in a month."""

    requests: int
    """At the public API."""
    tokens: Decimal = Decimal(0)
    """Of language models; millionths of a dollar where prices are set, as models differ in price."""
    storage_gb: Decimal
    """Files, in 10⁹ bytes, on average over the days on which they were measured."""
    compute_seconds: Decimal
    """For which its requests ran and its jobs kept a worker's place."""
    sessions: int
    resolved_cases: int
    """Resolved, and not brought up again within the reopen window."""


class MeasuredUse(BaseModel):
    """What every tenant used in a month; the file that `caseplane-infra allocate --use` reads."""

    tenants: dict[str, TenantUse]
    """By slug."""


class TenantShare(BaseModel):
    """A tenant's part of a month."""

    model_config = ConfigDict(extra="ignore")

    total: Amount
    direct: Amount
    """Of what is the tenant's own."""
    shared: Amount
    """Of what all use, by measured use."""
    idle: Amount
    """Of shared capacity that nobody used."""
    by_component: Annotated[Mapping[Name, Amount], Field(max_length=100)] = {}


class Allocated(BaseModel):
    """A month's cost shared out: what `caseplane-infra allocate --json` writes, and whether it was billed."""

    model_config = ConfigDict(extra="ignore")

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    basis: Literal["estimated", "billed"] = "estimated"
    total: Amount
    tenants: Annotated[Mapping[Name, TenantShare], Field(max_length=100_000)]

    def check(self, *, known: Collection[str]) -> None:
        """Refuse shares of unknown tenants, and shares that do not make up the whole.

        Raises:
            InvalidInputError: names the first fault.
        """
        for slug, share in self.tenants.items():
            if slug not in known and slug != UNALLOCATED:
                raise InvalidInputError(f"tenants.{slug}: there is no such tenant.")
            parts = share.direct + share.shared + share.idle
            if parts != share.total:
                raise InvalidInputError(
                    f"tenants.{slug}: direct, shared and idle are {parts}, not {share.total}."
                )
            components = sum(share.by_component.values(), Decimal(0))
            if share.by_component and components != share.total:
                raise InvalidInputError(
                    f"tenants.{slug}: the components are {components}, not {share.total}."
                )
        whole = sum((share.total for share in self.tenants.values()), Decimal(0))
        if whole != self.total:
            raise InvalidInputError(f"total: the tenants' totals are {whole}, not {self.total}.")


class Share(TenantShare):
    """A tenant's part of a month, as it was published."""

    published_at: datetime


class ModelCosts(BaseModel):
    """What a tenant's calls of language models came to, as measured; part of its share once one is published."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


class CostsRead(BaseModel):
    """What a tenant cost in a month."""

    month: str
    """As `2026-11` (UTC)."""
    basis: Literal["models", "estimated", "billed"]
    """`models`: no share is published, so only what models cost is known."""
    currency: str
    total: Decimal
    share: Share | None
    """Of everything that the installation costs; null until it is published."""
    models: ModelCosts
    sessions: int
    """Begun in the month."""
    durably_resolved: int
    """Resolved in the month, and not brought up again within the reopen window."""
    awaiting_durability: int
    """Resolved in the month so recently that the window is still open; counted in no unit cost."""
    per_session: Decimal | None
    per_resolved_case: Decimal | None
    """Total per durably resolved case; null where there is none yet."""


class UsageRead(BaseModel):
    """What a tenant used of language models in this calendar month (UTC)."""

    month: str
    """As `2026-11`."""
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    budget_usd: Decimal | None
    """The tenant's own monthly budget; null where the installation's default holds."""
