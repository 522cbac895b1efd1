"""From a change of a ticket to the desk: order, faults, dead letters."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.integration.escalation.harness import HOST, Harness, at_desk
from tests.unit.escalation.connectors.faults import FaultyNetwork
from tests.unit.escalation.connectors.generic_desk import GenericDesk

from caseplane.core.auth import Role
from caseplane.core.ids import new_id
from caseplane.core.jobs import Backoff, Job, JobArgs, RetryLater
from caseplane.escalation.connections.repository import Connections
from caseplane.escalation.connectors.generic.connector import GenericConnector
from caseplane.escalation.deliveries import releasing
from caseplane.escalation.deliveries.attempting import attempt, backoff
from caseplane.escalation.settings import EscalationSettings

ONE_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"


class TestMirroring:
    async def test_given_a_conversation_then_the_desk_gets_all_of_it_in_order(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        await harness.connect()
        ticket_id, packet = await harness.escalate()
        await harness.follow_up(ticket_id, "One")
        await harness.run()
        await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Two"})
        await harness.agent.post(
            f"/tickets/{ticket_id}/comments", json={"body": "Three", "visibility": "internal"}
        )
        await harness.agent.put(f"/tickets/{ticket_id}/resolve", json={"comment": "Four"})

        await harness.run()

        record = desk.records[str(ticket_id)]
        assert record.session_id == str(packet.session.session_id)
        assert record.comments == [("One", True), ("Two", True), ("Three", False), ("Four", True)]
        assert record.status == "solved"
        deliveries = await harness.deliveries()
        assert {d["state"] for d in deliveries} == {"delivered"}
        assert deliveries[0]["idempotency_key"] == f"{packet.session.session_id}:{packet.event_id}"
        assert deliveries[0]["external_id"] == record.external_id
        links = (await harness.agent.get(f"/tickets/{ticket_id}/context")).json()["links"]
        assert [link["external_id"] for link in links] == [record.external_id]

    @pytest.mark.parametrize(
        "faults",
        [
            ["429", "429", "500"],
            ["timeout_after"],
            ["reset_after", "timeout_after", "cut_short"],
            ["malformed", "not_an_object"],
            ["reset", "503", "timeout"],
        ],
    )
    async def test_given_a_desk_with_faults_then_all_arrives_once_and_in_order(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork, faults: list[str]
    ) -> None:
        await harness.connect()
        network_faults.faults.extend(faults)
        ticket_id, _ = await harness.escalate()
        for body in ("One", "Two", "Three"):
            await harness.follow_up(ticket_id, body)
        network_faults.faults.extend(faults)

        await harness.run()

        assert at_desk(desk, ticket_id) == ["One", "Two", "Three"]
        deliveries = await harness.deliveries()
        assert {d["state"] for d in deliveries} == {"delivered"}
        assert max(d["attempts"] for d in deliveries) > 1

    async def test_given_personal_data_when_mirrored_then_redacted_unless_the_connector_may_have_it(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        trusted = GenericDesk()
        harness.network.desks["trusted.example.com"] = trusted
        await harness.connect()
        await harness.connect("trusted.example.com", redaction="none")
        ticket_id, packet = await harness.escalate(question="Write to jane.doe@acme-corp.de please")
        await harness.follow_up(ticket_id, "My mail is jane.doe@acme-corp.de")

        await harness.run()

        outside, inside = desk.records[str(ticket_id)], trusted.records[str(ticket_id)]
        assert "jane.doe" not in f"{outside}"
        assert at_desk(desk, ticket_id) == ["My mail is [email]"]
        assert outside.handoff is not None
        assert outside.handoff["customer"]["identifiers"] == {}
        assert at_desk(trusted, ticket_id) == ["My mail is jane.doe@acme-corp.de"]
        assert inside.handoff == packet.model_dump(mode="json")

    async def test_given_a_desk_connected_later_then_it_gets_the_ticket_first(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        ticket_id, _ = await harness.escalate()
        await harness.connect(internal_notes=False)

        await harness.agent.post(
            f"/tickets/{ticket_id}/comments", json={"body": "Secret", "visibility": "internal"}
        )
        await harness.agent.post(f"/tickets/{ticket_id}/comments", json={"body": "Hello"})
        await harness.run()

        assert at_desk(desk, ticket_id) == ["Hello"]


class FlakyArgs(JobArgs):
    thing_ids: list[UUID]


FLAKY = Job("a.test.flaky", FlakyArgs, queue="ticketing", retry=Backoff(2))


class TestFailedJobs:
    async def test_given_a_job_of_any_service_that_gave_up_then_listed_and_done_after_a_redrive(
        self, harness: Harness, make_tenant: Callable[[], UUID]
    ) -> None:
        broken, done, thing_id = True, [], new_id()

        async def run(tenant_id: UUID, args: FlakyArgs) -> None:
            if broken:
                raise ValueError("broken")
            done.extend(args.thing_ids)

        harness.escalation.jobs.handle(FLAKY, run)
        async with harness.escalation.work(harness.service) as work:
            await work.defer(FLAKY, FlakyArgs(thing_ids=[thing_id]))
        await harness.run()

        (failed,) = (await harness.supervisor.get("/deliveries/jobs")).json()["items"]
        assert (failed["name"], failed["attempts"]) == ("a.test.flaky", 2)
        assert failed["arguments"]["thing_ids"] == [str(thing_id)]
        foreign = harness.client(Role.supervisor, tenant=make_tenant())
        assert (await foreign.get("/deliveries/jobs")).json() == {"items": []}
        assert (await foreign.post("/deliveries/jobs/redrive")).json() == {"redriven": 0}

        broken = False
        redriven = await harness.supervisor.post("/deliveries/jobs/redrive")
        await harness.run()

        assert redriven.json() == {"redriven": 1}
        assert (await harness.supervisor.get("/deliveries/jobs")).json() == {"items": []}
        assert done == [thing_id]

    async def test_given_an_agent_when_looking_at_failed_jobs_then_forbidden(self, harness: Harness) -> None:
        assert (await harness.agent.get("/deliveries/jobs")).status_code == 403


class TestDeadLetters:
    async def test_given_a_desk_that_never_answers_then_dead_after_its_attempts_and_redriven_when_it_does(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        await harness.connect(max_attempts=3)
        network_faults.faults.extend(["500"] * 3)
        ticket_id, _ = await harness.escalate()
        (dead,) = await harness.deliveries(state="dead")
        assert (dead["attempts"], dead["last_error"]) == (3, "The desk answered 500 Internal Server Error.")
        assert [a["outcome"] for a in dead["log"]] == ["failed", "failed", "dead"]

        redriven = await harness.supervisor.post(f"/deliveries/{dead['delivery_id']}/redrive")
        again = await harness.supervisor.post(f"/deliveries/{dead['delivery_id']}/redrive")
        await harness.run()

        assert (redriven.json(), again.status_code) == ({"redriven": 1}, 409)
        assert list(desk.records) == [str(ticket_id)]
        (done,) = await harness.deliveries()
        assert (done["state"], done["attempts"], done["last_error"]) == ("delivered", 4, None)

    async def test_given_a_refusal_then_dead_at_once_and_the_conversation_continues(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        await harness.connect()
        ticket_id, _ = await harness.escalate()
        network_faults.faults.append("422")
        await harness.follow_up(ticket_id, "Refused")
        await harness.follow_up(ticket_id, "Taken")

        await harness.run()

        assert at_desk(desk, ticket_id) == ["Taken"]
        (dead,) = await harness.deliveries(state="dead")
        assert (dead["attempts"], dead["event"]) == (1, "ticket.comment_added")

    async def test_given_a_desk_that_needs_its_own_id_when_creation_failed_then_the_rest_waits_for_its_redrive(
        self,
        harness: Harness,
        desk: GenericDesk,
        network_faults: FaultyNetwork,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(GenericConnector, "needs_external_id", True)
        await harness.connect()
        network_faults.faults.append("400")
        ticket_id, _ = await harness.escalate()
        for body in ("One", "Two"):
            await harness.follow_up(ticket_id, body)
        await harness.run()
        creation, one, two = await harness.deliveries(state="dead")
        assert one["blocked_by"] == two["blocked_by"] == creation["delivery_id"]
        assert one["attempts"] == 0

        redriven = await harness.supervisor.post(f"/deliveries/{creation['delivery_id']}/redrive")
        await harness.run()

        assert redriven.json() == {"redriven": 3}
        assert at_desk(desk, ticket_id) == ["One", "Two"]

    async def test_given_many_dead_when_all_are_redriven_then_they_arrive_in_order(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect(max_attempts=1)
        ticket_id, _ = await harness.escalate()
        network_faults.faults.extend(["503"] * 4)
        for i in range(4):
            await harness.follow_up(ticket_id, f"No. {i}")
        await harness.run()
        assert len(await harness.deliveries(state="dead", connection_id=connector["connection_id"])) == 4

        redriven = await harness.supervisor.post("/deliveries/redrive")
        await harness.run()

        assert redriven.json() == {"redriven": 4}
        assert at_desk(desk, ticket_id) == [f"No. {i}" for i in range(4)]

    async def test_given_callers_then_supervisors_only_see_deliveries_and_only_their_tenants(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork, make_tenant: Any
    ) -> None:
        await harness.connect()
        await harness.escalate()
        foreign = harness.client(Role.admin, tenant=make_tenant())
        (mine,) = await harness.deliveries()

        assert (await harness.agent.get("/deliveries")).status_code == 403
        assert (await foreign.get("/deliveries")).json()["items"] == []
        assert (await foreign.get(f"/deliveries/{mine['delivery_id']}")).status_code == 404
        assert (await foreign.post(f"/deliveries/{mine['delivery_id']}/redrive")).status_code == 404


class TestPause:
    """A paused connector's deliveries wait."""

    async def switch(self, harness: Harness, connector: dict[str, Any], *, enabled: bool) -> None:
        url = f"/connectors/{connector['connection_id']}"
        version = (await harness.admin.get(url)).headers["etag"]
        answer = await harness.admin.patch(url, json={"enabled": enabled}, headers={"If-Match": version})
        assert answer.status_code == 200, answer.text

    async def health(self, harness: Harness, connector: dict[str, Any]) -> dict[str, Any]:
        answer = await harness.admin.get(f"/connectors/{connector['connection_id']}/health")
        found: dict[str, Any] = answer.json()
        return found

    async def test_given_a_pause_then_nothing_is_tried_or_counted_and_all_arrives_in_order_when_it_ends(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        await self.switch(harness, connector, enabled=False)
        sent = len(network_faults.requests)

        for body in ("One", "Two", "Three"):
            await harness.follow_up(ticket_id, body)
            await harness.run()
        later, _ = await harness.escalate()
        waiting = await harness.deliveries(state="pending")
        shown = await self.health(harness, connector)
        await self.switch(harness, connector, enabled=True)
        await harness.run()

        assert {(d["attempts"], d["next_attempt_at"], d["last_error"]) for d in waiting} == {(0, None, None)}
        assert (shown["status"], shown["waiting"], shown["dead"]) == ("paused", len(waiting), 0)
        assert shown["waiting_since"] == waiting[0]["created_at"]
        assert len(network_faults.requests) == sent + len(waiting)
        assert at_desk(desk, ticket_id) == ["One", "Two", "Three"]
        assert str(later) in desk.records
        after = await self.health(harness, connector)
        assert (after["status"], after["waiting"], after["lag"]) == ("ok", 0, "PT0S")

    async def test_given_jobs_in_another_order_than_their_deliveries_when_resumed_then_sent_in_order(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        ticket_id, _ = await harness.escalate()
        await self.switch(harness, connector, enabled=False)
        for body in ("One", "Two"):
            await harness.follow_up(ticket_id, body)
        await harness.run()  # their attempts end, since the connector is paused
        await harness.follow_up(ticket_id, "Three")  # whose attempt is still to come, the first of all

        await self.switch(harness, connector, enabled=True)
        await harness.run()

        assert at_desk(desk, ticket_id) == ["One", "Two", "Three"]
        assert {d["attempts"] for d in await harness.deliveries()} == {1}

    async def test_given_more_waiting_than_one_job_releases_when_resumed_then_all_arrive(
        self,
        harness: Harness,
        desk: GenericDesk,
        network_faults: FaultyNetwork,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(releasing, "PER_JOB", 2)
        connector = await harness.connect()
        await self.switch(harness, connector, enabled=False)
        ticket_ids = [(await harness.escalate())[0] for _ in range(5)]

        await self.switch(harness, connector, enabled=True)
        await harness.run()

        assert sorted(desk.records) == sorted(map(str, ticket_ids))

    async def test_given_a_desk_that_failed_before_its_pause_when_resumed_then_its_failures_are_as_before(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect(max_attempts=2)
        network_faults.faults.append("500")
        await harness.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        await harness.run(due=False)
        await self.switch(harness, connector, enabled=False)
        await harness.run()
        assert (await self.health(harness, connector))["last_error"].startswith("The desk answered 500")

        await self.switch(harness, connector, enabled=True)
        await harness.run()

        (delivery,) = await harness.deliveries()
        assert (delivery["state"], delivery["attempts"]) == ("delivered", 2)

    async def test_given_a_resume_that_has_not_committed_when_an_attempt_looks_then_it_waits_and_sends(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        await self.switch(harness, connector, enabled=False)
        await harness.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        (delivery,) = await harness.deliveries()
        e, ids = harness.escalation, (UUID(connector["connection_id"]), UUID(delivery["delivery_id"]))

        async with e.work(harness.service) as work:
            (await work.repo(Connections).get(ids[0], lock=True)).enabled = True
            await work.tx.flush()
            attempting = asyncio.create_task(attempt(e, harness.service, ids[1]))
            for _ in range(300):  # until the attempt has looked, and waits for this transaction
                if await harness.scalar(ONE_WAITS):
                    break
                await asyncio.sleep(0.01)
        await attempting

        assert len(desk.records) == 1

    async def test_given_a_paused_connector_when_removed_then_what_waited_is_dead_and_says_why(
        self, harness: Harness, desk: GenericDesk, network_faults: FaultyNetwork
    ) -> None:
        connector = await harness.connect()
        await self.switch(harness, connector, enabled=False)
        await harness.escalate()

        await harness.admin.delete(f"/connectors/{connector['connection_id']}")
        await harness.run()

        (delivery,) = await harness.deliveries()
        assert (delivery["state"], delivery["last_error"]) == ("dead", "The connector was removed.")


class TestTwoWorkers:
    @pytest.mark.parametrize("fault", [None, "500"])
    async def test_given_another_worker_failed_meanwhile_when_this_one_ends_then_the_delivery_is_not_left_pending(
        self, harness: Harness, desk: GenericDesk, fault: str | None
    ) -> None:
        network = FaultyNetwork(desk)

        async def slow(request: httpx.Request) -> httpx.Response:
            await harness.execute("UPDATE ticketing.deliveries SET state = 'pending'")  # by the other worker
            return await network.handle_async_request(request)

        harness.network.desks[HOST] = slow
        await harness.connect()
        await harness.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        network.faults.extend([fault] if fault else [])
        (delivery,) = await harness.deliveries()

        ends = pytest.raises(RetryLater) if fault else nullcontext()
        with ends:
            await attempt(harness.escalation, harness.service, UUID(delivery["delivery_id"]))
        await harness.run()

        assert [d["state"] for d in await harness.deliveries()] == ["delivered"]
        assert len(desk.records) == 1


class TestWaiting:
    async def test_given_a_desk_that_asks_to_wait_then_not_tried_sooner(
        self, harness: Harness, network_faults: FaultyNetwork
    ) -> None:
        await harness.connect()
        network_faults.faults.append("429")
        await harness.agent.post("/tickets", json={"subject": "S", "requester_id": "c-1"})
        (delivery,) = await harness.deliveries()

        with pytest.raises(RetryLater) as caught:
            await attempt(harness.escalation, harness.service, UUID(delivery["delivery_id"]))

        assert caught.value.delay is not None
        assert caught.value.delay >= timedelta(seconds=7)

    def test_given_failures_then_the_delay_doubles_up_to_its_cap_with_jitter(self) -> None:
        settings = EscalationSettings()
        for failures, ceiling in ((1, 1), (2, 2), (5, 16), (40, 600)):
            drawn = [backoff(settings, failures, None).total_seconds() for _ in range(50)]
            assert ceiling / 2 <= min(drawn) < max(drawn) <= ceiling
        assert backoff(settings, 1, 1e9) == timedelta(hours=1)
