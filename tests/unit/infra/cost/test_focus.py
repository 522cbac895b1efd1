from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.infra.cost.bills import ROW, TAGS, row, write_csv, write_parquet

from caseplane_infra.cost.focus import FocusError, read

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

    def test_given_azures_csv_when_read_then_plain_tags_and_empty_ones_are_taken(
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


class TestSums:
    def test_given_credits_and_refunds_when_read_then_each_is_told_from_usage(self, tmp_path: Path) -> None:
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

    def test_given_the_same_rows_twice_when_read_then_counted_once_and_said_so(self, tmp_path: Path) -> None:
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

        with pytest.raises(FocusError, match=r"focus\.csv: no column Tags, ProviderName"):
            read([write_csv(tmp_path / "focus.csv", rows)])

    def test_given_another_currency_when_read_then_refused_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(FocusError, match="charges in EUR, but prices are in USD"):
            read([write_csv(tmp_path / "focus.csv", [row(), row(BillingCurrency="EUR")])])

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"BilledCost": "many"}, "many"),
            ({"BilledCost": ""}, "without cost"),
            ({"ChargeCategory": "Tip"}, "'Tip' is none of"),
            ({"BillingPeriodStart": "soon"}, "soon"),
        ],
    )
    def test_given_a_value_that_cannot_be_when_read_then_refused(
        self, tmp_path: Path, change: dict[str, str], said: str
    ) -> None:
        with pytest.raises(FocusError, match=said):
            read([write_csv(tmp_path / "focus.csv", [row(**change)])])

    def test_given_no_export_when_read_then_told_what_to_name(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").touch()

        with pytest.raises(FocusError, match="No FOCUS export"):
            read([tmp_path])
        with pytest.raises(FocusError, match="neither"):
            read([tmp_path / "notes.txt"])
