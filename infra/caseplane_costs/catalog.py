"""The price catalog: dated list prices in the repository, a folder of YAML files per provider, validated when read.

A file has the prices of one or several related services. Its head (service, source, day, note) applies to each price in
it that has no value of its own.

A key such as `rds.db.t4g.medium` is ours; a refresh finds the price by `provider_sku`, the provider's own id.
Prices are list prices, without tax, commitments or credits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from caseplane_costs.errors import CostError
from caseplane_costs.files import Strict

FOLDER = Path(__file__).parent / "prices"
Amount = Annotated[Decimal, Field(ge=0, le=1_000_000)]
Provider = Literal["aws", "azure", "gcp"]
CURRENCY = "USD"
GLOBAL = "global"
"""The region of a price that is the same everywhere."""
HEAD = ("service", "source", "as_of", "note")
"""Keys that a file sets once for all its prices."""
STALE_DAYS = 90
"""Estimates warn of older prices."""


class CatalogError(CostError):
    """The catalog is invalid or lacks a price; the message names the key and what to do."""


class Tier(Strict):
    """A price per unit, from a monthly quantity on."""

    start: Annotated[Decimal, Field(ge=0, alias="from")]
    price: Amount


class Part(Strict):
    """A number of units of one of the provider's SKUs."""

    times: Annotated[Decimal, Field(gt=0)]
    query: Mapping[str, str]


class Entry(Strict):
    """One SKU."""

    sku: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._:/-]*$")]
    service: str
    """The provider's name of the service, as in `ServiceName` of FOCUS exports."""
    unit: Annotated[str, Field(min_length=1)]
    """Such as `hour`, `gb-month`, `gb`, `million-requests`, `million-tokens` …"""
    regions: Mapping[str, Amount | tuple[Tier, ...]]
    """Region to price; `global` for a price that is the same everywhere."""
    source: str
    """Page or API that the price was read from."""
    as_of: date
    """The day on which it was read."""
    provider_sku: Mapping[str, str] = Field(default_factory=dict)
    """Region to the provider's SKU id, for a refresh."""
    query: Mapping[str, str] = Field(default_factory=dict)
    """The provider's attributes of the SKU, by which a refresh finds it without a `provider_sku`."""
    per: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    """How many of the provider's units are one of ours: a million, where it prices each request."""
    parts: tuple[Part, ...] = ()
    """For a refresh, if the provider sells the parts of it: processors and memory of a machine."""
    commitments: Mapping[Literal["1y", "3y"], Annotated[Decimal, Field(gt=0, le=1)]] = Field(
        default_factory=dict
    )
    """The part of the price that is left after a commitment without prepayment."""
    note: str = ""
    """What to know about the price: how it was obtained, what is free."""

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        for region, price in self.regions.items():
            if isinstance(price, tuple):
                starts = [tier.start for tier in price]
                if not starts or starts[0] != 0 or starts != sorted(set(starts)):
                    raise ValueError(f"{self.sku}: tiers in {region} must begin at 0 and rise")
        return self


class _File(Strict):
    provider: Provider
    currency: str
    prices: tuple[Entry, ...]

    @field_validator("currency")
    @classmethod
    def _one_currency(cls, value: str) -> str:
        if value != CURRENCY:
            raise ValueError(f"is {value}; prices must be in {CURRENCY}, as the providers list them")
        return value


@dataclass(frozen=True, kw_only=True)
class Price:
    """One SKU in one region."""

    entry: Entry
    region: str
    tiers: tuple[Tier, ...]

    def cost(self, quantity: Decimal) -> Decimal:
        """Cost of a month's quantity, each tier at its own price."""
        ends = [*(tier.start for tier in self.tiers[1:]), None]
        cost = Decimal(0)
        for tier, end in zip(self.tiers, ends, strict=True):
            upto = quantity if end is None else min(quantity, end)
            cost += max(upto - tier.start, Decimal(0)) * tier.price
        return cost

    def average(self, quantity: Decimal) -> Decimal:
        """Price per unit at a quantity; at zero, the first tier's."""
        return self.cost(quantity) / quantity if quantity else self.tiers[0].price


class Catalog:
    """Prices of one provider."""

    def __init__(self, provider: str, currency: str, entries: Mapping[str, Entry]) -> None:
        self.provider, self.currency = provider, currency
        self._entries = dict(entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def price(self, sku: str, region: str) -> Price:
        """The price of a SKU in a region, else its price for all regions.

        Raises:
            CatalogError: there is none.
        """
        entry = self._entries.get(sku)
        if entry is None:
            raise CatalogError(
                f"No price for {sku} ({self.provider}); add it to caseplane_costs/prices/{self.provider}/."
            )
        found = entry.regions.get(region, entry.regions.get(GLOBAL))
        if found is None:
            known = ", ".join(sorted(entry.regions))
            raise CatalogError(
                f"No price for {sku} in {region} ({self.provider}), only in {known}; add the region."
            )
        return Price(entry=entry, region=region, tiers=tiers(found))

    @property
    def oldest(self) -> date:
        """When its oldest price was read."""
        return min((entry.as_of for entry in self), default=date.max)

    def warnings(self, today: date) -> tuple[str, ...]:
        """A warning if a price is stale."""
        old = [entry for entry in self if (today - entry.as_of).days > STALE_DAYS]
        if not old:
            return ()
        age = (today - self.oldest).days
        return (
            f"{len(old)} of {len(self._entries)} prices of {self.provider} are older than {STALE_DAYS} days, "
            f"the oldest {age} days ({self.oldest}); run `caseplane-infra prices refresh {self.provider}`.",
        )


def tiers(price: Decimal | tuple[Tier, ...]) -> tuple[Tier, ...]:
    """A price as tiers; a price for any quantity is one tier."""
    return price if isinstance(price, tuple) else (Tier.model_validate({"from": 0, "price": price}),)


@cache
def load(provider: str) -> Catalog:
    """The catalog of a provider; that of `local` is empty, because nothing is billed there.

    Raises:
        CatalogError: there is no such folder, or a file in it is invalid.
    """
    return Catalog(provider, CURRENCY, {}) if provider == "local" else read(FOLDER / provider)


def read(folder: Path) -> Catalog:
    """The catalog in a folder.

    Raises:
        CatalogError: as for `load`.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise CatalogError(f"No price catalog for {folder.name!r}.")
    return parse({f"{folder.name}/{path.name}": yaml.safe_load(path.read_text()) for path in paths})


def parse(files: Mapping[str, Any]) -> Catalog:
    """Validate the content of a provider's files.

    Args:
        files: name to content.

    Raises:
        CatalogError: one is invalid; the message names the file and the key.
    """
    entries: dict[str, Entry] = {}
    providers: set[str] = set()
    for where, data in files.items():
        file = _file(data, where)
        providers.add(file.provider)
        for entry in file.prices:
            if entry.sku in entries:
                raise CatalogError(f"{where}: {entry.sku} appears twice.")
            entries[entry.sku] = entry
    if len(providers) != 1:
        raise CatalogError(f"{', '.join(files)}: must be of one provider; they are of {sorted(providers)}.")
    return Catalog(providers.pop(), CURRENCY, entries)


def _file(data: Any, where: str) -> _File:
    if not isinstance(data, dict) or not isinstance(data.get("prices"), list):
        raise CatalogError(f"{where}: must have a provider, a currency and a list of prices.")
    head = {key: data[key] for key in HEAD if key in data}
    rest = {key: value for key, value in data.items() if key not in HEAD}
    rest["prices"] = [{**head, **each} if isinstance(each, dict) else each for each in data["prices"]]
    try:
        return _File.model_validate(rest)
    except ValidationError as exc:
        raise CatalogError(f"{where}: {'; '.join(_errors(exc, rest['prices']))}") from exc


def _errors(exc: ValidationError, prices: list[Any]) -> Iterator[str]:
    """Each error with the key of its price, if it has one."""
    for error in exc.errors():
        path = list(error["loc"])
        if len(path) > 1 and path[0] == "prices" and isinstance(path[1], int):
            given = prices[path[1]]
            path[:2] = [str(given.get("sku", path[1])) if isinstance(given, dict) else str(path[1])]
        yield f"{'.'.join(map(str, path))}: {error['msg'].removeprefix('Value error, ')}"
