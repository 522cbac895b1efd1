"""The loop of a resource: what a pass receives, and that a status it wrote itself is not lost in between."""

import asyncio
from collections.abc import Sized
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from caseplane_operator.conditions import Fault, Reason
from caseplane_operator.context import Body, Memory, Operator, Outcome
from caseplane_operator.controller import Controller
from caseplane_operator.names import TENANTS
from caseplane_operator.settings import OperatorSettings

SETTINGS = OperatorSettings(gateway_url="http://gateway", platform_admin_key=cast("Any", "cpp_x"))


def body(*, name: str = "acme", generation: int = 1, **status: Any) -> Body:
    meta = {"name": name, "uid": "u", "generation": generation, "managedFields": [{"manager": "kubectl"}]}
    return {"kind": "Tenant", "metadata": meta, "spec": {}, "status": status}


class Store:
    """The API server, which has the resource as it is now, or does not."""

    def __init__(self, stored: Body | None) -> None:
        self.stored = stored

    async def get(self, _: str) -> Body | None:
        return self.stored


def noting() -> tuple[Controller, list[Body]]:
    """A controller whose passes do nothing but note what they receive."""
    passes = list[Body]()

    async def reconcile(_: Operator, seen: Body, __: Memory) -> Outcome:
        passes.append(seen)
        return Outcome()

    return Controller(SETTINGS, {TENANTS: reconcile}), passes


async def until(passes: Sized, count: int) -> None:
    async with asyncio.timeout(5):
        while len(passes) < count:
            await asyncio.sleep(0.01)


class TestPasses:
    async def test_given_a_watch_behind_our_own_status_when_woken_by_an_edit_then_the_pass_sees_that_status(
        self,
    ) -> None:
        store, passes = Store(body()), list[Body]()

        async def reconcile(_: Operator, seen: Body, __: Memory) -> Outcome:
            passes.append(seen)
            store.stored = body(generation=2, identityIssuer="https://login.example")
            return Outcome()

        controller = Controller(SETTINGS, {TENANTS: reconcile})
        controller.observe(TENANTS, None, body())
        controller.start(operator(store, controller))
        await until(passes, 1)
        controller.observe(TENANTS, "MODIFIED", body(generation=2))  # as it was before the status was written
        await until(passes, 2)
        await controller.stop()

        assert passes[1]["status"] == {"identityIssuer": "https://login.example"}
        assert "managedFields" not in passes[1]["metadata"]

    async def test_given_a_deletion_that_the_watch_missed_when_woken_then_no_pass_is_made(self) -> None:
        store = Store(None)
        controller, passes = noting()
        controller.observe(TENANTS, None, body())
        controller.start(operator(store, controller))
        async with asyncio.timeout(5):
            while controller.bodies(TENANTS):
                await asyncio.sleep(0.01)
        await controller.stop()

        assert passes == []


class TestLists:
    async def test_given_a_resource_that_no_watch_reported_when_found_in_a_list_then_it_gets_one_loop(
        self,
    ) -> None:
        store = Store(body())
        controller, passes = noting()
        controller.start(operator(store, controller))
        controller.observe_listed(TENANTS, body())
        await until(passes, 1)
        controller.observe_listed(TENANTS, body(generation=2))
        await asyncio.sleep(0.1)
        await controller.stop()

        assert len(passes) == 1

    async def test_given_a_loop_that_ended_when_its_resource_is_in_a_list_then_it_starts_again(
        self,
    ) -> None:
        store = Store(body())
        controller, passes = noting()
        controller.start(operator(store, controller))
        controller.observe(TENANTS, None, body())
        await until(passes, 1)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()  # as kopf does when it ends, with everything younger than itself
        await asyncio.sleep(0.05)
        controller.observe_listed(TENANTS, body())
        await until(passes, 2)
        await controller.stop()

        assert len(passes) == 2


class TestReach:
    async def test_given_an_outage_when_one_reaches_the_platform_again_then_the_others_need_not_wait(
        self,
    ) -> None:
        store, passes, away = Stores(), list[str](), True

        async def reconcile(_: Operator, seen: Body, __: Memory) -> Outcome:
            passes.append(seen["metadata"]["name"])
            return Outcome(faults=(Fault(Reason.PlatformUnreachable, "Away."),) if away else ())

        slow = SETTINGS.model_copy(update={"retry": timedelta(minutes=1)})
        controller = Controller(slow, {TENANTS: reconcile})
        for name in ("a", "b", "c"):
            controller.observe(TENANTS, None, body(name=name))
        controller.start(operator(store, controller))
        await until(passes, 3)
        away = False
        controller.observe(TENANTS, "MODIFIED", body(name="a", generation=2))
        await until(passes, 6)
        await controller.stop()

        assert sorted(passes) == ["a", "a", "b", "b", "c", "c"]


class Stores(Store):
    """An API server that has every resource."""

    def __init__(self) -> None:
        super().__init__(None)

    async def get(self, path: str) -> Body | None:
        return body(name=path.rpartition("/")[2])


def operator(store: Store, controller: Controller) -> Operator:
    nothing = cast("Any", None)
    return Operator(SETTINGS, cast("Any", store), nothing, controller, lambda: datetime.now(UTC))
