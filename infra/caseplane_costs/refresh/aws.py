"""The AWS Price List Query API: one `GetProducts` request for each SKU and region.

Requests must be signed with credentials that allow `pricing:GetProducts`; each product in an answer is JSON inside
JSON. The bulk files need no credentials, but EC2's has hundreds of megabytes for each region.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

from caseplane_costs.catalog import GLOBAL, Entry, Tier
from caseplane_costs.refresh.http import RefreshError, RetryingClient
from caseplane_costs.refresh.sources import tiers_of

URL = "https://api.pricing.us-east-1.amazonaws.com"
SIGNED_FOR = "us-east-1"
TARGET = "AWSPriceListService.GetProducts"
SERVICE, UNIT = "ServiceCode", "unit"
"""Keys of an entry's query: whose products, and which of a product's prices if it has several."""
PAGE = 100


class AwsPrices:
    """The prices of AWS (see `Source`)."""

    def __init__(self, client: RetryingClient, *, url: str = URL, credentials: Any = None) -> None:
        self._client, self.url = client, url
        self._credentials = credentials or Session().get_credentials()
        if self._credentials is None:
            raise RefreshError(
                "There are no AWS credentials; set AWS_PROFILE, or a key that allows pricing:GetProducts."
            )

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        query = dict(entry.query)
        service, unit = query.pop(SERVICE, ""), query.pop(UNIT, "")
        if not service:
            raise RefreshError(f"{entry.sku}: its query lacks {SERVICE}.")
        if region != GLOBAL:
            query["regionCode"] = region
        products = [
            each
            for each in self._products(service, query)
            if _is_sku(each, entry.provider_sku.get(region, ""))
        ]
        prices = [price for product in products if (price := _on_demand(product, unit))]
        if len(prices) != 1:
            raise RefreshError(
                f"{entry.sku} in {region}: {len(prices)} products fit {query}; exactly one must."
            )
        return tiers_of(prices[0], entry.per)

    def _products(self, service: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in query.items()]
        body = {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1", "MaxResults": PAGE}
        while True:
            page = self._client.fetch(self._signed(body))
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


def _is_sku(product: dict[str, Any], sku: str) -> bool:
    return not sku or product.get("product", {}).get("sku") == sku


def _on_demand(product: dict[str, Any], unit: str) -> list[tuple[Decimal, Decimal]]:
    """Starts and prices of a product's tiers in one unit."""
    terms = product.get("terms", {}).get("OnDemand", {})
    dimensions = [each for term in terms.values() for each in term.get("priceDimensions", {}).values()]
    return [
        (Decimal(each["beginRange"]), Decimal(each["pricePerUnit"]["USD"]))
        for each in dimensions
        if "USD" in each.get("pricePerUnit", {}) and (not unit or each.get("unit") == unit)
    ]
