"""What the three price APIs have in common."""

from decimal import Decimal
from typing import Protocol

from caseplane_costs.catalog import Entry, Tier
from caseplane_costs.refresh.http import RefreshError


class Source(Protocol):
    """The price API of a provider."""

    url: str

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        """The price of an entry in a region, per our unit.

        Raises:
            RefreshError: no price fits, or several do.
        """
        ...


def tiers_of(prices: list[tuple[Decimal, Decimal]], per: Decimal) -> tuple[Tier, ...]:
    """Convert prices in the provider's unit to tiers in ours.

    Args:
        prices: start and price of each tier.
        per: how many of the provider's units are one of ours.

    Raises:
        RefreshError: they do not begin at zero.
    """
    ordered = sorted(prices)
    if not ordered or ordered[0][0] != 0:
        raise RefreshError(f"Tiers begin at {ordered[0][0] if ordered else 'nothing'}; they must begin at 0.")
    return tuple(Tier.model_validate({"from": start / per, "price": price * per}) for start, price in ordered)
