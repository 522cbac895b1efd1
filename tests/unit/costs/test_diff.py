"""Steps' effects sum to the difference of the totals, and a replacement is billed twice only while both exist."""

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.costs.planned import priced, state, step

from caseplane_costs.changes import parse
from caseplane_costs.diff import Diff, effect_of
from caseplane_costs.previews import PreviewError
from caseplane_costs.quantities import NOTHING, Range
from caseplane_costs.report import markdown
from caseplane_costs.report.diffs import diff_document

RDS = "aws:rds/instance:Instance"


def effect(*steps: dict[str, Any], export: Any = None, summary: dict[str, int] | None = None) -> Diff:
    return effect_of(parse({"steps": list(steps), "changeSummary": summary or {}}, export), priced)


class TestCompare:
    def test_given_every_kind_of_step_when_compared_then_effects_sum_to_the_difference(self) -> None:
        found = effect(
            step("create", None, state("new", "10")),
            step("update", state("up", "5"), state("up", "8")),
            step("delete", state("gone", "7"), None),
            step("replace", state("swap", "730"), state("swap", "1460")),
            step("same", state("same", "3"), state("same", "3")),
        )

        assert {each.urn.rsplit("::", 1)[-1]: each.monthly for each in found.steps} == {
            "new": 10, "up": 3, "gone": -7, "swap": 730,
        }  # fmt: skip
        assert sum(each.monthly for each in found.steps) == found.monthly == 736
        assert (found.before.expected, found.after.expected) == (745, 1481)

    def test_given_a_replacement_when_compared_then_the_old_is_billed_once_more_for_the_overlap(self) -> None:
        found = effect(step("replace", state("db", "730", type_=RDS), state("db", "730", type_=RDS)))

        (only,) = found.steps
        assert only.monthly == 0
        assert only.once == Range(Decimal("0.25"), Decimal(1), Decimal(4))
        assert "overlap" in only.note
        assert "the new one is empty" in only.note

    def test_given_deletion_first_when_compared_then_nothing_is_billed_twice(self) -> None:
        old, new = state("db", "730"), state("db", "730")

        found = effect(
            step("delete-replaced", old, None),
            step("replace", old, new),
            step("create-replacement", None, new),
        )

        assert found.once == NOTHING
        assert "deleted first" in found.steps[0].note

    def test_given_a_new_stack_when_compared_then_everything_is_new(self) -> None:
        found = effect(step("create", None, state("a", "4")))

        assert (found.before, found.monthly, found.warnings) == (NOTHING, 4, ())

    def test_given_a_preview_without_unchanged_resources_when_compared_then_a_warning_unless_an_export_has_them(
        self,
    ) -> None:
        update = step("update", state("up", "5"), state("up", "8"))
        left_out = {"update": 1, "same": 1}
        export = {"deployment": {"resources": [state("up", "5"), state("same", "3")]}}

        alone = effect(update, summary=left_out)
        whole = effect(update, export=export, summary=left_out)

        assert "--show-sames" in alone.warnings[0]
        assert whole.warnings == ()
        assert (whole.before.expected, whole.after.expected) == (8, 11)

    def test_given_an_export_instead_of_a_preview_when_parsed_then_refused(self) -> None:
        with pytest.raises(PreviewError, match="is an export"):
            parse({"deployment": {"resources": [state("a", "1")]}})

    def test_given_a_step_without_effect_when_compared_then_counted_only(self) -> None:
        found = effect(step("update", state("a", "5"), state("a", "5")))

        assert (found.steps, found.silent) == ((), 1)


class TestChanged:
    def test_given_a_diff_when_written_for_a_comment_then_amounts_and_total_are_there(self) -> None:
        found = effect(step("update", state("up", "5"), state("up", "8.5")))

        text = markdown.render(diff_document(found))

        assert "**+3.50 USD a month**" in text
        assert "| update | up | database | 5.00 | 8.50 | +3.50 | - |" in text
