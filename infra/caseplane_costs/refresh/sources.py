"""What the three price APIs have in common: an entry and a region in, tiers out."""

from decimal import Decimal
from typing import Protocol

from caseplane_costs.catalog import Entry, Tier
from caseplane_costs.refresh.http import RefreshError


class Source(Protocol):
    """A provider's prices today."""

    url: str

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        """The price of an entry in a region, in our unit.

        Raises:
            RefreshError: there is none, or more than one that fits.
        """
        ...


def in_order(prices: list[tuple[Decimal, Decimal]], per: Decimal) -> tuple[Tier, ...]:
    """Starts and prices in the provider's unit, as tiers in ours.

    Args:
        prices: start of each tier, and its price.
        per: how many of the provider's units one of ours is.

    Raises:
        RefreshError: they do not begin at zero.
    """
    ordered = sorted(prices)
    if not ordered or ordered[0][0] != 0:
        raise RefreshError(f"tiers begin at {ordered[0][0] if ordered else 'nothing'}; they must begin at 0.")
    return tuple(Tier.model_validate({"from": start / per, "price": price * per}) for start, price in ordered)
