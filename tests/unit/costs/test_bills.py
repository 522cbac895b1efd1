"""A bill is claimed for one stack: other clouds' charges are kept out, and a bill without the stack is refused."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from tests.unit.costs.bills import row, write_csv

from caseplane_costs import focus
from caseplane_costs.bills import Bill, UnclaimedError, of_provider, require

OCTOBER = date(2026, 10, 1)


def _bill(folder: Path, *rows: dict[str, str]) -> Bill:
    return focus.read([write_csv(folder / "bill.csv", list(rows))])


class TestOfProvider:
    def test_given_two_clouds_with_one_prefix_when_claimed_then_only_the_stack_s_cloud_counts(
        self, tmp_path: Path
    ) -> None:
        bill = _bill(tmp_path, row(), row(ProviderName="Microsoft"), row(ProviderName="Google Cloud"))

        assert [each.provider for each in of_provider(bill, "azure").charges] == ["Microsoft"]

    def test_given_a_provider_that_is_no_cloud_of_ours_when_claimed_then_kept(self, tmp_path: Path) -> None:
        bill = _bill(tmp_path, row(ProviderName="A reseller"))

        assert len(of_provider(bill, "aws").charges) == 1


class TestRequire:
    def test_given_the_stack_s_charges_when_required_then_accepted(self, tmp_path: Path) -> None:
        require(_bill(tmp_path, row()), prefix="gc-tkt-prod", month=OCTOBER)

    def test_given_another_prefix_when_required_then_refused_with_the_tag_and_the_nearest_value(
        self, tmp_path: Path
    ) -> None:
        with pytest.raises(
            UnclaimedError, match=r"`Prefix` = `gc-tkt-prd`\. The nearest values: gc-tkt-prod\."
        ):
            require(_bill(tmp_path, row()), prefix="gc-tkt-prd", month=OCTOBER)

    def test_given_no_tags_when_required_then_refused_with_what_to_activate(self, tmp_path: Path) -> None:
        with pytest.raises(
            UnclaimedError, match=r"No charge of 2026-10 has the tag `Prefix`, .* Activate it"
        ):
            require(_bill(tmp_path, row(Tags="{}")), prefix="gc-tkt-prod", month=OCTOBER)

    def test_given_another_month_when_required_then_refused_with_the_months_of_the_bill(
        self, tmp_path: Path
    ) -> None:
        with pytest.raises(UnclaimedError, match="no charges of 2026-11; it has these months: 2026-10"):
            require(_bill(tmp_path, row()), prefix="gc-tkt-prod", month=date(2026, 11, 1))


class TestFiles:
    def test_given_folders_of_months_and_names_in_capitals_when_read_then_all_are_found(
        self, tmp_path: Path
    ) -> None:
        for number, name in enumerate(("A.CSV", "b.csv.GZ")):
            folder = tmp_path / f"BILLING_PERIOD=2026-1{number}"
            folder.mkdir()
            written = write_csv(folder / "plain.csv", [row(ResourceId=name)])
            content = written.read_bytes()
            written.unlink()
            (folder / name).write_bytes(gzip.compress(content) if name.endswith("GZ") else content)

        assert focus.read([tmp_path]).rows == 2
