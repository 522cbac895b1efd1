"""The Google Cloud Billing Catalog API: needs an API key, and lists all SKUs of a service without a filter."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

import httpx

from caseplane_costs.catalog import CURRENCY, GLOBAL, Entry, Tier
from caseplane_costs.refresh.http import RefreshError, RetryingClient
from caseplane_costs.refresh.sources import tiers_of

URL = "https://cloudbilling.googleapis.com/v1"
PAGE = 5_000
NANO = Decimal(10) ** -9
SERVICE, DESCRIPTION = "service", "description"
"""Keys of a query: the service's name, and the beginning of the SKU's description; the others are of its category."""


class GooglePrices:
    """The prices of Google Cloud (see `Source`); a service's SKUs are fetched once."""

    def __init__(self, client: RetryingClient, key: str, *, url: str = URL) -> None:
        self._client, self._key, self.url = client, key, url
        self._skus: dict[str, list[dict[str, Any]]] = {}

    def tiers(self, entry: Entry, region: str) -> tuple[Tier, ...]:
        if not entry.parts:
            return tiers_of(_rates(self._sku(entry, entry.query, region)), entry.per)
        total = Decimal(0)
        for part in entry.parts:
            rates = _rates(self._sku(entry, part.query, region))
            total += max(rates)[1] * part.times  # parts of machines have one tier
        return tiers_of([(Decimal(0), total)], entry.per)

    def _sku(self, entry: Entry, query: Mapping[str, str], region: str) -> dict[str, Any]:
        service = query.get(SERVICE, entry.service)
        wanted = entry.provider_sku.get(region, "")
        found = [each for each in self._of(service) if _fits(each, query, region, wanted)]
        if len(found) != 1:
            raise RefreshError(
                f"{entry.sku} in {region}: {len(found)} SKUs fit {dict(query)}; exactly one must."
            )
        return found[0]

    def _of(self, service: str) -> list[dict[str, Any]]:
        if service not in self._skus:
            if service not in self._services:
                raise RefreshError(f"Google has no service named {service!r}.")
            self._skus[service] = list(self._pages(f"{self._services[service]}/skus", "skus"))
        return self._skus[service]

    @cached_property
    def _services(self) -> dict[str, str]:
        return {each["displayName"]: each["name"] for each in self._pages("services", "services")}

    def _pages(self, path: str, what: str) -> Iterator[dict[str, Any]]:
        params = {"key": self._key, "pageSize": str(PAGE)} | (
            {"currencyCode": CURRENCY} if what == "skus" else {}
        )
        while True:
            page = self._client.fetch(partial(httpx.Request, "GET", f"{self.url}/{path}", params=params))
            yield from page.get(what, ())
            if not page.get("nextPageToken"):
                return
            params = {**params, "pageToken": page["nextPageToken"]}


def _fits(sku: dict[str, Any], query: Mapping[str, str], region: str, wanted: str) -> bool:
    if wanted:
        return sku.get("skuId") == wanted
    category, regions = sku.get("category", {}), sku.get("serviceRegions", ())
    if not query or (region not in regions and region != GLOBAL):
        return False
    if not str(sku.get("description", "")).startswith(query.get(DESCRIPTION, "")):
        return False
    return all(
        category.get(key) == value for key, value in query.items() if key not in (SERVICE, DESCRIPTION)
    )


def _rates(sku: dict[str, Any]) -> list[tuple[Decimal, Decimal]]:
    """Starts and prices of the latest pricing."""
    pricing = max(sku["pricingInfo"], key=lambda each: str(each.get("effectiveTime", "")))
    rates = pricing["pricingExpression"]["tieredRates"]
    return [(Decimal(str(each.get("startUsageAmount", 0))), _money(each["unitPrice"])) for each in rates]


def _money(price: Mapping[str, Any]) -> Decimal:
    if price.get("currencyCode", CURRENCY) != CURRENCY:
        raise RefreshError(f"Google answers in {price['currencyCode']}, not in {CURRENCY} as requested.")
    return Decimal(str(price.get("units") or 0)) + Decimal(int(price.get("nanos") or 0)) * NANO
