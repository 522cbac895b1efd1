"""The page of metrics says what the code computes."""

from tests.unit.docs.examples import ROOT

from caseplane.insights.metrics.definitions import METRICS
from caseplane.insights.metrics.schemas import Group

PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
VALUES = {"share": "share", "quantiles": "p50, p95", "mean": "mean"}


class TestPage:
    def test_given_the_metrics_when_the_page_is_read_then_its_table_is_theirs_line_by_line(self) -> None:
        rows = [line for line in PAGE.splitlines() if "| R000-" in line]

        assert rows == [
            "| {} | {} | {} | {} | {} | {} |".format(
                f"`{metric.name}`",
                metric.facts,
                VALUES[metric.kind] + (f" ({metric.unit})" if metric.unit else ""),
                ", ".join(f"`{each}`" for each in metric.always_by) or "-",
                metric.definition,
                metric.limits,
            )
            for metric in METRICS
        ]

    def test_given_the_groups_when_the_page_is_read_then_it_explains_each(self) -> None:
        assert [group for group in Group if f"`{group}`" not in PAGE] == []
