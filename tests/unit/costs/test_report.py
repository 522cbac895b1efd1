"""Reports have the same content in every format, and names in a stack never become markup."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.unit.costs.planned import URN, estimate, line

from caseplane_costs.actuals import Month, Variance
from caseplane_costs.allocation import Cost, TenantUse, allocate
from caseplane_costs.levers.trials import Lever
from caseplane_costs.report import html, markdown, table
from caseplane_costs.report import outputs as values
from caseplane_costs.report.bills import bill_document
from caseplane_costs.report.document import Document, money
from caseplane_costs.report.overview import report_document
from caseplane_costs.report.shares import shares_document

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "costs.schema.json"
LEVER = Lever(
    key="arm", title="ARM", source="R004-8", state="open", saving=Decimal("1.5"), assumption="built"
)
EVIL = "<script>alert(1)</script>|`x`"


def example(name: str = "database") -> Any:
    return estimate(
        line(name, "1234.5"),
        line("llm", "10", sku="llm.gpt-4.1.input", kind="usage", urn=f"{URN}usage:llm::answer"),
        line(
            "llm", "5", sku="llm.gpt-4.1.output", kind="usage", urn=f"{URN}usage:llm::answer", tenant="acme"
        ),
        unpriced=1,
    )


def shown() -> Document:
    return report_document(example(), [LEVER])


class TestFormats:
    @pytest.mark.parametrize("render", [table.text, markdown.render, html.render])
    def test_given_a_report_when_rendered_then_every_part_is_in_it(self, render: Any) -> None:
        text = re.sub(r"\\(.)", r"\1", render(shown()))

        for part in (
            "1,249.50 USD a month",
            "By component",
            "Language models",
            "gpt-4.1",
            "ARM",
            "acme",
            "no meter",
        ):
            assert part in text

    def test_given_markup_in_names_when_rendered_then_it_stays_text(self) -> None:
        document = report_document(example(EVIL))

        assert "<script" not in html.render(document)
        assert "<script" not in markdown.render(document)

    def test_given_a_page_when_read_then_it_loads_nothing(self) -> None:
        page = html.render(shown())

        assert not re.findall(r"(?:src|href|url|@import)\s*[=(]", page)
        assert "default-src 'none'" in page

    def test_given_a_long_report_when_written_for_a_comment_then_cut_to_the_limit(self) -> None:
        long = estimate(
            *(line("database", "1", urn=f"{URN}t::{i}", assumption="x" * 400) for i in range(300))
        )

        text = markdown.render(report_document(long))

        assert len(text) <= markdown.LONGEST
        assert "left out" in text

    @pytest.mark.parametrize(
        ("amount", "text"), [("0.004", "0.00"), ("-0.004", "0.00"), ("1234.565", "1,234.56"), ("-2", "-2.00")]
    )
    def test_given_an_amount_when_shown_then_in_cents(self, amount: str, text: str) -> None:
        assert money(Decimal(amount)) == text


class TestJson:
    def test_given_a_report_when_written_then_it_keeps_the_published_schema(self) -> None:
        found = example()
        output = values.ReportOutput(currency="USD", estimate=values.estimate_output(found), levers=(LEVER,))

        written = json.loads(values.render(output))

        jsonschema.validate(written, json.loads(SCHEMA.read_text()))
        assert written["estimate"]["total"]["expected"] == "1249.5"
        assert written["estimate"]["models"] == [
            {"role": "answer", "model": "gpt-4.1", "monthly": {"low": "7.5", "expected": "15", "high": "30"}}
        ]

    def test_given_the_code_when_its_schema_is_generated_then_it_is_the_published_one(self) -> None:
        assert values.schema() == json.loads(SCHEMA.read_text())


class TestSpending:
    def test_given_a_month_when_shown_then_the_difference_is_explained(self) -> None:
        variance = Variance(
            component="database", service="RDS", estimated=Decimal(100), actual=Decimal(130),
            reasons={"usage": Decimal(40), "price": Decimal(-10)},
        )  # fmt: skip
        month = Month(
            month=line("x", "1").price_as_of, stack_prefix="p", currency="USD", estimated=Decimal(100),
            actual=Decimal(130), variances=(variance,), share=Decimal("0.5"), forecast=Decimal(260), untagged=Decimal(7),
        )  # fmt: skip

        text = table.text(bill_document(month))

        assert "130.00 USD, +30.00 against the estimate" in text
        assert "usage +40.00, price -10.00" in text
        assert "forecast for the month 260.00" in text
        assert "7.00 USD of this month have no stack's tag" in text

    def test_given_shares_when_shown_then_a_session_and_a_resolved_case_have_a_price(self) -> None:
        use = {"acme": TenantUse(requests=Decimal(1), sessions=4, resolved_cases=2), "bolt": TenantUse()}

        found = allocate([Cost(component="edge", amount=Decimal("10.00"))], use)
        text = table.text(shares_document(found, use, stack="aws-prod", currency="USD", source="estimated"))

        assert re.search(r"acme\s+10\.00.*2\.5000\s+5\.0000", text)
        assert re.search(r"bolt\s+0\.00.*-\s+-", text)
