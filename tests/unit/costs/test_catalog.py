from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caseplane_costs.catalog import CatalogError, load, parse
from caseplane_infra.settings import REGIONS

PROVIDERS = ("aws", "azure", "gcp")


def entry(**given: Any) -> dict[str, Any]:
    return {"sku": "a.thing", "unit": "gb", "regions": {"here": 1}, **given}


def file(*prices: Any, **given: Any) -> dict[str, Any]:
    head = {
        "provider": "aws",
        "currency": "USD",
        "service": "S",
        "source": "a page",
        "as_of": date(2026, 1, 1),
    }
    return {**head, "prices": list(prices), **given}


class TestPrice:
    def test_given_tiers_when_priced_then_each_part_at_its_own_price(self) -> None:
        tiers = [{"from": 0, "price": 0}, {"from": 100, "price": "0.09"}, {"from": 1_000, "price": "0.05"}]
        price = parse({"f": file(entry(regions={"global": tiers}))}).price("a.thing", "anywhere")

        assert [price.cost(Decimal(each)) for each in (0, 100, 200, 1_100)] == [0, 0, 9, 86]
        assert price.average(Decimal(200)) == Decimal("0.045")
        assert price.average(Decimal(0)) == 0

    def test_given_no_such_key_or_region_when_looked_up_then_the_message_says_what_to_add(self) -> None:
        catalog = parse({"f": file(entry())})

        with pytest.raises(
            CatalogError, match=r"No price for b\.thing \(aws\); add it to caseplane_costs/prices/aws/"
        ):
            catalog.price("b.thing", "here")
        with pytest.raises(CatalogError, match=r"in there .*, only in here; add the region"):
            catalog.price("a.thing", "there")


class TestParse:
    def test_given_a_head_when_parsed_then_it_applies_to_each_price_without_own_values(self) -> None:
        prices = [entry(), entry(sku="b.thing", service="T", as_of=date(2026, 2, 2))]
        found = list(parse({"f": file(*prices, note="remembered")}))

        assert [(each.service, each.as_of.month, each.note) for each in found] == [
            ("S", 1, "remembered"),
            ("T", 2, "remembered"),
        ]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (file(entry(), currency="EUR"), "is EUR; prices must be in USD"),
            (file(entry(), entry()), r"a\.thing appears twice"),
            (file(entry(regions={"here": -1})), r"a\.thing\.regions\.here"),
            (file(entry(regions={"here": [{"from": 5, "price": 1}]})), "must begin at 0 and rise"),
            (file(entry(colour="red")), r"a\.thing\.colour: Extra inputs"),
            (file(entry(as_of="soon")), r"a\.thing\.as_of"),
            (file(entry(commitments={"5y": 0.5})), r"a\.thing\.commitments\.5y"),
            (file("a price"), r"prices|0"),
            ({"provider": "aws"}, "a list of prices"),
        ],
    )
    def test_given_an_error_when_parsed_then_file_key_and_error_are_named(self, data: Any, said: str) -> None:
        with pytest.raises(CatalogError, match=f"f: .*({said})"):
            parse({"f": data})

    def test_given_files_of_two_providers_when_parsed_then_refused(self) -> None:
        with pytest.raises(CatalogError, match="must be of one provider"):
            parse({"f": file(entry()), "g": file(entry(sku="b"), provider="gcp")})


class TestAge:
    def test_given_old_prices_when_checked_then_a_warning_with_their_number_and_age(self) -> None:
        catalog = parse({"f": file(entry(), entry(sku="b.thing", as_of=date(2026, 4, 1)))})

        (warning,) = catalog.warnings(date(2026, 4, 11))
        assert warning.startswith(
            "1 of 2 prices of aws are older than 90 days, the oldest 100 days (2026-01-01)"
        )
        assert "prices refresh aws" in warning
        assert catalog.warnings(date(2026, 4, 1)) == ()


class TestShipped:
    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_given_a_providers_catalog_when_read_then_every_price_is_in_all_our_regions(
        self, provider: str
    ) -> None:
        holes = [
            f"{each.sku} {region}"
            for each in load(provider)
            for region in REGIONS[provider]
            if "global" not in each.regions and region not in each.regions
        ]

        assert holes == []

    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_given_a_providers_catalog_when_read_then_each_price_says_where_it_is_from(
        self, provider: str
    ) -> None:
        for each in load(provider):
            assert each.source.startswith("https://"), each.sku
            assert each.note, f"{each.sku}: was it read, or is it remembered?"
            assert each.as_of <= date(2026, 12, 1), each.sku

    @pytest.mark.parametrize("provider", PROVIDERS)
    def test_given_spot_prices_when_read_then_each_is_below_its_price_on_demand(self, provider: str) -> None:
        catalog = load(provider)
        spots = [each.sku for each in catalog if each.sku.endswith(".spot")]

        assert len(spots) == 6
        for sku in spots:
            for region in REGIONS[provider]:
                spot = catalog.price(sku, region).tiers[0].price
                assert 0 < spot < catalog.price(sku.removesuffix(".spot"), region).tiers[0].price

    def test_given_the_local_stack_when_loaded_then_its_catalog_is_empty(self) -> None:
        assert list(load("local")) == []

    def test_given_an_unknown_provider_when_loaded_then_refused(self) -> None:
        with pytest.raises(CatalogError, match="'moon'"):
            load("moon")
