"""Picks the price API of a provider."""

import os

import httpx

from caseplane_costs.catalog import Provider
from caseplane_costs.refresh.azure import AzurePrices
from caseplane_costs.refresh.gcp import GooglePrices
from caseplane_costs.refresh.http import RefreshError, RetryingClient
from caseplane_costs.refresh.sources import Source

GOOGLE_KEY = "GOOGLE_BILLING_API_KEY"
SECONDS = 60.0


def source_of(provider: Provider) -> Source:
    """The price API of a provider.

    Raises:
        RefreshError: the credentials that it needs are not set.
    """
    client = RetryingClient(httpx.Client(timeout=SECONDS, follow_redirects=True))
    if provider == "azure":
        return AzurePrices(client)
    if provider == "gcp":
        return GooglePrices(client, _google_key())
    from caseplane_costs.refresh.aws import AwsPrices  # botocore takes half a second to import

    return AwsPrices(client)


def _google_key() -> str:
    key = os.environ.get(GOOGLE_KEY)
    if not key:
        raise RefreshError(f"{GOOGLE_KEY} is not set; create an API key that can read the Cloud Billing API.")
    return key
