import os
from decimal import Decimal
from pathlib import Path

import pytest
from tests.benchmarks import bench_focus
from tests.unit.costs.bills import ROW, TAGS, row, write_csv, write_parquet

from caseplane_costs.focus import FocusError, read

ROWS = int(os.environ.get("CASEPLANE_FOCUS_ROWS", "300000"))
MOST_MIB = 1_000
"""Twice DuckDB's limit: Python, its libraries and buffers need memory too."""
MAP = "MAP {'user_prefix': 'gc-tkt-prod', 'user_component': 'database', 'user_environment': 'prod', 'user_tenant': 'shared'}"
LABELS = "[{'key': 'prefix', 'value': 'gc-tkt-prod'}, {'key': 'component', 'value': 'database'}, {'key': 'environment', 'value': 'prod'}, {'key': 'tenant', 'value': 'shared'}]"


class TestProviders:
    @pytest.mark.parametrize(
        ("provider", "tags", "column"),
        [("AWS", MAP, "ProviderName"), ("Google Cloud", LABELS, "ServiceProviderName")],
    )
    def test_given_a_providers_parquet_when_read_then_tags_and_money_are_found(
        self, tmp_path: Path, provider: str, tags: str, column: str
    ) -> None:
        path = write_parquet(tmp_path / "focus.parquet", tags=tags, provider=provider, column=column)

        (charge,) = read([path]).charges

        assert (charge.provider, charge.billed, charge.effective) == (
            provider,
            Decimal("1.5"),
            Decimal("1.25"),
        )
        assert (charge.prefix, charge.environment, charge.component, charge.tenant) == tuple(TAGS.values())

    def test_given_azures_csv_when_read_then_plain_tags_and_empty_ones_are_accepted(
        self, tmp_path: Path
    ) -> None:
        rows = [
            row(
                ProviderName="Microsoft",
                Tags='{"Prefix":"gc-tkt-prod","Component":"database"}',
                ResourceId="a",
            ),
            row(ProviderName="Microsoft", Tags="", ResourceId="b"),
            row(ProviderName="Microsoft", Tags="not json", ResourceId="c"),
        ]

        bill = read([write_csv(tmp_path / "focus.csv", rows)])

        assert {each.prefix: each.billed for each in bill.charges} == {
            "gc-tkt-prod": Decimal("1.5"),
            "": Decimal(3),
        }


SAMPLE = (
    "BilledCost,BillingAccountId,BillingAccountName,BillingAccountType,BillingCurrency,BillingPeriodEnd,"
    "BillingPeriodStart,CapacityReservationId,CapacityReservationStatus,ChargeCategory,ChargeClass,"
    "ChargeDescription,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,"
    "CommitmentDiscountName,CommitmentDiscountQuantity,CommitmentDiscountStatus,CommitmentDiscountType,"
    "CommitmentDiscountUnit,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,"
    "InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingCurrency,PricingQuantity,PricingUnit,"
    "ProviderName,PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,"
    "ServiceName,SkuId,SkuMeter,SkuPriceDetails,SkuPriceId,SubAccountId,SubAccountName,SubAccountType,Tags,"
    "AvailabilityZone,ChargeFrequency,InvoiceId,ServiceSubcategory"
)
"""Columns of the samples that are published with the specification (FOCUS 1.2); missing values are NULL."""
OF_ITS_OWN = {
    "AWS": ("x_Discounts", "x_Operation", "x_ServiceCode", "x_UsageType"),
    "Microsoft": ("x_AccountId", "x_BillingProfileId", "x_ResourceGroupName", "x_SkuMeterCategory"),
    "Google": ("x_CostType", "x_CurrencyConversionRate", "x_ExportTime", "x_Project"),
}
"""Further columns that each cloud's export adds."""
TIMES = {
    "AWS": "2026-{}-01T00:00:00.000Z",
    "Microsoft": "2026-{}-01T00:00Z",
    "Google": "2026-{}-01 00:00:00 UTC",
}


class TestSamples:
    @pytest.mark.parametrize("provider", sorted(OF_ITS_OWN))
    def test_given_all_columns_of_a_clouds_sample_when_read_then_accepted(
        self, tmp_path: Path, provider: str
    ) -> None:
        columns = [*SAMPLE.split(","), *OF_ITS_OWN[provider]]
        begin, end = TIMES[provider].format("10"), TIMES[provider].format("11")
        usage = {
            "BilledCost": "1.5", "EffectiveCost": "1.25", "BillingCurrency": "USD", "BillingPeriodStart": begin,
            "BillingPeriodEnd": end, "ChargePeriodStart": begin, "ChargePeriodEnd": end, "ChargeCategory": "Usage",
            "ProviderName": provider, "ServiceName": "A service", "Tags": '{"Prefix": "gc-tkt-prod"}',
        }  # fmt: skip
        rows = [usage, {**usage, "ChargeCategory": "Tax", "ServiceName": "Tax", "Tags": "NULL"}]

        bill = read(
            [write_csv(tmp_path / "focus.csv", [{**dict.fromkeys(columns, "NULL"), **each} for each in rows])]
        )

        assert [(each.category, each.prefix, each.region) for each in bill.charges] == [
            ("Usage", "gc-tkt-prod", ""),
            ("Tax", "", ""),
        ]
        assert {(each.provider, f"{each.month:%Y-%m-%d}") for each in bill.charges} == {
            (provider, "2026-10-01")
        }

    def test_given_a_repeated_key_when_read_then_the_first_counts(self, tmp_path: Path) -> None:
        twice = LABELS.replace("]", ", {'key': 'tenant', 'value': 'of the project'}]")
        path = write_parquet(tmp_path / "focus.parquet", tags=twice, provider="Google Cloud")

        (charge,) = read([path]).charges

        assert charge.tenant == TAGS["Tenant"]


class TestSums:
    def test_given_credits_and_refunds_when_read_then_they_are_apart_from_usage(self, tmp_path: Path) -> None:
        rows = [
            row(),
            row(ChargeCategory="Credit", BilledCost="-0.5", EffectiveCost="-0.5"),
            row(ChargeClass="Correction", BilledCost="-1", EffectiveCost="-1"),
        ]

        bill = read([write_csv(tmp_path / "focus.csv", rows)])

        assert {(each.category, each.correction): each.billed for each in bill.charges} == {
            ("Usage", False): Decimal("1.5"),
            ("Credit", False): Decimal("-0.5"),
            ("Usage", True): Decimal(-1),
        }

    def test_given_the_same_rows_twice_when_read_then_counted_once_and_reported(self, tmp_path: Path) -> None:
        first = write_csv(tmp_path / "a.csv", [row(), row(), row(ResourceId="other")])
        again = write_csv(tmp_path / "b.csv", [row()])

        bill = read([first, again])

        assert (bill.rows, bill.duplicates) == (4, 2)
        assert sum(each.billed for each in bill.charges) == Decimal(3)
        assert bill.overlaps == ("2026-10 is in a.csv, b.csv",)

    def test_given_tiny_amounts_when_summed_then_nothing_is_rounded_away(self, tmp_path: Path) -> None:
        rows = [row(EffectiveCost="0.000000000001", ResourceId=str(number)) for number in range(1000)]

        (charge,) = read([write_csv(tmp_path / "focus.csv", rows)]).charges

        assert charge.effective == Decimal("0.000000001")


class TestBadInput:
    def test_given_a_missing_column_when_read_then_named(self, tmp_path: Path) -> None:
        rows = [{key: value for key, value in ROW.items() if key not in ("Tags", "ProviderName")}]

        with pytest.raises(FocusError, match=r"focus\.csv: lacks the columns Tags, ProviderName"):
            read([write_csv(tmp_path / "focus.csv", rows)])

    def test_given_another_currency_when_read_then_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FocusError, match="charges are in EUR, but prices are in USD"):
            read([write_csv(tmp_path / "focus.csv", [row(), row(BillingCurrency="EUR")])])

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"BilledCost": "many"}, "many"),
            ({"BilledCost": ""}, "without a cost"),
            ({"ChargeCategory": "Tip"}, "'Tip'; must be one of"),
            ({"BillingPeriodStart": "soon"}, "soon"),
        ],
    )
    def test_given_an_invalid_value_when_read_then_refused(
        self, tmp_path: Path, change: dict[str, str], said: str
    ) -> None:
        with pytest.raises(FocusError, match=said):
            read([write_csv(tmp_path / "focus.csv", [row(**change)])])

    def test_given_no_export_when_read_then_the_message_says_what_to_name(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").touch()

        with pytest.raises(FocusError, match="There is no FOCUS export"):
            read([tmp_path])
        with pytest.raises(FocusError, match=r"must be a \.csv"):
            read([tmp_path / "notes.txt"])


@pytest.mark.slow
class TestLarge:
    def test_given_many_rows_when_read_then_memory_stays_bounded_and_the_sum_is_exact(
        self, tmp_path: Path
    ) -> None:
        few, many = tmp_path / "few.csv", tmp_path / "many.csv"
        bench_focus.write(few, ROWS // 10)
        total = bench_focus.write(many, ROWS)

        small, large = bench_focus.measure(few), bench_focus.measure(many)

        assert (large["rows"], large["duplicates"]) == (ROWS, ROWS // 1_000)
        assert Decimal(str(large["billed"])) == total
        assert float(large["peak_mib"]) < MOST_MIB, f"ten times fewer rows took {small['peak_mib']:.0f} MiB"
