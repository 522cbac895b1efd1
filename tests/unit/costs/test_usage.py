from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.costs.planned import BASELINE

from caseplane_costs.files import FileError
from caseplane_costs.quantities import Range
from caseplane_costs.stacks import Stack
from caseplane_costs.usage import of, parse

STACK = Stack(name="aws-prod", resources=())


class TestBaseline:
    def test_given_nothing_when_read_then_the_load_of_the_requirements(self) -> None:
        usage = BASELINE

        traffic, data = usage.traffic, usage.data
        assert [each.expected for each in (traffic.messages, traffic.retrievals, traffic.queue_messages)] == [
            100_000, 30_000, 10_000_000,
        ]  # fmt: skip
        assert [each.expected for each in (data.logs_gb, data.nat_gb, data.egress_gb, data.objects_gb)] == [
            100, 500, 200, 500,
        ]  # fmt: skip
        assert usage.llm["answer"].calls.low == 10_000
        assert usage.compute.worker_hours.expected == 730
        assert usage.people is None


class TestParse:
    def test_given_some_keys_when_merged_then_the_rest_stays(self) -> None:
        usage = parse({"data": {"nat_gb": {"low": 0, "expected": 5, "high": 9}}, "traffic": {"messages": 7}})

        assert usage.data.nat_gb == Range(Decimal(0), Decimal(5), Decimal(9))
        assert usage.traffic.messages == Range.exactly(7)
        assert usage.data.logs_gb == BASELINE.data.logs_gb

    def test_given_another_role_when_parsed_then_it_has_tokens_of_its_own(self) -> None:
        usage = parse({"llm": {"rerank": {"calls": 5, "input_per_call": 100}}})

        assert set(usage.llm) == {"answer", "small", "embedding", "rerank"}

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"dat": {}}, "dat: no such key; did you mean `data`?"),
            ({"data": {"nat_gib": 5}}, "data.nat_gib: no such key; did you mean `nat_gb`?"),
            ({"data": {"wings": 5}}, "data.wings: no such key; known: objects_gb"),
            ({"llm": {"answer": {"call": 5}}}, "llm.answer.call: no such key; did you mean `calls`?"),
            ({"people": {"hourly": 5}}, "people.hourly: no such key; did you mean `hourly_rate`?"),
            ({"data": {"nat_gb": -1}}, "data.nat_gb: -1 is below 0 or far too high"),
            ({"data": {"nat_gb": 10**13}}, "below 0 or far too high; check the unit"),
            ({"data": {"nat_gb": "much"}}, "'much' is not a number"),
            ({"data": {"nat_gb": True}}, "True is not a number"),
            ({"data": {"nat_gb": float("nan")}}, "nan"),
            ({"data": {"nat_gb": {"low": 9, "expected": 5, "high": 9}}}, "needs low ≤ expected ≤ high"),
            ({"data": {"nat_gb": {"low": 1, "expected": 5}}}, "a number, or low, expected and high"),
            ({"data": 5}, "data"),
        ],
    )  # fmt: skip
    def test_given_an_error_when_parsed_then_key_and_suggestion_are_named(
        self, given: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(FileError) as caught:
            parse(given, "usage.yaml")

        assert "usage.yaml is invalid" in str(caught.value)
        assert said in str(caught.value)


class TestRead:
    @pytest.mark.parametrize(
        ("text", "said"), [("- a list", "must be a mapping"), ("a: [", "cannot be read")]
    )
    def test_given_something_else_when_read_then_refused(self, tmp_path: Path, text: str, said: str) -> None:
        path = tmp_path / "usage.yaml"
        path.write_text(text)

        with pytest.raises(FileError, match=said):
            of(STACK, path)

    def test_given_no_file_when_read_then_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="cannot be read"):
            of(STACK, tmp_path / "none.yaml")
