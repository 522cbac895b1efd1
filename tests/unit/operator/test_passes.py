"""The pass that every kind shares, shown with a kind of a few lines: a label that the platform prints."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import pytest
from tests.unit.operator.doubles import ApiServer, memory, operator, resource

from caseplane_operator.actions import Action, Event
from caseplane_operator.conditions import Fault, Reason, condition
from caseplane_operator.context import Body, Outcome
from caseplane_operator.crds import ResourceSpec
from caseplane_operator.names import FINALIZER, RELEASE
from caseplane_operator.passes import Pass, Report
from caseplane_operator.platform import PlatformError, PlatformRefusedError, PlatformUnreachableError

AWAY = PlatformUnreachableError("The platform does not answer.")
REFUSED = PlatformRefusedError("Too long.", status=422, problem="invalid-input")
OURS = {"finalizers": [FINALIZER]}
DELETED = {**OURS, "deletionTimestamp": "2026-11-21T12:00:00Z"}


class LabelSpec(ResourceSpec):
    lines: list[str]


@dataclass(frozen=True)
class Print(Action):
    line: str
    reported_as = Event("LinePrinted", "A line is on the label.")
    refused_as = Reason.NameTaken


@dataclass(frozen=True)
class Clear(Action):
    pass


@dataclass
class Printer:
    """A platform that prints, or fails to print some lines."""

    printed: list[str] = field(default_factory=list)
    errors: dict[str, PlatformError] = field(default_factory=dict)

    def print(self, line: str) -> None:
        if line in self.errors:
            raise self.errors[line]
        self.printed.append(line)


class LabelPass(Pass[LabelSpec, list[str], list[str]]):
    resource, namespaced, model = "labels", True, LabelSpec
    printer: ClassVar[Printer]

    async def wanted(self) -> tuple[list[str], list[Fault]]:
        return self.spec.lines, []

    async def seen(self, wanted: list[str]) -> list[str]:
        if "look" in self.printer.errors:
            raise self.printer.errors["look"]
        return list(self.printer.printed)

    def plan(self, wanted: list[str], seen: list[str]) -> Sequence[Action]:
        return [Print(line) for line in wanted if line not in seen]

    async def act(self, action: Action) -> None:
        match action:
            case Print(line):
                self.printer.print(line)
                cast("ApiServer", self.o.kubernetes).written.append(("printed", line))
            case Clear():
                self.printer.printed.clear()

    def announce(self, wanted: list[str], actions: Sequence[Action]) -> None:
        if actions:
            self.status["announced"] = len(wanted)

    async def report(
        self, wanted: list[str], seen: list[str], *, faults: Sequence[Fault], done: bool
    ) -> Report:
        ready = condition("Ready", True, Reason.Provisioned) if seen else None
        return Report(fields={"printed": len(seen)}, ready=ready)

    async def last_actions(self, *, delete: bool) -> Sequence[Action]:
        if "look" in self.printer.errors:
            raise self.printer.errors["look"]
        return [Clear()] if delete else []


@pytest.fixture
def printer() -> Printer:
    LabelPass.printer = Printer()
    return LabelPass.printer


@pytest.fixture
def server() -> ApiServer:
    return ApiServer()


async def run(server: ApiServer, *lines: str, spec: Body | None = None, **meta: Any) -> Outcome:
    body = resource("Label", spec={"lines": list(lines)} if spec is None else spec, **meta)
    return await LabelPass.reconcile(operator(kubernetes=server), body, memory())


class TestConverging:
    async def test_given_a_new_resource_when_reconciled_then_finalizer_announcement_changes_and_status_in_this_order(
        self, printer: Printer, server: ApiServer
    ) -> None:
        outcome = await run(server, "a", "b")

        assert [what for what, _ in server.written] == [
            "finalizer", "status", "printed", "event", "printed", "event", "status", "event",
        ]  # fmt: skip
        assert outcome == Outcome()
        assert (server.status["phase"], server.status["announced"], server.status["printed"]) == (
            "Ready",
            2,
            2,
        )
        assert server.condition("Synced")["status"] == "True"

    async def test_given_everything_as_reported_when_reconciled_again_then_nothing_is_written(
        self, printer: Printer, server: ApiServer
    ) -> None:
        await run(server, "a")
        written = len(server.written)

        await run(server, "a", status=server.status, **OURS)

        assert len(server.written) == written

    async def test_given_a_refused_action_when_reconciled_then_the_others_are_made_and_its_reason_reported(
        self, printer: Printer, server: ApiServer
    ) -> None:
        printer.errors["a"] = REFUSED

        outcome = await run(server, "a", "b", **OURS)

        assert printer.printed == ["b"]
        assert [(fault.reason, fault.lasting) for fault in outcome.faults] == [(Reason.NameTaken, True)]
        assert server.condition("Synced")["reason"] == "NameTaken"
        assert server.status["phase"] == "Degraded"

    async def test_given_no_answer_when_reconciled_then_ready_is_unknown_and_the_rest_stays_as_reported(
        self, printer: Printer, server: ApiServer
    ) -> None:
        printer.errors["look"] = AWAY

        await run(server, "a", status={"printed": 3}, **OURS)

        ready = server.condition("Ready")
        assert (ready["status"], ready["reason"]) == ("Unknown", "PlatformUnreachable")
        assert server.status["printed"] == 3

    async def test_given_an_invalid_spec_when_reconciled_then_reported_without_a_finalizer(
        self, printer: Printer, server: ApiServer
    ) -> None:
        outcome = await run(server, spec={"lines": 1})

        assert [what for what, _ in server.written] == ["status", "event"]
        assert [fault.reason for fault in outcome.faults] == [Reason.InvalidSpec]


class TestDeletion:
    @pytest.mark.parametrize(("policy", "left"), [("Delete", []), ("Retain", ["a"])])
    async def test_given_a_reclaim_policy_when_deleted_then_followed_and_released(
        self, printer: Printer, server: ApiServer, policy: str, left: list[str]
    ) -> None:
        printer.printed = ["a"]

        outcome = await run(server, spec={"lines": ["a"], "reclaimPolicy": policy}, **DELETED)

        assert (outcome.gone, server.written[-1]) == (True, ("finalizer", None))
        assert printer.printed == left

    async def test_given_a_finalizer_removed_by_others_when_deleted_then_nothing_is_done(
        self, printer: Printer, server: ApiServer
    ) -> None:
        outcome = await run(server, "a", **{**DELETED, "finalizers": []})

        assert (outcome.gone, server.written) == (True, [])

    @pytest.mark.parametrize("spec", [{"lines": ["a"]}, {"lines": 1}], ids=["no answer", "an invalid spec"])
    async def test_given_a_deletion_that_cannot_finish_when_released_then_it_goes(
        self, printer: Printer, server: ApiServer, spec: Body
    ) -> None:
        printer.errors["look"] = AWAY

        kept = await run(server, spec=spec, **DELETED)
        message = server.condition("Degraded")["message"]
        released = await run(server, spec=spec, **DELETED, annotations={RELEASE: "true"})

        assert not kept.gone
        assert f"{RELEASE}=true" in message
        assert server.status["phase"] == "Deleting"
        assert (released.gone, server.written[-1]) == (True, ("finalizer", None))
