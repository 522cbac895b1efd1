"""Compares the catalog with a price API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from caseplane_costs.catalog import Catalog, Entry, Tier, tiers
from caseplane_costs.refresh.http import RefreshError
from caseplane_costs.refresh.sources import Source

NO_QUERY = "its entry has no query, provider_sku or parts"


@dataclass(frozen=True, kw_only=True)
class Change:
    """The old and the new price of one SKU in one region."""

    sku: str
    region: str
    old: tuple[Tier, ...]
    new: tuple[Tier, ...]

    @property
    def changed(self) -> bool:
        return self.old != self.new

    @property
    def percent(self) -> Decimal | None:
        """Change of the last tier's price, which large quantities cost; None if it was free."""
        old, new = self.old[-1].price, self.new[-1].price
        return (new - old) / old * 100 if old else None

    def __str__(self) -> str:
        moved = f"{self.percent:+.1f} %" if self.percent is not None else "was free"
        return f"{self.sku} {self.region}: {_text(self.old)} -> {_text(self.new)} ({moved})"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a refresh found. An entry is confirmed only if the API has its price in every region."""

    source: str
    confirmed: dict[str, tuple[Change, ...]]
    """Our key to its prices by region, changed or not."""
    missing: dict[str, str]
    """Our key to the reason why it was not found."""

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(each for changes in self.confirmed.values() for each in changes if each.changed)


def find_changes(
    catalog: Catalog, source: Source, *, only: Callable[[Entry], bool] = lambda _: True
) -> Changes:
    """Read the price of every entry in every region; nothing is written.

    Args:
        catalog: with the old prices.
        source: with the new prices.
        only: selects entries.
    """
    confirmed, missing = dict[str, tuple[Change, ...]](), dict[str, str]()
    for entry in filter(only, catalog):
        if not (entry.query or entry.provider_sku or entry.parts):
            missing[entry.sku] = NO_QUERY
            continue
        try:
            confirmed[entry.sku] = tuple(_prices(entry, source))
        except RefreshError as exc:
            missing[entry.sku] = str(exc)
    return Changes(source=source.url, confirmed=confirmed, missing=missing)


def _prices(entry: Entry, source: Source) -> Iterator[Change]:
    for region, price in entry.regions.items():
        yield Change(sku=entry.sku, region=region, old=tiers(price), new=source.tiers(entry, region))


def _text(tiers: tuple[Tier, ...]) -> str:
    plain = [f"{each.price.normalize():f}" for each in tiers]
    return plain[0] if len(plain) == 1 else "/".join(plain)
