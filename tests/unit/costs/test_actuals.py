from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caseplane_costs.actuals import Month, Variance, explain
from caseplane_costs.bills import Bill, Charge
from caseplane_costs.lines import Estimate, Line
from caseplane_costs.quantities import Range

OCTOBER = date(2026, 10, 1)
RDS = "Amazon Relational Database Service"


def line(component: str, service: str, monthly: int, *, quantity: int = 730, unit: str = "hour") -> Line:
    return Line(
        urn=f"urn:{component}", type="t", component=component, tenant="shared", environment="prod", provider="aws",
        region="us-east-1", service=service, sku="s", quantity=Range.exactly(quantity), unit=unit,
        unit_price=Decimal(1), price_as_of=OCTOBER, price_source="", monthly=Range.exactly(monthly),
        kind="fixed", assumption="",
    )  # fmt: skip


def charge(component: str, service: str, effective: int, **given: Any) -> Charge:
    values: dict[str, Any] = {
        "month": OCTOBER, "provider": "AWS", "region": "us-east-1", "sku": "", "unit": "Hrs",
        "prefix": "gc-tkt-prod", "environment": "prod", "tenant": "shared", "category": "Usage", "correction": False,
        "quantity": Decimal(730), "billed": Decimal(effective), "last_day": date(2026, 11, 1), **given,
    }  # fmt: skip
    return Charge(component=component, service=service, effective=Decimal(effective), **values)


def month(lines: list[Line], charges: list[Charge]) -> Month:
    estimate = Estimate(
        stack="aws-prod",
        provider="aws",
        environment="prod",
        region="us-east-1",
        currency="USD",
        lines=tuple(lines),
    )
    bill = Bill(currency="USD", charges=tuple(charges), rows=len(charges), duplicates=0)
    return explain(estimate, bill, prefix="gc-tkt-prod", month=OCTOBER)


def only(found: Month) -> Variance:
    (variance,) = found.variances
    return variance


class TestCompare:
    def test_given_other_quantity_and_price_when_compared_then_split_exactly(self) -> None:
        found = only(
            month([line("database", RDS, 730)], [charge("database", RDS, 1200, quantity=Decimal(800))])
        )

        assert found.reasons == {"usage": Decimal(70), "price": Decimal(400)}
        assert found.difference == Decimal(470)

    def test_given_something_never_estimated_when_compared_then_unplanned(self) -> None:
        found = only(month([], [charge("database", "AWS Backup", 10)]))

        assert found.reasons == {"unplanned": Decimal(10)}

    def test_given_something_never_billed_when_compared_then_missing(self) -> None:
        lines = [line("database", RDS, 100), line("edge", "AWS WAF", 20)]

        found = month(lines, [charge("database", RDS, 100)])

        assert {each.component: each.reasons for each in found.variances} == {
            "database": {},
            "edge": {"missing": Decimal(-20)},
        }

    @pytest.mark.parametrize(
        ("given", "reason"),
        [
            ({"category": "Credit"}, "credit"),
            ({"category": "Tax"}, "tax"),
            ({"category": "Purchase"}, "purchase"),
            ({"correction": True}, "correction"),
        ],
    )
    def test_given_a_charge_other_than_usage_when_compared_then_it_is_a_reason_of_its_own(
        self, given: dict[str, Any], reason: str
    ) -> None:
        charges = [charge("database", RDS, 100), charge("database", RDS, -30, **given)]

        found = only(month([line("database", RDS, 100)], charges))

        assert found.reasons == {reason: Decimal(-30)}
        assert found.difference == Decimal(-30)

    def test_given_any_month_when_compared_then_reasons_sum_to_the_difference(self) -> None:
        lines = [line("database", RDS, 100), line("cluster", "EKS", 73), line("edge", "WAF", 9, unit="rule")]
        charges = [
            charge("database", RDS, 130, quantity=Decimal(700)),
            charge("cluster", "EKS", 70, unit="", quantity=Decimal(0)),
            charge("other", "S3", 5),
            charge("database", RDS, -3, category="Credit"),
        ]

        found = month(lines, charges)

        for variance in found.variances:
            assert sum(variance.reasons.values()) == variance.difference


class TestForecast:
    def test_given_ten_days_of_thirty_one_when_forecast_then_usage_continues_and_the_rest_stays(self) -> None:
        charges = [
            charge("database", RDS, 100, last_day=date(2026, 10, 11)),
            charge("database", RDS, -30, category="Credit"),
        ]

        found = month([line("database", RDS, 310)], charges)

        assert found.share == Decimal(10) / 31
        assert round(found.estimated, 6) == 100
        assert round(found.forecast, 6) == 280

    def test_given_an_empty_month_when_forecast_then_zero(self) -> None:
        found = month([line("database", RDS, 310)], [])

        assert (found.actual, found.forecast, found.share) == (0, 0, 0)

    def test_given_charges_without_tags_when_compared_then_they_are_summed_apart(self) -> None:
        found = month([], [charge("", "S3", 7, prefix=""), charge("database", RDS, 5, prefix="gc-tkt-dev")])

        assert (found.actual, found.untagged) == (0, Decimal(7))
