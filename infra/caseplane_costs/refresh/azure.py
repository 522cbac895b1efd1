"""The Azure Retail Prices API: no credentials, OData filters, a hundred prices a page."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from caseplane_costs.catalog import CURRENCY, GLOBAL, Entry, Tier
from caseplane_costs.refresh.http import RefreshError, RetryingClient
from caseplane_costs.refresh.sources import tiers_of

URL = "https://prices.azure.com/api/retail/prices"
CONSUMPTION = "Consumption"
NOT_LINUX = ("Windows", "CloudServices", "Dedicated Host")
"""In a product's name: the same machine with other software."""
CHEAPER = ("Spot", "Low Priority")
"""In a SKU's name: the same machine, but it can be reclaimed."""


class AzurePrices:
    """The prices of Azure (see `Source`)."""

    def __init__(self, client: RetryingClient, *, url: str = URL) -> None:
        self._client, self.url = client, url

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        query = {"priceType": CONSUMPTION, **entry.query}
        if region != GLOBAL:
            query["armRegionName"] = region
        if region in entry.provider_sku:
            query["meterId"] = entry.provider_sku[region]
        kind = query.pop("kind", "")
        found = [each for each in self._items(query) if _of_kind(each, kind)]
        meters = {each["meterId"] for each in found}
        if len(meters) != 1:
            raise RefreshError(
                f"{entry.sku} in {region}: {len(meters)} meters fit {query}; exactly one must."
            )
        latest: dict[Decimal, dict[str, Any]] = {}
        for each in sorted(found, key=lambda item: str(item.get("effectiveStartDate", ""))):
            latest[_decimal(each["tierMinimumUnits"])] = each
        return tiers_of([(start, _decimal(each["retailPrice"])) for start, each in latest.items()], entry.per)

    def _items(self, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        terms = " and ".join(
            f"{key} eq '{value.replace(chr(39), chr(39) * 2)}'" for key, value in query.items()
        )
        request = httpx.Request(
            "GET",
            self.url,
            params={"api-version": "2023-01-01-preview", "currencyCode": CURRENCY, "$filter": terms},
        )
        next_url: str | None = str(request.url)
        while next_url:
            page = self._client.fetch(partial(httpx.Request, "GET", next_url))
            for each in page.get("Items", ()):
                if each.get("currencyCode", CURRENCY) != CURRENCY:
                    raise RefreshError(
                        f"{self.url}: answers in {each['currencyCode']}, not in {CURRENCY} as requested."
                    )
                yield each
            next_url = page.get("NextPageLink")


def _of_kind(item: dict[str, Any], kind: str) -> bool:
    """Machines with other systems and spot machines have the same name."""
    product, sku = str(item.get("productName", "")), str(item.get("skuName", ""))
    if kind == "spot":
        return "Spot" in sku and not any(each in product for each in NOT_LINUX)
    return not any(each in product for each in NOT_LINUX) and not any(each in sku for each in CHEAPER)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))
