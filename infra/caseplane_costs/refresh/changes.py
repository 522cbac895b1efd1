"""The catalog against the source: what is new, what stayed, and what the source could not tell."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from caseplane_costs.catalog import Catalog, Entry, Tier, tiers
from caseplane_costs.refresh.http import RefreshError
from caseplane_costs.refresh.sources import Source

NOT_ASKED = "its entry has no query, provider_sku or parts"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One SKU in one region, then and now."""

    sku: str
    region: str
    old: tuple[Tier, ...]
    new: tuple[Tier, ...]

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return _values(self.old) != _values(self.new)

    @property
    def percent(self) -> Decimal | None:
        """By how much the last tier's price moved, which is what large quantities cost; None from nothing."""
        old, new = self.old[-1].price, self.new[-1].price
        return (new - old) / old * 100 if old else None

    def __str__(self) -> str:
        moved = f"{self.percent:+.1f} %" if self.percent is not None else "was free"
        return f"{self.sku} {self.region}: {_text(self.old)} -> {_text(self.new)} ({moved})"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a refresh found. An entry is confirmed only if the source told its price in every region."""

    source: str
    confirmed: dict[str, tuple[Change, ...]]
    """Our key to its price in each region, changed or not."""
    missing: dict[str, str]
    """Our key to why it was not found."""

    @property
    def changed(self) -> tuple[Change, ...]:
        """Those that differ."""
        return tuple(each for changes in self.confirmed.values() for each in changes if each.changed)


def compare(catalog: Catalog, source: Source, *, only: Callable[[Entry], bool] = lambda _: True) -> Changes:
    """Ask the source for every entry in every region; nothing is written.

    Args:
        catalog: what is known.
        source: who knows better.
        only: which entries to ask for.
    """
    confirmed, missing = dict[str, tuple[Change, ...]](), dict[str, str]()
    for entry in filter(only, catalog):
        if not (entry.query or entry.provider_sku or entry.parts):
            missing[entry.sku] = NOT_ASKED
            continue
        try:
            confirmed[entry.sku] = tuple(_asked(entry, source))
        except RefreshError as exc:
            missing[entry.sku] = str(exc)
    return Changes(source=source.url, confirmed=confirmed, missing=missing)


def _asked(entry: Entry, source: Source) -> Iterator[Change]:
    for region, price in entry.regions.items():
        yield Change(sku=entry.sku, region=region, old=tiers(price), new=source.tiers(entry, region))


def _values(found: Iterable[Tier]) -> list[tuple[Decimal, Decimal]]:
    return [(each.start, each.price) for each in found]


def _text(found: tuple[Tier, ...]) -> str:
    plain = [f"{each.price.normalize():f}" for each in found]
    return plain[0] if len(plain) == 1 else "/".join(plain)
