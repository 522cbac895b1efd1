"""The price catalog: dated list prices in the repository, a folder of YAML files per provider, checked as they are read.

A file is a service or a few that belong together; what its head says (service, source, day, note) holds for each
price in it that does not say otherwise.

A key such as `rds.db.t4g.medium` is ours; `provider_sku` is the provider's own id, where a refresh looks it up.
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
HEAD = ("service", "source", "as_of", "note")
"""What a file says once for all its prices."""
STALE_DAYS = 90
"""A catalog whose oldest price is older is warned of."""


class CatalogError(CostError):
    """The catalog has no such price, or is not in order; the message names the key and what to do."""


class Tier(Strict):
    """A price per unit from a monthly quantity on; the first tier begins at zero."""

    start: Annotated[Decimal, Field(ge=0, alias="from")]
    price: Amount


class Part(Strict):
    """A SKU of the provider's, so many times."""

    times: Annotated[Decimal, Field(gt=0)]
    query: Mapping[str, str]


class Entry(Strict):
    """One SKU."""

    sku: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._:/-]*$")]
    service: str
    """The provider's name of the service, as FOCUS exports have it in `ServiceName`."""
    unit: Annotated[str, Field(min_length=1)]
    """What one is: `hour`, `gb-month`, `gb`, `million-requests`, `million-tokens` …"""
    regions: Mapping[str, Amount | tuple[Tier, ...]]
    """Region to price; `global` where the provider has one price."""
    source: str
    """Page or API that the price was read from."""
    as_of: date
    """Day on which it was read."""
    provider_sku: Mapping[str, str] = Field(default_factory=dict)
    """Region to the provider's SKU id, for a refresh."""
    query: Mapping[str, str] = Field(default_factory=dict)
    """The provider's own attributes of the SKU, by which a refresh finds it where `provider_sku` names none."""
    per: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    """How many of the provider's units one of ours is: a million, where it prices each request."""
    parts: tuple[Part, ...] = ()
    """For a refresh, where the provider sells in parts what is one to us: processors and memory of a machine."""
    commitments: Mapping[Literal["1y", "3y"], Annotated[Decimal, Field(gt=0, le=1)]] = Field(
        default_factory=dict
    )
    """What a commitment without prepayment leaves of the price."""
    note: str = ""
    """What must be known about the price: how it was come by, what is free."""

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
            raise ValueError(f"is in {value}; prices are kept in {CURRENCY}, as the providers list them")
        return value


@dataclass(frozen=True, kw_only=True)
class Price:
    """One SKU in one region."""

    entry: Entry
    region: str
    tiers: tuple[Tier, ...]

    def cost(self, quantity: Decimal) -> Decimal:
        """What a month's quantity costs, each tier at its own price."""
        ends = [*(tier.start for tier in self.tiers[1:]), None]
        due = Decimal(0)
        for tier, end in zip(self.tiers, ends, strict=True):
            upto = quantity if end is None else min(quantity, end)
            due += max(upto - tier.start, Decimal(0)) * tier.price
        return due

    def average(self, quantity: Decimal) -> Decimal:
        """Price per unit at a quantity; the first tier's at none."""
        return self.cost(quantity) / quantity if quantity else self.tiers[0].price


class Catalog:
    """Prices of one provider, by our keys."""

    def __init__(self, provider: str, currency: str, entries: Mapping[str, Entry]) -> None:
        self.provider, self.currency = provider, currency
        self._entries = dict(entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def price(self, sku: str, region: str) -> Price:
        """The price of a SKU in a region, else the provider's one price for all.

        Raises:
            CatalogError: there is none.
        """
        entry = self._entries.get(sku)
        if entry is None:
            raise CatalogError(
                f"No price for {sku} ({self.provider}); add it to caseplane_costs/prices/{self.provider}/."
            )
        found = entry.regions.get(region, entry.regions.get("global"))
        if found is None:
            known = ", ".join(sorted(entry.regions))
            raise CatalogError(
                f"No price for {sku} in {region} ({self.provider}), only in {known}; add the region."
            )
        return Price(entry=entry, region=region, tiers=tiers(found))

    @property
    def oldest(self) -> date:
        """The day on which its oldest price was read."""
        return min((entry.as_of for entry in self), default=date.max)

    def warnings(self, today: date, *, days: int = STALE_DAYS) -> tuple[str, ...]:
        """What to say of its age: nothing while every price was read within so many days."""
        old = [entry for entry in self if (today - entry.as_of).days > days]
        if not old:
            return ()
        age = (today - self.oldest).days
        return (
            f"{len(old)} of {len(self._entries)} prices of {self.provider} are older than {days} days, "
            f"the oldest {age} days ({self.oldest}); run `caseplane-infra prices refresh {self.provider}`.",
        )


def tiers(price: Decimal | tuple[Tier, ...]) -> tuple[Tier, ...]:
    """A price as tiers, whether it has several or is one for any quantity."""
    return price if isinstance(price, tuple) else (Tier.model_validate({"from": 0, "price": price}),)


@cache
def load(provider: str) -> Catalog:
    """The catalog of a provider, as it is in the repository; `local` has an empty one, as nobody bills it.

    Raises:
        CatalogError: there is no such folder, or a file in it is not in order.
    """
    return Catalog(provider, CURRENCY, {}) if provider == "local" else read(FOLDER / provider)


def read(folder: Path) -> Catalog:
    """The catalog of the files in a provider's folder.

    Raises:
        CatalogError: as for `load`.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise CatalogError(f"No price catalog for {folder.name!r}.")
    return parse({f"{folder.name}/{path.name}": yaml.safe_load(path.read_text()) for path in paths})


def parse(files: Mapping[str, Any]) -> Catalog:
    """Check the content of a provider's files.

    Args:
        files: name to content.

    Raises:
        CatalogError: one is not in order; names the file and the fault.
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
        raise CatalogError(f"{', '.join(files)}: one provider is needed, found {sorted(providers)}.")
    return Catalog(providers.pop(), CURRENCY, entries)


def _file(data: Any, where: str) -> _File:
    if not isinstance(data, dict) or not isinstance(data.get("prices"), list):
        raise CatalogError(f"{where}: needs provider, currency and a list of prices.")
    head = {key: data[key] for key in HEAD if key in data}
    rest = {key: value for key, value in data.items() if key not in HEAD}
    rest["prices"] = [{**head, **each} if isinstance(each, dict) else each for each in data["prices"]]
    try:
        return _File.model_validate(rest)
    except ValidationError as exc:
        raise CatalogError(f"{where}: {'; '.join(_faults(exc, rest['prices']))}") from exc


def _faults(exc: ValidationError, prices: list[Any]) -> Iterator[str]:
    """Each fault with the key of its price, where it is one's."""
    for error in exc.errors():
        path = list(error["loc"])
        if len(path) > 1 and path[0] == "prices" and isinstance(path[1], int):
            given = prices[path[1]]
            path[:2] = [str(given.get("sku", path[1])) if isinstance(given, dict) else str(path[1])]
        yield f"{'.'.join(map(str, path))}: {error['msg'].removeprefix('Value error, ')}"
