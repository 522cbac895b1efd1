"""The three price APIs, as one kind of thing: an entry and a region in, tiers out."""

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import httpx

from caseplane_costs.catalog import Entry, Tier
from caseplane_costs.refresh.http import Patient, RefreshError

GOOGLE_KEY = "GOOGLE_BILLING_API_KEY"
SECONDS = 60.0


class Source(Protocol):
    """A provider's prices today."""

    url: str

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        """The price of an entry in a region, in our unit.

        Raises:
            RefreshError: there is none, or more than one that fits.
        """
        ...


def source_of(
    provider: str, patient: Patient | None = None, environment: Mapping[str, str] | None = None
) -> Source:
    """The source of a provider.

    Args:
        provider: `aws`, `azure` or `gcp`.
        patient: the client to ask with.
        environment: where Google's key is; AWS's credentials are found as its own tools find them.

    Raises:
        RefreshError: there is no such provider, or what it wants is not set.
    """
    # Each needs packages of its own, so only the one that is asked for is imported.
    asking = patient or Patient(httpx.Client(timeout=SECONDS, follow_redirects=True))
    if provider == "azure":
        from caseplane_costs.refresh.azure import AzurePrices

        return AzurePrices(asking)
    if provider == "gcp":
        from caseplane_costs.refresh.gcp import GooglePrices

        key = (os.environ if environment is None else environment).get(GOOGLE_KEY, "")
        if not key:
            raise RefreshError(
                f"{GOOGLE_KEY} is not set; make an API key that may read the Cloud Billing API."
            )
        return GooglePrices(asking, key)
    if provider == "aws":
        from caseplane_costs.refresh.aws import AwsPrices

        return AwsPrices(asking)
    raise RefreshError(f"{provider}: no price API is known; one of aws, azure, gcp.")


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
