"""The Azure Retail Prices API: open to everybody, filtered by OData, a hundred prices a page."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import httpx

from caseplane_costs.catalog import CURRENCY, Entry, Tier
from caseplane_costs.refresh.http import Patient, RefreshError
from caseplane_costs.refresh.sources import in_order

URL = "https://prices.azure.com/api/retail/prices"
GLOBAL = "global"
CONSUMPTION = "Consumption"
NOT_LINUX = ("Windows", "CloudServices", "Dedicated Host")
"""In a product's name: the same machine with something else on it."""
CHEAPER = ("Spot", "Low Priority")
"""In a SKU's name: the same machine that may be taken away."""


class AzurePrices:
    """See `Source`."""

    def __init__(self, patient: Patient, *, url: str = URL) -> None:
        self._patient, self.url = patient, url

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        """See `Source`."""
        query = {"priceType": CONSUMPTION, **entry.query}
        if region != GLOBAL:
            query["armRegionName"] = region
        if region in entry.provider_sku:
            query["meterId"] = entry.provider_sku[region]
        kind = query.pop("kind", "")
        found = [each for each in self._items(query) if _of_kind(each, kind)]
        meters = {each["meterId"] for each in found}
        if len(meters) != 1:
            raise RefreshError(f"{entry.sku} in {region}: {len(meters)} meters fit {query}; one is needed.")
        latest: dict[Decimal, dict[str, Any]] = {}
        for each in sorted(found, key=lambda item: str(item.get("effectiveStartDate", ""))):
            latest[_decimal(each["tierMinimumUnits"])] = each
        return in_order([(start, _decimal(each["retailPrice"])) for start, each in latest.items()], entry.per)

    def _items(self, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        terms = " and ".join(
            f"{key} eq '{value.replace(chr(39), chr(39) * 2)}'" for key, value in query.items()
        )
        request = httpx.Request(
            "GET",
            self.url,
            params={"api-version": "2023-01-01-preview", "currencyCode": CURRENCY, "$filter": terms},
        )
        following: str | None = str(request.url)
        while following:
            page = self._patient.ask(partial(httpx.Request, "GET", following))
            for each in page.get("Items", ()):
                if each.get("currencyCode", CURRENCY) != CURRENCY:
                    raise RefreshError(
                        f"{self.url}: answers in {each['currencyCode']}, {CURRENCY} was asked for."
                    )
                yield each
            following = page.get("NextPageLink")


def _of_kind(item: dict[str, Any], kind: str) -> bool:
    """Machines are sold with other systems, and as spot, under the same name."""
    product, sku = str(item.get("productName", "")), str(item.get("skuName", ""))
    if kind == "spot":
        return "Spot" in sku and not any(each in product for each in NOT_LINUX)
    return not any(each in product for each in NOT_LINUX) and not any(each in sku for each in CHEAPER)


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))
