"""The AWS Price List Query API: `GetProducts`, one question for each SKU and region.

It wants signed requests (any credentials with `pricing:GetProducts`), and answers each product as JSON inside JSON.
The bulk files need no credentials, but the one of EC2 has hundreds of megabytes for each region.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

from caseplane_costs.catalog import Entry, Tier
from caseplane_costs.refresh.http import Patient, RefreshError
from caseplane_costs.refresh.sources import in_order

URL = "https://api.pricing.us-east-1.amazonaws.com"
SIGNED_FOR = "us-east-1"
TARGET = "AWSPriceListService.GetProducts"
SERVICE, UNIT = "ServiceCode", "unit"
"""Of an entry's query: which service's products, and which of a product's prices if it has several."""
GLOBAL = "global"
PAGE = 100


class AwsPrices:
    """See `Source`."""

    def __init__(self, patient: Patient, *, url: str = URL, credentials: Any = None) -> None:
        self._patient, self.url = patient, url
        self._credentials = credentials or Session().get_credentials()
        if self._credentials is None:
            raise RefreshError(
                "No AWS credentials; set AWS_PROFILE, or a key with the right pricing:GetProducts."
            )

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        """See `Source`."""
        query = dict(entry.query)
        service, unit = query.pop(SERVICE, ""), query.pop(UNIT, "")
        if not service:
            raise RefreshError(f"{entry.sku}: its query names no {SERVICE}.")
        if region != GLOBAL:
            query["regionCode"] = region
        found = [
            each
            for each in self._products(service, query)
            if _wanted(each, entry.provider_sku.get(region, ""))
        ]
        prices = [price for product in found if (price := _on_demand(product, unit))]
        if len(prices) != 1:
            raise RefreshError(f"{entry.sku} in {region}: {len(prices)} products fit {query}; one is needed.")
        return in_order(prices[0], entry.per)

    def _products(self, service: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in query.items()]
        body = {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1", "MaxResults": PAGE}
        while True:
            page = self._patient.ask(self._signed(body))
            for text in page.get("PriceList", ()):
                yield json.loads(text) if isinstance(text, str) else text
            if not page.get("NextToken"):
                return
            body = {**body, "NextToken": page["NextToken"]}

    def _signed(self, body: dict[str, Any]) -> Callable[[], httpx.Request]:
        content = json.dumps(body)

        def make() -> httpx.Request:
            headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": TARGET}
            request = AWSRequest(method="POST", url=f"{self.url}/", data=content, headers=headers)
            SigV4Auth(self._credentials, "pricing", SIGNED_FOR).add_auth(request)
            return httpx.Request(
                "POST", f"{self.url}/", content=content, headers=dict(request.headers.items())
            )

        return make


def _wanted(product: dict[str, Any], sku: str) -> bool:
    return not sku or product.get("product", {}).get("sku") == sku


def _on_demand(product: dict[str, Any], unit: str) -> list[tuple[Decimal, Decimal]]:
    """Starts and prices of a product's tiers, of one unit."""
    terms = product.get("terms", {}).get("OnDemand", {})
    dimensions = [each for term in terms.values() for each in term.get("priceDimensions", {}).values()]
    return [
        (Decimal(each["beginRange"]), Decimal(each["pricePerUnit"]["USD"]))
        for each in dimensions
        if "USD" in each.get("pricePerUnit", {}) and (not unit or each.get("unit") == unit)
    ]
