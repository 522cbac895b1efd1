import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from caseplane_costs.previews import PreviewError, from_events, parse, read

PARENT = "urn:pulumi:aws-prod::caseplane::pulumi:pulumi:Stack$caseplane:aws:Network::network"


def state(
    name: str, kind: str = "aws:ec2/eip:Eip", project: str = "caseplane", **given: Any
) -> dict[str, Any]:
    urn = f"urn:pulumi:aws-prod::{project}::{kind}::{name}"
    return {"urn": urn, "type": kind, "custom": True, "inputs": {}, **given}


def step(op: str, new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"op": op, "newState": new, "oldState": old}


class TestPreview:
    def test_given_a_preview_when_parsed_then_resources_with_their_step_and_no_components(self) -> None:
        steps = [
            step(
                "create", state("a", inputs={"tags": {"Component": "edge", "Tenant": "acme"}}, parent=PARENT)
            ),
            step("create", state("whole", "caseplane:aws:Network", custom=False)),
            step("delete", None, state("gone")),
            step("create-replacement", state("b")),
            step("replace", state("b"), state("b")),
            step("delete-replaced", None, state("b")),
        ]

        stack = parse({"steps": steps})

        assert (stack.name, stack.cloud, stack.environment) == ("aws-prod", "aws", "prod")
        assert [(each.name, each.op) for each in stack.resources] == [
            ("a", "create"),
            ("gone", "delete"),
            ("b", "replace"),
        ]
        assert (stack.resources[0].component, stack.resources[0].tenant) == ("edge", "acme")

    def test_given_a_preview_that_hides_unchanged_resources_when_parsed_then_they_are_counted(self) -> None:
        counted = {"create": 1, "same": 3}

        hidden = parse({"steps": [step("create", state("a"))], "changeSummary": counted})
        shown = parse(
            {"steps": [step("create", state("a")), step("same", state("b"))], "changeSummary": {"same": 1}}
        )

        assert (hidden.hidden, shown.hidden) == (3, 0)

    def test_given_a_preview_that_shows_nothing_when_parsed_then_the_message_names_the_flag(self) -> None:
        with pytest.raises(PreviewError, match="--show-sames"):
            parse({"steps": [], "changeSummary": {"same": 3}})

    def test_given_no_tags_when_parsed_then_the_component_is_the_parents(self) -> None:
        stack = parse({"steps": [step("create", state("a", parent=PARENT)), step("same", state("b"))]})

        assert [each.component for each in stack.resources] == ["network", "platform"]
        assert [each.tenant for each in stack.resources] == ["shared", "shared"]

    def test_given_the_stacks_config_when_parsed_then_region_zones_and_models_are_known(self) -> None:
        llm = {"enabled": True, "answer": {"name": "large"}, "embedding": {"name": "vectors"}}
        config = {
            "caseplane:region": "eu-west-1",
            "caseplane:network": json.dumps({"zones": 3}),
            "caseplane:llm": json.dumps(llm),
        }

        stack = parse({"steps": [step("create", state("a"))], "config": config})

        assert (stack.region, stack.zones) == ("eu-west-1", 3)
        assert stack.models == {"answer": "large", "embedding": "vectors"}

    def test_given_no_config_when_parsed_then_region_and_zones_come_from_resources(self) -> None:
        provider = state("aws", "pulumi:providers:aws", inputs={"region": "us-west-2"})
        pool = state("p", "aws:eks/nodeGroup:NodeGroup", inputs={"subnetIds": ["a", "b"]})

        stack = parse({"steps": [step("create", provider), step("create", pool)]})

        assert (stack.region, stack.zones, stack.models) == ("us-west-2", 2, {})


class TestOtherForms:
    def test_given_an_export_when_parsed_then_its_remaining_resources(self) -> None:
        resources = [state("a"), state("left", delete=True), state("whole", custom=False)]

        stack = parse({"version": 3, "deployment": {"resources": resources}})

        assert [(each.name, each.op) for each in stack.resources] == [("a", "same")]

    def test_given_events_of_the_automation_api_when_read_then_as_from_a_preview(self) -> None:
        new = SimpleNamespace(**state("a", inputs={"tags": {"Component": "edge"}}), parent="")
        made = SimpleNamespace(
            metadata=SimpleNamespace(op=SimpleNamespace(value="create"), new=new, old=None)
        )
        events = [SimpleNamespace(resource_pre_event=made), SimpleNamespace(resource_pre_event=None)]

        stack = from_events(events, {"caseplane:region": "eu-west-1"})

        (resource,) = stack.resources
        assert (resource.name, resource.op, resource.component, stack.region) == (
            "a",
            "create",
            "edge",
            "eu-west-1",
        )


class TestBadInput:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (
                {"steps": [step("create", state("a", project="shop"))]},
                "of the program shop, not of caseplane",
            ),
            ({"steps": []}, "the resources of no stack"),
            (
                {"diagnostics": []},
                "neither the output of `pulumi preview --json` nor of `pulumi stack export`",
            ),
            ([], "neither"),
        ],
    )
    def test_given_something_else_when_parsed_then_refused(self, data: Any, said: str) -> None:
        with pytest.raises(PreviewError, match=said):
            parse(data)

    def test_given_no_json_when_read_then_the_message_says_how_to_create_it(self, tmp_path: Path) -> None:
        path = tmp_path / "preview.json"
        path.write_text("Previewing update (aws-prod)")

        with pytest.raises(PreviewError, match=r"pulumi preview --json > preview\.json"):
            read(path)
