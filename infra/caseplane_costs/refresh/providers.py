"""The price API of each provider."""

import os
from collections.abc import Mapping

import httpx

from caseplane_costs.refresh.azure import AzurePrices
from caseplane_costs.refresh.gcp import GooglePrices
from caseplane_costs.refresh.http import Patient, RefreshError
from caseplane_costs.refresh.sources import Source

GOOGLE_KEY = "GOOGLE_BILLING_API_KEY"
SECONDS = 60.0


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
    asking = patient or Patient(httpx.Client(timeout=SECONDS, follow_redirects=True))
    if provider == "azure":
        return AzurePrices(asking)
    if provider == "gcp":
        return GooglePrices(asking, _google_key(os.environ if environment is None else environment))
    if provider == "aws":
        from caseplane_costs.refresh.aws import AwsPrices  # botocore takes half a second to import

        return AwsPrices(asking)
    raise RefreshError(f"{provider}: no price API is known; one of aws, azure, gcp.")


def _google_key(environment: Mapping[str, str]) -> str:
    if not environment.get(GOOGLE_KEY):
        raise RefreshError(f"{GOOGLE_KEY} is not set; make an API key that may read the Cloud Billing API.")
    return environment[GOOGLE_KEY]
