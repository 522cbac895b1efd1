"""Runs the real program with Pulumi's mocks, and records what a preview would show."""

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import mocks, rpc
from pulumi.runtime.config import set_all_config

from caseplane_costs.previews import parse
from caseplane_costs.stacks import Stack
from caseplane_infra import program

FOLDER = Path(__file__).parents[3] / "infra" / "stacks"
STACKS = tuple(sorted(each.stem.removeprefix("Pulumi.") for each in FOLDER.glob("Pulumi.*-*.yaml")))
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's placeholder for a value that is known only after `up`."""
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
        "names": ["zone-a", "zone-b", "zone-c"],
        "zoneIds": [],
    },
    "gcp:organizations/getProject:getProject": {
        "number": "123456789012",
        "billingAccount": "000000-111111-222222",
    },
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {
        "member": "serviceAccount:files@example.com"
    },
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": {"serviceAccountId": "logs@example.com"},
    "azure-native:authorization:getClientConfig": {"tenantId": "tenant", "objectId": "person"},
}
"""Results of the clouds' functions, as far as the program reads them."""
WEB = {"primaryEndpoints": {"web": "https://web.example.com/"}}


class _Cloud(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        outputs = dict(args.inputs)
        if args.typ.startswith("azure-native:"):  # its outputs have other structures than its inputs
            outputs = {key: value for key, value in outputs.items() if isinstance(value, str)}
        more = WEB if args.typ == "azure-native:storage:StorageAccount" else {}
        return f"{args.name}-id", {**outputs, **more}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        return dict(ANSWERS[args.token]), []


class _Recorder(mocks.MockMonitor):
    """Keeps each resource as it is registered."""

    def __init__(self, stack: str) -> None:
        super().__init__(_Cloud())
        self.stack, self.steps = stack, list[dict[str, Any]]()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the protocol's name)
        inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
        state = {
            "urn": f"urn:pulumi:{self.stack}::caseplane::{request.type}::{request.name}",
            "type": request.type,
            "custom": request.custom,
            "parent": request.parent,
            "inputs": json.loads(json.dumps(inputs, default=lambda _: UNKNOWN)),
        }
        self.steps.append({"op": "create", "newState": state})
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # Pulumi's has no types


def planned(name: str, config: Mapping[str, Any]) -> Stack:
    """The stack that `pulumi preview --json` would show for a configuration."""
    texts = {key: each if isinstance(each, str) else json.dumps(each) for key, each in config.items()}
    set_all_config(texts)
    recorder = _Recorder(name)
    # Pulumi runs on the thread's event loop, and earlier tests may have closed it.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_mocks(_Cloud(), project="caseplane", stack=name, preview=True, monitor=recorder)
        pulumi.runtime.test(program.run)()  # type: ignore[no-untyped-call]  # Pulumi's has no types
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return parse({"config": texts, "steps": recorder.steps})


def config_of(name: str, **changes: Mapping[str, Any]) -> dict[str, Any]:
    """A stack file's keys, with some sections changed."""
    config: dict[str, Any] = yaml.safe_load((FOLDER / f"Pulumi.{name}.yaml").read_text())["config"]
    for section, change in changes.items():
        key = f"caseplane:{section}"
        config[key] = {**config.get(key, {}), **change}
    return config


@cache
def stack_of(name: str) -> Stack:
    """A stack of this repository."""
    return planned(name, config_of(name))
