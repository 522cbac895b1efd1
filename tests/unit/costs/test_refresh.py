"""The price APIs' clients, with local servers that answer, page, throttle and fail as documented."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from botocore.credentials import Credentials

from caseplane_costs.catalog import Catalog, CatalogError, Entry, parse
from caseplane_costs.refresh.aws import AwsPrices
from caseplane_costs.refresh.azure import AzurePrices
from caseplane_costs.refresh.changes import find_changes
from caseplane_costs.refresh.gcp import GooglePrices
from caseplane_costs.refresh.http import TRIES, RefreshError, RetryingClient
from caseplane_costs.refresh.providers import source_of
from caseplane_costs.refresh.writing import write

TODAY = date(2026, 11, 21)
Answer = tuple[int, dict[str, str], Any]
Reply = Callable[[str, Mapping[str, list[str]], Any], Answer]


@dataclass
class Server:
    """The requests that it got."""

    url: str
    asked: list[tuple[str, dict[str, list[str]], dict[str, str], Any]] = field(default_factory=list)


@contextmanager
def serving(reply: Reply) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: Any) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            server.asked.append((parts.path, query, dict(self.headers), body))
            status, headers, content = reply(parts.path, query, body)
            text = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            for key, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def patient(waited: list[float]) -> Iterator[RetryingClient]:
    with httpx.Client(timeout=5) as client:
        yield RetryingClient(client, sleep=waited.append)


def entry(**given: Any) -> Entry:
    values = {
        "sku": "a.thing", "service": "A service", "unit": "hour", "regions": {"here": 1}, "source": "a page",
        "as_of": date(2025, 7, 1), **given,
    }  # fmt: skip
    return Entry.model_validate(values)


def found(tiers: Any) -> list[tuple[Decimal, Decimal]]:
    return [(each.start, each.price) for each in tiers]


# AWS -----------------------------------------------------------------------------------------------------------------


def product(sku: str, *dimensions: tuple[str, str, str]) -> str:
    """A product as `GetProducts` has it: JSON in JSON."""
    prices = {
        f"{sku}.T.{number}": {
            "unit": unit,
            "beginRange": begin,
            "endRange": "Inf",
            "pricePerUnit": {"USD": price},
        }
        for number, (unit, begin, price) in enumerate(dimensions)
    }
    return json.dumps(
        {"product": {"sku": sku}, "terms": {"OnDemand": {f"{sku}.T": {"priceDimensions": prices}}}}
    )


def aws(patient: RetryingClient, server: Server) -> AwsPrices:
    return AwsPrices(patient, url=server.url, credentials=Credentials("AKIDEXAMPLE", "secret"))


NAT = {"ServiceCode": "AmazonEC2", "productFamily": "NAT Gateway", "unit": "Hrs"}


class TestAws:
    def test_given_two_pages_when_fetched_then_filtered_signed_and_read_to_the_end(
        self, patient: RetryingClient
    ) -> None:
        def reply(path: str, query: Mapping[str, list[str]], body: Any) -> Answer:
            if "NextToken" not in body:
                return 200, {}, {"FormatVersion": "aws_v1", "PriceList": [], "NextToken": "two"}
            return 200, {}, {"PriceList": [product("S1", ("Hrs", "0", "0.0520000000"), ("GB", "0", "0.9"))]}

        with serving(reply) as server:
            tiers = aws(patient, server).tiers(entry(query=NAT), "eu-central-1")

        assert found(tiers) == [(Decimal(0), Decimal("0.052"))]
        (_, _, headers, first), (*_, second) = server.asked
        assert headers["X-Amz-Target"] == "AWSPriceListService.GetProducts"
        assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        assert first["ServiceCode"] == "AmazonEC2"
        assert {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-central-1"} in first["Filters"]
        assert second["NextToken"] == "two"

    def test_given_tiers_and_another_unit_when_fetched_then_in_ours(self, patient: RetryingClient) -> None:
        listed = [product("S1", ("Requests", "1000000", "0.0000004"), ("Requests", "0", "0.0"))]
        queue = entry(query={"ServiceCode": "AWSQueueService"}, unit="million-requests", per=1_000_000)

        with serving(lambda *_: (200, {}, {"PriceList": listed})) as server:
            tiers = aws(patient, server).tiers(queue, "global")

        assert found(tiers) == [(Decimal(0), Decimal(0)), (Decimal(1), Decimal("0.4"))]

    def test_given_throttling_in_its_own_way_when_fetched_then_retried(
        self, patient: RetryingClient, waited: list[float]
    ) -> None:
        answers: list[Answer] = [
            (400, {}, {"__type": "ThrottlingException", "message": "Rate exceeded"}),
            (200, {}, {"PriceList": [product("S1", ("Hrs", "0", "0.1"))]}),
        ]

        with serving(lambda *_: answers.pop(0)) as server:
            assert aws(patient, server).tiers(entry(query=NAT), "us-east-1")

        assert waited == [1]

    def test_given_two_products_when_fetched_then_refused_unless_the_sku_is_known(
        self, patient: RetryingClient
    ) -> None:
        listed = [product("S1", ("Hrs", "0", "0.1")), product("S2", ("Hrs", "0", "0.2"))]

        with serving(lambda *_: (200, {}, {"PriceList": listed})) as server:
            with pytest.raises(RefreshError, match=r"a\.thing in us-east-1: 2 products fit"):
                aws(patient, server).tiers(entry(query=NAT), "us-east-1")
            known = entry(query=NAT, provider_sku={"us-east-1": "S2"})
            assert found(aws(patient, server).tiers(known, "us-east-1")) == [(Decimal(0), Decimal("0.2"))]

    def test_given_refusal_when_fetched_then_reported_without_a_retry(
        self, patient: RetryingClient, waited: list[float]
    ) -> None:
        with (
            serving(lambda *_: (400, {}, {"__type": "AccessDeniedException"})) as server,
            pytest.raises(RefreshError, match=r"400 .*AccessDenied"),
        ):
            aws(patient, server).tiers(entry(query=NAT), "us-east-1")

        assert (len(server.asked), waited) == (1, [])


# Azure ---------------------------------------------------------------------------------------------------------------


def meter(price: float, **given: Any) -> dict[str, Any]:
    return {
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": price, "armRegionName": "eastus",
        "meterId": "m1", "productName": "Virtual Machines Dsv5 Series", "skuName": "D2s v5",
        "effectiveStartDate": "2024-01-01T00:00:00Z", "type": "Consumption", **given,
    }  # fmt: skip


MACHINE = {"armSkuName": "Standard_D2s_v5", "serviceName": "Virtual Machines"}


class TestAzure:
    def test_given_pages_when_fetched_then_followed_and_other_systems_and_spot_left_out(
        self, patient: RetryingClient
    ) -> None:
        def reply(path: str, query: Mapping[str, list[str]], body: Any) -> Answer:
            if "$skip" in query:
                return 200, {}, {"Items": [meter(0.096)], "NextPageLink": None, "Count": 1}
            others = [
                meter(0.188, meterId="m2", productName="Virtual Machines Dsv5 Series Windows"),
                meter(0.02, meterId="m3", skuName="D2s v5 Spot"),
            ]
            return 200, {}, {"Items": others, "NextPageLink": f"{server.url}/?$skip=100", "Count": 2}

        with serving(reply) as server:
            tiers = AzurePrices(patient, url=server.url).tiers(entry(query=MACHINE), "eastus")

        assert found(tiers) == [(Decimal(0), Decimal("0.096"))]
        filters = server.asked[0][1]["$filter"][0]
        assert filters == (
            "priceType eq 'Consumption' and armSkuName eq 'Standard_D2s_v5' and "
            "serviceName eq 'Virtual Machines' and armRegionName eq 'eastus'"
        )

    def test_given_a_query_for_spot_when_fetched_then_spot_alone(self, patient: RetryingClient) -> None:
        items = [meter(0.096), meter(0.02, meterId="m3", skuName="D2s v5 Spot")]

        with serving(lambda *_: (200, {}, {"Items": items})) as server:
            tiers = AzurePrices(patient, url=server.url).tiers(
                entry(query={**MACHINE, "kind": "spot"}), "eastus"
            )

        assert found(tiers) == [(Decimal(0), Decimal("0.02"))]

    def test_given_old_and_new_prices_and_tiers_when_fetched_then_the_latest_of_each(
        self, patient: RetryingClient
    ) -> None:
        items = [
            meter(0.9, tierMinimumUnits=13, effectiveStartDate="2020-01-01T00:00:00Z"),
            meter(0.8, tierMinimumUnits=13),
            meter(0.0),
        ]

        with serving(lambda *_: (200, {}, {"Items": items})) as server:
            tiers = AzurePrices(patient, url=server.url).tiers(entry(query=MACHINE), "eastus")

        assert found(tiers) == [(Decimal(0), Decimal(0)), (Decimal(13), Decimal("0.8"))]

    def test_given_another_currency_when_fetched_then_refused(self, patient: RetryingClient) -> None:
        with (
            serving(lambda *_: (200, {}, {"Items": [meter(1, currencyCode="EUR")]})) as server,
            pytest.raises(RefreshError, match="answers in EUR, not in USD"),
        ):
            AzurePrices(patient, url=server.url).tiers(entry(query=MACHINE), "eastus")

    def test_given_a_busy_server_when_fetched_then_waits_as_requested_and_gives_up_at_last(
        self, patient: RetryingClient, waited: list[float]
    ) -> None:
        with (
            serving(lambda *_: (429, {"Retry-After": "7"}, {})) as server,
            pytest.raises(RefreshError, match=f"still answers 429 after {TRIES} tries"),
        ):
            AzurePrices(patient, url=server.url).tiers(entry(query=MACHINE), "eastus")

        assert waited == [7, 7, 7, 7]

    @pytest.mark.parametrize(("answer", "said"), [("<html>", "is not JSON"), ([], "is a list")])
    def test_given_an_unexpected_answer_when_fetched_then_the_message_shows_it(
        self, patient: RetryingClient, answer: Any, said: str
    ) -> None:
        with serving(lambda *_: (200, {}, answer)) as server, pytest.raises(RefreshError, match=said):
            AzurePrices(patient, url=server.url).tiers(entry(query=MACHINE), "eastus")

    def test_given_no_server_when_fetched_then_retried_and_reported(
        self, patient: RetryingClient, waited: list[float]
    ) -> None:
        with serving(lambda *_: (200, {}, {})) as server:
            gone = server.url

        with pytest.raises(RefreshError, match=rf"{gone}.*{TRIES} times"):
            AzurePrices(patient, url=gone).tiers(entry(query=MACHINE), "eastus")
        assert waited == [1, 2, 4, 8]


# Google --------------------------------------------------------------------------------------------------------------


def sku(description: str, *rates: tuple[float, str, int], **given: Any) -> dict[str, Any]:
    tiered = [
        {"startUsageAmount": start, "unitPrice": {"currencyCode": "USD", "units": units, "nanos": nanos}}
        for start, units, nanos in rates
    ]
    return {
        "skuId": description, "description": description, "serviceRegions": ["us-central1"],
        "category": {"resourceFamily": "Compute", "usageType": "OnDemand"},
        "pricingInfo": [{"effectiveTime": "2026-11-01T00:00:00Z", "pricingExpression": {"tieredRates": tiered}}], **given,
    }  # fmt: skip


def google(skus: list[dict[str, Any]]) -> Reply:
    """A catalog of one service, with one item per page."""

    def reply(path: str, query: Mapping[str, list[str]], body: Any) -> Answer:
        if query.get("key") != ["a-key"]:
            return 403, {}, {"error": {"message": "no key"}}
        things = [{"name": "services/X", "displayName": "A service"}] if path == "/services" else skus
        page = int(query.get("pageToken", ["0"])[0])
        more = {"nextPageToken": str(page + 1)} if page + 1 < len(things) else {"nextPageToken": ""}
        return 200, {}, {path.rsplit("/", 1)[-1]: things[page : page + 1], **more}

    return reply


class TestGoogle:
    def test_given_a_machine_in_parts_when_fetched_then_added_up_and_each_page_fetched_once(
        self, patient: RetryingClient
    ) -> None:
        skus = [
            sku("E2 Instance Core running in Iowa", (0, "0", 21811590)),
            sku("E2 Instance Core running in Belgium", (0, "0", 99), serviceRegions=["europe-west1"]),
            sku("E2 Instance Ram running in Iowa", (0, "0", 2923530)),
            sku("Spot Preemptible E2 Instance Core running in Iowa", (0, "0", 5)),
        ]
        parts = [
            {"times": 2, "query": {"description": "E2 Instance Core", "usageType": "OnDemand"}},
            {"times": 8, "query": {"description": "E2 Instance Ram", "usageType": "OnDemand"}},
        ]

        with serving(google(skus)) as server:
            prices = GooglePrices(patient, "a-key", url=server.url)
            tiers = prices.tiers(entry(parts=parts), "us-central1")
            asked = len(server.asked)
            prices.tiers(entry(parts=parts), "us-central1")

        assert found(tiers) == [(Decimal(0), Decimal("0.06701142"))]
        assert (asked, len(server.asked)) == (5, 5)

    def test_given_tiers_when_fetched_by_id_then_in_our_unit(self, patient: RetryingClient) -> None:
        skus = [sku("Messages", (0, "0", 0), (0.009765625, "40", 0))]

        with serving(google(skus)) as server:
            prices = GooglePrices(patient, "a-key", url=server.url)
            tiers = prices.tiers(entry(provider_sku={"global": "Messages"}), "global")

        assert found(tiers) == [(Decimal(0), Decimal(0)), (Decimal("0.009765625"), Decimal(40))]

    def test_given_a_wrong_key_when_fetched_then_the_message_lacks_the_key(
        self, patient: RetryingClient
    ) -> None:
        with serving(google([])) as server, pytest.raises(RefreshError, match="403") as caught:
            GooglePrices(patient, "wrong-key", url=server.url).tiers(
                entry(query={"description": "x"}), "here"
            )

        assert "wrong-key" not in str(caught.value)

    def test_given_an_unknown_service_when_fetched_then_the_message_names_it(
        self, patient: RetryingClient
    ) -> None:
        with serving(google([])) as server:
            prices = GooglePrices(patient, "a-key", url=server.url)
            with pytest.raises(RefreshError, match="no service named 'Moon'"):
                prices.tiers(entry(query={"service": "Moon"}), "here")

    def test_given_no_key_when_the_api_is_picked_then_refused_with_the_variable(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("GOOGLE_BILLING_API_KEY", raising=False)

        with pytest.raises(RefreshError, match="GOOGLE_BILLING_API_KEY is not set"):
            source_of("gcp")


# Comparing and writing -----------------------------------------------------------------------------------------------

FILE = """# Machines of a made-up cloud.
provider: azure
currency: USD
service: Machines
source: a page
as_of: 2025-07-01
note: remembered
prices:
  - {sku: m.one, unit: hour, query: {armSkuName: one}, regions: {eastus: 0.1, westeurope: 0.2}}
  - {sku: m.two, unit: hour, query: {armSkuName: two}, regions: {eastus: 0.3, westeurope: 0.4}}
  - {sku: m.three, unit: hour, regions: {global: 5}}
"""


def prices(path: str, query: Mapping[str, list[str]], body: Any) -> Answer:
    """`one` costs 0.11 everywhere; `two` is sold in one region only."""
    terms = query["$filter"][0]
    if "'two'" in terms and "westeurope" in terms:
        return 200, {}, {"Items": []}
    return 200, {}, {"Items": [meter(0.11 if "'one'" in terms else 0.3)]}


class TestRefresh:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "machines.yaml").write_text(FILE)
        return tmp_path

    @pytest.fixture
    def catalog(self, folder: Path) -> Catalog:
        return parse({"machines.yaml": yaml.safe_load(FILE)})

    def test_given_a_source_when_compared_then_difference_shown_and_nothing_written(
        self, patient: RetryingClient, folder: Path, catalog: Catalog
    ) -> None:
        with serving(prices) as server:
            changes = find_changes(catalog, AzurePrices(patient, url=server.url))

        assert [str(each) for each in changes.changed] == [
            "m.one eastus: 0.1 -> 0.11 (+10.0 %)",
            "m.one westeurope: 0.2 -> 0.11 (-45.0 %)",
        ]
        assert set(changes.missing) == {"m.two", "m.three"}
        assert "0 meters fit" in changes.missing["m.two"]
        assert "no query" in changes.missing["m.three"]
        assert (folder / "machines.yaml").read_text() == FILE

    def test_given_changes_when_written_then_only_what_was_confirmed_everywhere_is_new(
        self, patient: RetryingClient, folder: Path, catalog: Catalog
    ) -> None:
        with serving(prices) as server:
            changes = find_changes(catalog, AzurePrices(patient, url=server.url))
        (path,) = write(changes, folder, today=TODAY)

        after = parse({path.name: yaml.safe_load(path.read_text())})
        one, two = after.price("m.one", "westeurope"), after.price("m.two", "eastus")
        assert (one.tiers[0].price, one.entry.as_of, one.entry.source) == (Decimal("0.11"), TODAY, server.url)
        assert (two.tiers[0].price, two.entry.as_of, two.entry.note) == (
            Decimal("0.3"), date(2025, 7, 1), "remembered",
        )  # fmt: skip
        assert path.read_text().startswith("# Machines of a made-up cloud.\n")
        assert [each.name for each in folder.iterdir()] == ["machines.yaml"]

    def test_given_an_invalid_catalog_when_written_then_nothing_is(
        self, patient: RetryingClient, folder: Path, catalog: Catalog
    ) -> None:
        with serving(prices) as server:
            changes = find_changes(catalog, AzurePrices(patient, url=server.url))
        (folder / "other.yaml").write_text("provider: azure\ncurrency: EUR\nprices: []\n")

        with pytest.raises(CatalogError, match="EUR"):
            write(changes, folder, today=TODAY)
        assert (folder / "machines.yaml").read_text() == FILE
